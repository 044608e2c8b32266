// The letters of a snapshot back into mailboxes. They are most of it: their lines are read in
// place, without a string or an object each, and copied in long stretches, as they stand. A line
// that is not valid ends the reading; the caller then drops the whole state.

import { snapshotLineBytesMax } from "../base/limits.ts";
import type { Account } from "./accounts.ts";
import { goneFromRecipient, goneFromSender, openedByRecipient } from "./letterLine.ts";
import { PlaceReader } from "./letterLine.ts";
import type { LetterAddress } from "./letters.ts";
import { openedFlag, ownFlag } from "./mailbox.ts";
import type { ChatState } from "./state.ts";

const digitZero = 0x30;

/** Letters begin with what became of them, all other lines with a letter. */
export function beginsLetter(bytes: Buffer, at: number): boolean {
  const fate = (bytes[at] as number) - digitZero;
  return fate >= 0 && fate <= 7;
}

export class LetterReader {
  /** How many the last call has taken. */
  count = 0;
  private readonly chat: ChatState;
  private readonly place = new PlaceReader();

  constructor(chat: ChatState) {
    this.chat = chat;
  }

  /**
   * Takes the letters that stand from `start` on; before `end` a line ends. Returns the offset
   * behind the last of them, or 0 when one is not valid.
   */
  take(bytes: Buffer, start: number, end: number): number {
    const { letters } = this.chat;
    this.count = 0;
    let roomBytes = letters.roomFor(0);
    let stretch = start;
    let at = start;
    let before = 0;
    while (at < end && beginsLetter(bytes, at)) {
      const lineEnd = this.place.read(bytes, at);
      if (lineEnd === 0 || lineEnd - at > snapshotLineBytesMax) return 0;
      if (lineEnd - stretch > roomBytes) {
        letters.appendLines(bytes, { start: stretch, end: at, count: this.count - before });
        before = this.count;
        stretch = at;
        roomBytes = letters.roomFor(lineEnd - at);
      }
      if (!this.putLetter(letters.addressAhead(at - stretch))) return 0;
      this.count += 1;
      at = lineEnd;
    }
    letters.appendLines(bytes, { start: stretch, end: at, count: this.count - before });
    return at;
  }

  /** The letter just read, into the mailboxes that hold it. */
  private putLetter(address: LetterAddress): boolean {
    const { accounts } = this.chat;
    const { fate, from, to, seqFrom, seqTo } = this.place;
    const sender = accounts.get(from);
    const recipient = accounts.get(to);
    if (sender === undefined && !accounts.isKnown(from)) return false;
    // Who kept it out held none of his own, and may have left nothing behind.
    if (seqTo > 0 && recipient === undefined && !accounts.isKnown(to)) return false;
    if (from === to && (seqFrom !== seqTo || fate !== 0)) return false;
    if ((fate & goneFromSender) === 0 && !put(sender, seqFrom, address, ownFlag)) return false;
    if (from === to || (fate & goneFromRecipient) !== 0) return (fate & goneFromSender) === 0;
    const flags = (fate & openedByRecipient) === 0 ? 0 : openedFlag;
    return put(recipient, seqTo, address, flags);
  }
}

function put(owner: Account | undefined, seq: number, address: number, flags: number): boolean {
  if (owner === undefined) return false;
  const { mailbox } = owner;
  if (seq < 1 || seq > mailbox.last || mailbox.has(seq)) return false;
  mailbox.put(seq, address, flags);
  return true;
}
