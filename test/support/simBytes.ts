// A file's content in memory. Most files are written, synced, replaced and removed without anybody
// having read them: changes are kept as they came, and become bytes for who looks at them.
// What lies between the old end and a later write reads as zeros.

import type { LinkBytes } from "../../src/ports.ts";
import type { FileChange } from "./simMedium.ts";

/** More changes than this wait for no reader: each keeps memory of its own. */
const waitingMax = 64;
const smallestBytes = 512;

const nothing = Buffer.alloc(0);

export class SimBytes {
  #bytes: Buffer;
  /** Of `#bytes`, what the content is made of; the rest is zeros. */
  #used: number;
  #size: number;
  #waiting: FileChange[] = [];

  constructor(start: Buffer = nothing) {
    this.#bytes = start.length === 0 ? nothing : Buffer.from(start);
    this.#used = start.length;
    this.#size = start.length;
  }

  sizeBytes(): number {
    return this.#size;
  }

  /** A view, not to be kept: the next change may show in it. */
  view(): Buffer {
    this.#settle();
    return this.#bytes.subarray(0, this.#used);
  }

  /** The change is not changed any more. */
  apply(change: FileChange): void {
    if (change.kind === "write") {
      this.#size = Math.max(this.#size, change.offset + change.bytes.length);
    } else {
      this.#size = Math.min(this.#size, change.lengthBytes);
    }
    if (this.#waiting.push(change) > waitingMax) this.#settle();
  }

  copy(): SimBytes {
    return new SimBytes(this.view());
  }

  #settle(): void {
    if (this.#waiting.length === 0) return;
    let needed = this.#used;
    for (const change of this.#waiting) {
      if (change.kind === "write") needed = Math.max(needed, change.offset + change.bytes.length);
    }
    this.#makeRoom(needed);
    for (const change of this.#waiting) this.#write(change);
    this.#waiting = [];
  }

  #makeRoom(needed: number): void {
    const { length } = this.#bytes;
    if (needed <= length) return;
    // Most files are small: those share the pool's memory, which costs a fraction.
    const larger = Buffer.allocUnsafe(Math.max(needed, length * 2, smallestBytes));
    this.#bytes.copy(larger, 0, 0, this.#used);
    larger.fill(0, this.#used);
    this.#bytes = larger;
  }

  #write(change: FileChange): void {
    if (change.kind === "write") {
      change.bytes.copy(this.#bytes, change.offset);
      this.#used = Math.max(this.#used, change.offset + change.bytes.length);
    } else if (change.lengthBytes < this.#used) {
      this.#bytes.fill(0, change.lengthBytes, this.#used);
      this.#used = change.lengthBytes;
    }
  }
}

/** As one: a real link takes pieces together, too. */
export function bytesOf(sent: LinkBytes): Buffer {
  if (typeof sent === "string") {
    const bytes = Buffer.allocUnsafe(sent.length);
    bytes.latin1Write(sent, 0, sent.length);
    return bytes;
  }
  return Buffer.isBuffer(sent) ? sent : Buffer.concat(sent.map(bytesOf));
}
