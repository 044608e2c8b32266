// What waits at one end of a simulated connection until there is room for it on the way: pieces in
// order, each handed on whole or in parts. A long queue is not moved for each piece that leaves it.

export class Waiting {
  /** How many bytes there are in all. */
  bytes = 0;
  /** From `#at` on. */
  #pieces: Buffer[] = [];
  #at = 0;

  /** Of the first piece; 0 when nothing waits. */
  firstBytes(): number {
    return this.#pieces[this.#at]?.length ?? 0;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.bytes += piece.length;
  }

  /** So much of the first piece. */
  take(size: number): Buffer {
    const first = this.#pieces[this.#at] as Buffer;
    this.bytes -= size;
    if (size < first.length) {
      this.#pieces[this.#at] = first.subarray(size);
      return first.subarray(0, size);
    }
    this.#at += 1;
    if (this.bytes === 0) this.clear();
    return first;
  }

  clear(): void {
    if (this.#pieces.length > 0) this.#pieces = [];
    this.#at = 0;
    this.bytes = 0;
  }
}
