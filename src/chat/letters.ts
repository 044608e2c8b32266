// Every letter of the state once, as one line of printable ASCII in an append-only slab; the very
// bytes stand in a snapshot. A letter is referred to by the 32-byte step in which its line begins:
// one number of 29 bits for up to 16 GiB. It knows no mailbox: what a recipient or sender did with
// a letter stands there.

import { assert } from "../base/assert.ts";
import { letterSlabBytes } from "../base/limits.ts";
import type { LetterParts } from "./letterLine.ts";
import { LetterDraft, letterBytesBesideBody, writeLetterLine } from "./letterLine.ts";

/** Where a letter lies: slab number × steps per slab + step within the slab. */
export type LetterAddress = number;

const stepBits = 5;
/** A mailbox keeps three bits of its own beside each address. */
const addressesMax = 2 ** 29;
const stepsPerSlab = letterSlabBytes >>> stepBits;
const newline = 0x0a;

export class LetterStore {
  /** To be filled in anew for each `append` of it. */
  readonly draft = new LetterDraft();
  private readonly slabs: Buffer[] = [];
  private readonly usedBytes: number[] = [];
  private slab: Buffer | null = null;
  private used = 0;

  append(parts: LetterParts): LetterAddress {
    const slab = this.slabWithRoom(parts.body.length + letterBytesBesideBody);
    const start = this.used;
    this.used = writeLetterLine(slab, start, parts);
    return this.addressOf(start);
  }

  /** A line of another form, without its line feed; longer than a step. */
  appendLine(line: string): LetterAddress {
    const slab = this.slabWithRoom(line.length + 1);
    const start = this.used;
    this.used += slab.latin1Write(line, start);
    slab[this.used++] = newline;
    return this.addressOf(start);
  }

  /** Makes room for so many bytes of lines as a snapshot holds them; returns how many there are. */
  roomFor(bytes: number): number {
    this.slabWithRoom(bytes);
    return letterSlabBytes - this.used;
  }

  /** Of a line that will begin so many bytes behind what is there, in the room that was made. */
  addressAhead(bytes: number): LetterAddress {
    return this.addressOf(this.used + bytes);
  }

  /** Puts whole lines into the room that was made. */
  appendLines(source: Buffer, start: number, end: number): void {
    const { slab, used } = this;
    assert(slab !== null && used + end - start <= letterSlabBytes, "room was made for the lines");
    this.used += source.copy(slab, this.used, start, end);
  }

  /** The letter's line, without its line feed. */
  lineAt(address: LetterAddress): string {
    const slab = this.slabOf(address);
    const start = this.startOf(slab, address);
    return slab.latin1Slice(start, slab.indexOf(newline, start));
  }

  /** The whole number that stands `skipBytes` behind the beginning of the letter's line. */
  numberAt(address: LetterAddress, skipBytes: number): number {
    const slab = this.slabOf(address);
    let at = this.startOf(slab, address) + skipBytes;
    let value = 0;
    for (let digit = (slab[at] as number) - 0x30; digit >= 0 && digit <= 9;) {
      value = value * 10 + digit;
      at += 1;
      digit = (slab[at] as number) - 0x30;
    }
    return value;
  }

  /** What is in use of each slab: whole lines in the order of sending. */
  *usedSlabs(): Iterable<Buffer> {
    for (const [index, slab] of this.slabs.entries()) {
      yield slab.subarray(0, slab === this.slab ? this.used : this.usedBytes[index]);
    }
  }

  private slabWithRoom(bytes: number): Buffer {
    assert(bytes <= letterSlabBytes, "a letter fits a slab");
    if (this.slab !== null && this.used + bytes <= letterSlabBytes) return this.slab;
    if (this.slab !== null) this.usedBytes.push(this.used);
    assert((this.slabs.length + 1) * stepsPerSlab <= addressesMax, "letters take at most 16 GiB");
    this.slab = Buffer.allocUnsafeSlow(letterSlabBytes);
    this.slabs.push(this.slab);
    this.used = 0;
    return this.slab;
  }

  private addressOf(offset: number): LetterAddress {
    return (this.slabs.length - 1) * stepsPerSlab + (offset >>> stepBits);
  }

  /** Where its line lies: read only. */
  slabOf(address: LetterAddress): Buffer {
    const slab = this.slabs[Math.floor(address / stepsPerSlab)];
    assert(slab !== undefined, "a letter lies in a slab");
    return slab;
  }

  /** Lines are longer than a step, so at most one begins in each. */
  startOf(slab: Buffer, address: LetterAddress): number {
    let start = (address % stepsPerSlab) << stepBits;
    while (start > 0 && slab[start - 1] !== newline) start += 1;
    return start;
  }
}
