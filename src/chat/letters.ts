// Every letter of the state once, as one line of printable ASCII in an append-only slab; the very
// bytes stand in a snapshot. A letter is referred to by the 32-byte step in which its line begins:
// one number of 29 bits for up to 16 GiB. It knows no mailbox: what a recipient or sender did with
// a letter stands there. Slabs of which half is gone are made anew (sweeping.ts), their letters in
// the same order.

import { assert } from "../base/assert.ts";
import { leadingUint } from "../base/digits.ts";
import { letterSlabBytes } from "../base/limits.ts";
import type { LetterParts } from "./letterLine.ts";
import { LetterDraft, letterBytesBesideBody, writeLetterLine } from "./letterLine.ts";
import { SlabMemory } from "./slabMemory.ts";

/** Where a letter lies: slab number × steps per slab + step within the slab. */
export type LetterAddress = number;

const stepBits = 5;
/** A mailbox keeps three bits of its own beside each address. */
const addressesMax = 2 ** 29;
const stepsPerSlab = letterSlabBytes >>> stepBits;
const newline = 0x0a;
/** A letter between two people stands in two mailboxes, but for a few. */
const placesOfLetter = 2;

export interface Slab {
  readonly number: number;
  readonly bytes: Buffer;
  used: number;
  /** What lies before has been moved away. */
  start: number;
  /** How many places in mailboxes its letters have had, and how many of them are gone. */
  places: number;
  gone: number;
}

export class LetterStore {
  /** To be filled in anew for each `append` of it. */
  readonly draft = new LetterDraft();
  /** Slabs of which half is gone, and which do not change any more. */
  readonly sparse = new Set<Slab>();
  /** Where a sweep has come to: which slab is being moved, and what it moves behind. */
  swept: Slab | null = null;
  sweptBehind: Slab | null = null;
  /** How many places a sweep may yet look at; below 0 while a large group's line is made good. */
  sweepable = 0;
  private readonly byNumber: (Slab | undefined)[] = [];
  private readonly freeNumbers: number[] = [];
  private readonly memory = new SlabMemory();
  /** In the order of sending. */
  private readonly order: Slab[] = [];
  /** Where new letters go: the last one. */
  private slab: Slab | null = null;

  append(parts: LetterParts): LetterAddress {
    const slab = this.slabWithRoom(parts.body.length + letterBytesBesideBody);
    const start = slab.used;
    slab.used = writeLetterLine(slab.bytes, start, parts);
    slab.places += placesOfLetter;
    return addressOf(slab, start);
  }

  /** A line of another form, without its line feed; longer than a step. */
  appendLine(line: string, places: number): LetterAddress {
    const slab = this.slabWithRoom(line.length + 1);
    const start = slab.used;
    slab.used += slab.bytes.latin1Write(line, start);
    slab.bytes[slab.used++] = newline;
    slab.places += places;
    return addressOf(slab, start);
  }

  /** Makes room for so many bytes of lines as a snapshot holds them; returns how many there are. */
  roomFor(bytes: number): number {
    return letterSlabBytes - this.slabWithRoom(bytes).used;
  }

  /** Of a line that will begin so many bytes behind what is there, in the room that was made. */
  addressAhead(bytes: number): LetterAddress {
    const slab = this.slabWithRoom(0);
    return addressOf(slab, slab.used + bytes);
  }

  /** Puts whole lines, of so many letters, into the room that was made. */
  appendLines(
    source: Buffer,
    lines: { readonly start: number; readonly end: number; readonly count: number },
  ): void {
    const { slab } = this;
    const { start, end, count } = lines;
    const hasRoom = slab !== null && slab.used + end - start <= letterSlabBytes;
    assert(hasRoom, "room was made for the lines");
    slab.used += source.copy(slab.bytes, slab.used, start, end);
    slab.places += count * placesOfLetter;
  }

  /** The letter's line, without its line feed. */
  lineAt(address: LetterAddress): string {
    const bytes = this.slabOf(address);
    const start = this.startOf(bytes, address);
    return bytes.latin1Slice(start, bytes.indexOf(newline, start));
  }

  /** The whole number that stands `skipBytes` behind the beginning of the letter's line. */
  numberAt(address: LetterAddress, skipBytes: number): number {
    const bytes = this.slabOf(address);
    return leadingUint(bytes, this.startOf(bytes, address) + skipBytes);
  }

  /** What is in use of each slab: whole lines in the order of sending. */
  *usedSlabs(): Iterable<Buffer> {
    for (const { bytes, start, used } of this.order) yield bytes.subarray(start, used);
  }

  /** What letters take, in slabs. */
  get slabCount(): number {
    return this.order.length;
  }

  // ---- what is gone

  /** The letter has gone from one of the mailboxes it was in. */
  noteGone(address: LetterAddress): void {
    const slab = this.slabAt(address);
    slab.gone += 1;
    if (slab.gone * 2 >= slab.places && slab !== this.slab) this.sparse.add(slab);
  }

  /** A new slab right before this one, for what is moved out of it. */
  openBefore(slab: Slab): Slab {
    const before = this.makeSlab();
    this.order.splice(this.order.indexOf(slab), 0, before);
    return before;
  }

  before(slab: Slab): Slab | null {
    return this.order[this.order.indexOf(slab) - 1] ?? null;
  }

  /** Nothing is left in it. */
  release(slab: Slab): void {
    this.sparse.delete(slab);
    this.order.splice(this.order.indexOf(slab), 1);
    this.byNumber[slab.number] = undefined;
    this.memory.giveBack(slab.number);
    // The lowest first: so the pieces of memory that lie behind empty themselves.
    this.freeNumbers.push(slab.number);
    this.freeNumbers.sort((one, other) => other - one);
  }

  private slabWithRoom(bytes: number): Slab {
    const { slab } = this;
    if (slab !== null && slab.used + bytes <= letterSlabBytes) return slab;
    assert(bytes <= letterSlabBytes, "a letter fits a slab");
    const next = this.makeSlab();
    this.order.push(next);
    this.slab = next;
    if (slab !== null && slab.gone * 2 >= slab.places) this.sparse.add(slab);
    return next;
  }

  private makeSlab(): Slab {
    const number = this.freeNumbers.pop() ?? this.byNumber.length;
    assert((number + 1) * stepsPerSlab <= addressesMax, "letters take at most 16 GiB");
    const bytes = this.memory.take(number);
    const slab: Slab = { number, bytes, used: 0, start: 0, places: 0, gone: 0 };
    this.byNumber[number] = slab;
    return slab;
  }

  /** Where its line lies: read only, and before anything else is done. */
  slabOf(address: LetterAddress): Buffer {
    return this.slabAt(address).bytes;
  }

  /** Lines are longer than a step, so at most one begins in each. */
  startOf(bytes: Buffer, address: LetterAddress): number {
    let start = (address % stepsPerSlab) << stepBits;
    while (start > 0 && bytes[start - 1] !== newline) start += 1;
    return start;
  }

  private slabAt(address: LetterAddress): Slab {
    const slab = this.byNumber[Math.floor(address / stepsPerSlab)];
    assert(slab !== undefined, "a letter lies in a slab");
    return slab;
  }
}

export function addressOf({ number }: Slab, offset: number): LetterAddress {
  return number * stepsPerSlab + (offset >>> stepBits);
}
