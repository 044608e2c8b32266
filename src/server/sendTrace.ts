// What one send did to mailboxes, noted between its events and its reply: who sent need not read
// his own copy again, and is told whether the recipient is on, without looking either up.

export class SendTrace {
  #mails = 0;
  #lastSeq = 0;
  #isRecipientOn = false;

  /** A letter came into a mailbox: the recipient's first, then the sender's. */
  note(seq: number, isOn: boolean): void {
    this.#mails += 1;
    this.#lastSeq = seq;
    if (this.#mails === 1) this.#isRecipientOn = isOn;
  }

  /** The reply to what was noted has come; what follows belongs to the next. */
  end(): void {
    this.#mails = 0;
  }

  /** Position of the sender's own copy; 0 when there is none (nothing sent, or to oneself). */
  get ownCopySeq(): number {
    return this.#mails === 2 ? this.#lastSeq : 0;
  }

  /** Null when it does not follow: a kept reply, or one mailbox alone was written to. */
  get isRecipientOn(): boolean | null {
    return this.#mails === 2 ? this.#isRecipientOn : null;
  }
}
