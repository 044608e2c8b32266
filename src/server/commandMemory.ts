// Where commands lie between the frames that they came in and the records that they become: the
// memory of a read is used again at once. As a rule the same few kilobytes over and over, since a
// turn's end empties the queue. Strings need no such room.

import type { PlainSend } from "../wire/plainSend.ts";

const memoryBytes = 65_536;

export class CommandMemory {
  #bytes = Buffer.alloc(0);
  #used = 0;

  /** `isFirst`: nothing that was kept before is needed any more. */
  keep(payload: PlainSend, isFirst: boolean): void {
    if (isFirst) this.#used = 0;
    // What lies in the old memory keeps it alive.
    if (this.#used + payload.length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(memoryBytes, payload.length));
      this.#used = 0;
    }
    this.#used = payload.moveTo(this.#bytes, this.#used);
  }
}
