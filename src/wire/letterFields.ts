// How one message lies in every frame that shows it to a client, shared by two parts of the table.
// Nothing else stands here.

export const letterFields = {
  /** Position in the mailbox it is read from; from 1. */
  seq: "uint",
  /** (client, request) is the message's identity everywhere. */
  client: "client",
  request: "uint",
  from: "text",
  to: "text",
  /** Empty for one-to-one messages. */
  group: "text",
  atMs: "uint",
  /** Merged after a fork. */
  late: "flag",
  /** Sent by the owner of the mailbox it is read from. */
  own: "flag",
  /**
   * "p" plain; "s" sealed (sealedBody.ts); "e" what is told of a membership: its body is added,
   * removed or owner.
   */
  format: "text",
  body: "escaped",
} as const;
