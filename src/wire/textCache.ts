// Gives the same string for the same bytes, as long as they came lately: client ids and names come
// again and again, and a string that is known already needs no checking, hashing or comparing by
// whoever looks it up. Direct-mapped and bounded; what is not there is simply read anew.

const slotCount = 4_096;
/** The last letters tell names and ids apart best. */
const hashedLetters = 8;

export class TextCache {
  readonly #slots: (string | undefined)[] = new Array<string | undefined>(slotCount).fill(
    undefined,
  );
  readonly #accepts: (text: string) => boolean;

  /** What is not accepted is not kept. */
  constructor(accepts: (text: string) => boolean) {
    this.#accepts = accepts;
  }

  /** The text in [start, end), one character a byte; null when it is not accepted. */
  read(bytes: Buffer, start: number, end: number): string | null {
    let hash = end - start;
    for (let at = Math.max(start, end - hashedLetters); at < end; at += 1) {
      hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    }
    const slot = (hash ^ (hash >>> 12)) & (slotCount - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isEqual(known, bytes, start, end)) return known;
    const text = bytes.latin1Slice(start, end);
    if (!this.#accepts(text)) return null;
    this.#slots[slot] = text;
    return text;
  }
}

function isEqual(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at += 1) {
    if (text.charCodeAt(at - start) !== bytes[at]) return false;
  }
  return true;
}
