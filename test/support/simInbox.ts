// What has arrived at one end of a simulated connection and was not read yet: segments come in any
// order and leave as one stream of bytes, merged or split by chance. It knows no time.

import type { Prng } from "../../src/base/prng.ts";

const chunkBytesMax = 65_536;
const smallChunkBytesMax = 64;
/** How often a write, or a read, is cut where nobody would have cut it. */
export const splitChance = 0.1;

export interface Inbox {
  /** Null is the end of the stream. */
  take(sequence: number, bytes: Buffer | null): void;
  hasBytes(): boolean;
  hasEnded(): boolean;
  /** Some of the bytes that are there; nobody changes what was once handed to a link. */
  takeChunk(prng: Prng): Buffer;
}

export function makeInbox(): Inbox {
  return new OrderedInbox();
}

class OrderedInbox implements Inbox {
  readonly #early = new Map<number, Buffer | null>();
  #received: Buffer[] = [];
  #expectedSequence = 0;
  #hasEnded = false;

  take(sequence: number, bytes: Buffer | null): void {
    if (sequence === this.#expectedSequence) this.#append(bytes);
    else this.#early.set(sequence, bytes);
    while (this.#early.size > 0) {
      const next = this.#early.get(this.#expectedSequence);
      if (next === undefined) return;
      this.#early.delete(this.#expectedSequence);
      this.#append(next);
    }
  }

  hasBytes(): boolean {
    return this.#received.length > 0;
  }

  hasEnded(): boolean {
    return this.#hasEnded;
  }

  takeChunk(prng: Prng): Buffer {
    const small = prng.chance(splitChance);
    const limit = small ? 1 + prng.below(smallChunkBytesMax) : chunkBytesMax;
    const only = this.#received[0];
    if (this.#received.length === 1 && only !== undefined && only.length <= limit) {
      this.#received.pop();
      return only;
    }
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const first = this.#received[0];
      if (first === undefined || size === limit) break;
      const taken = first.subarray(0, limit - size);
      parts.push(taken);
      size += taken.length;
      if (taken.length === first.length) this.#received.shift();
      else this.#received[0] = first.subarray(taken.length);
    }
    return Buffer.concat(parts, size);
  }

  #append(bytes: Buffer | null): void {
    this.#expectedSequence += 1;
    if (bytes === null) this.#hasEnded = true;
    else this.#received.push(bytes);
  }
}
