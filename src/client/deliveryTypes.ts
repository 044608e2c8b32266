// What a session knows of the messages that were pushed to this terminal: how far they were shown,
// and how far the servers know it. Types alone.

export interface Deliveries {
  /** Newest mailbox position that has been shown here. */
  shown: number;
  /** Which message stood there, "client-request"; empty when unknown. */
  shownId: string;
  /** The newest messages shown: after a fork they may come at other positions. */
  readonly seen: Set<string>;
  /** To whom; another user's login begins anew. */
  seenBy: string;
  /** One's own messages up to here are no news: they were there before this login. */
  ownKnown: number;
  /** Through here the servers have confirmed that they know. */
  acknowledged: number;
  /** Through here the newest acknowledgement goes. */
  asked: number;
  /** Its request number, 0 for none; in flight while it is outstanding. */
  request: number;
  /** The next one waits until then. */
  notBeforeMs: number;
  /** Nobody sees any more what is told: nothing is taken, and nothing acknowledged. */
  isUnseen: boolean;
}
