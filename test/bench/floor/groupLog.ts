// The floor's disk: one write and fdatasync in flight, and all that arrives meanwhile is the next
// group. Any failure ends the process. No checksum, no recovery: this is the bare cost of the
// promise.

import { fdatasync, openSync, write } from "node:fs";

export class GroupLog {
  private readonly file: number;
  private readonly durable: (sequence: number) => void;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private waitingSequence = 0;
  private busy = false;
  private armed = false;

  /** `durable` is called with the highest sequence number that is on the medium. */
  constructor(path: string, durable: (sequence: number) => void) {
    this.file = openSync(path, "wx", 0o644);
    this.durable = durable;
  }

  append(bytes: Buffer, sequence: number): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    this.waitingSequence = sequence;
    if (this.busy || this.armed) return;
    this.armed = true;
    setImmediate(() => this.pump());
  }

  /** Begins the next group now instead of at the end of this turn of the event loop. */
  pump(): void {
    this.armed = false;
    const first = this.waiting[0];
    if (this.busy || first === undefined) return;
    this.busy = true;
    const single = this.waiting.length === 1;
    const group = single ? first : Buffer.concat(this.waiting, this.waitingBytes);
    const sequence = this.waitingSequence;
    this.waiting = [];
    this.waitingBytes = 0;
    write(this.file, group, 0, group.length, null, (error, written) => {
      if (error !== null) throw error;
      if (written !== group.length) throw new Error("the disk took only part of a group");
      fdatasync(this.file, (syncError) => {
        if (syncError !== null) throw syncError;
        this.busy = false;
        this.durable(sequence);
        this.pump();
      });
    });
  }
}
