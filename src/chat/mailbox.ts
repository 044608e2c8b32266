// One account's mailbox: an ordered log of references to letters, positions 1, 2, 3 … never used
// twice. Unread shrinks only by `acknowledge` and `remove`. Chunks keep the cost of a letter flat
// however large the mailbox, and empty ones are let go. It knows no names and decides no refusals.

import { assert } from "../base/assert.ts";
import { mailboxChunkLetters } from "../base/limits.ts";
import type { LetterAddress } from "./letters.ts";

/** Sent by the owner: counts as opened, and never as new. */
export const ownFlag = 1;
export const openedFlag = 2;
export const removedFlag = 4;

interface Chunk {
  /** Per letter its address and, in the lowest bits, its flags; doubled up to a whole chunk. */
  words: Uint32Array;
  /** Not removed. */
  kept: number;
  unopened: number;
}

const firstChunkLetters = 8;
const flagBits = 3;
const flagMask = (1 << flagBits) - 1;

export class Mailbox {
  /** Newest position; 0 for none. */
  last = 0;
  /** Acknowledged by a terminal up to here. */
  delivered = 0;
  /** Of others, not removed, behind `delivered`. */
  unread = 0;
  /** Of others, not removed, not opened. */
  unopened = 0;
  private readonly chunks: (Chunk | undefined)[] = [];
  /** The chunk of the newest letters, and its index: what a send needs, without a search. */
  private tail: Chunk | undefined = undefined;
  private tailIndex = -1;
  /** Behind `delivered`, yet delivered: on a branch that was merged. Null for none. */
  private ahead: Set<number> | null = null;

  append(address: LetterAddress, flags: number): number {
    this.last += 1;
    this.put(this.last, address, flags);
    return this.last;
  }

  /** As `append`, at a position that a snapshot names; `last` and `delivered` are set already. */
  put(seq: number, address: LetterAddress, flags: number): void {
    const at = (seq - 1) % mailboxChunkLetters;
    const chunk = this.chunkFor(seq, at);
    chunk.words[at] = (address << flagBits) | flags;
    chunk.kept += 1;
    if (flags === 0) {
      chunk.unopened += 1;
      this.unopened += 1;
    }
    if ((flags & ownFlag) === 0 && !this.isDelivered(seq)) this.unread += 1;
  }

  /** `removedFlag` where there is no letter. */
  flagsAt(seq: number): number {
    if (seq < 1 || seq > this.last) return removedFlag;
    const chunk = this.chunks[Math.floor((seq - 1) / mailboxChunkLetters)];
    const word = chunk?.words[(seq - 1) % mailboxChunkLetters] ?? removedFlag;
    return word & flagMask;
  }

  has(seq: number): boolean {
    return (this.flagsAt(seq) & removedFlag) === 0;
  }

  addressAt(seq: number): LetterAddress {
    assert(this.has(seq), "only what is in the mailbox has an address");
    const word = this.chunkOf(seq).words[(seq - 1) % mailboxChunkLetters] as number;
    return word >>> flagBits;
  }

  /** The letter lies elsewhere from now on. */
  move(seq: number, address: LetterAddress): void {
    const { words } = this.chunkOf(seq);
    const at = (seq - 1) % mailboxChunkLetters;
    words[at] = (address << flagBits) | ((words[at] as number) & flagMask);
  }

  /** The last position before `seq` that holds a letter; 0 for none. */
  previous(seq: number): number {
    for (let at = Math.min(seq, this.last + 1) - 1; at > 0; at -= 1) {
      const within = (at - 1) % mailboxChunkLetters;
      const chunk = this.chunks[Math.floor((at - 1) / mailboxChunkLetters)];
      if (chunk === undefined || chunk.kept === 0) at -= within;
      else if (((chunk.words[within] ?? removedFlag) & removedFlag) === 0) return at;
    }
    return 0;
  }

  /** False when it is open already. */
  open(seq: number): boolean {
    if (this.flagsAt(seq) !== 0) return false;
    this.setFlags(seq, openedFlag);
    this.countUnopened(seq, -1);
    return true;
  }

  /** False when it is not open, or one's own. */
  close(seq: number): boolean {
    if (this.flagsAt(seq) !== openedFlag) return false;
    this.setFlags(seq, 0);
    this.countUnopened(seq, 1);
    return true;
  }

  /** False when it is not there. */
  remove(seq: number): boolean {
    const flags = this.flagsAt(seq);
    if ((flags & removedFlag) !== 0) return false;
    if (flags === 0) this.countUnopened(seq, -1);
    if ((flags & ownFlag) === 0 && !this.isDelivered(seq)) this.unread -= 1;
    this.setFlags(seq, removedFlag);
    const chunk = this.chunkOf(seq);
    chunk.kept -= 1;
    const whole = Math.ceil(seq / mailboxChunkLetters) * mailboxChunkLetters <= this.last;
    if (chunk.kept === 0 && whole) {
      this.chunks[Math.floor((seq - 1) / mailboxChunkLetters)] = undefined;
      if (this.tail === chunk) this.tailIndex = -1;
    }
    return true;
  }

  /** All through `through` has reached a terminal; calls for each that is new thereby. */
  acknowledge(through: number, eachNew: (seq: number, flags: number) => void): void {
    assert(through <= this.last, "nobody acknowledges what was never sent");
    for (let seq = this.delivered + 1; seq <= through; seq += 1) {
      const flags = this.flagsAt(seq);
      if (this.ahead?.delete(seq) === true) continue;
      if ((flags & (ownFlag | removedFlag)) !== 0) continue;
      this.unread -= 1;
      eachNew(seq, flags);
    }
    this.delivered = Math.max(this.delivered, through);
    if (this.ahead?.size === 0) this.ahead = null;
  }

  isDelivered(seq: number): boolean {
    return seq <= this.delivered || (this.ahead !== null && this.ahead.has(seq));
  }

  /** This one has reached a terminal, on another branch; false when that was known. */
  acknowledgeOne(seq: number): boolean {
    if ((this.flagsAt(seq) & (ownFlag | removedFlag)) !== 0 || this.isDelivered(seq)) return false;
    this.unread -= 1;
    this.noteAhead(seq);
    while (this.delivered < this.last && this.isPast(this.delivered + 1)) {
      this.delivered += 1;
      this.ahead?.delete(this.delivered);
    }
    if (this.ahead?.size === 0) this.ahead = null;
    return true;
  }

  /** As a snapshot says, before the letters are put. */
  noteAhead(seq: number): void {
    this.ahead ??= new Set();
    this.ahead.add(seq);
  }

  /** Rising. */
  aheadPositions(): readonly number[] {
    return this.ahead === null ? [] : [...this.ahead].sort((one, other) => one - other);
  }

  /** The next position behind `seq` that holds a letter (an unopened one); 0 for none. */
  next(seq: number, unopenedOnly: boolean): number {
    for (let at = seq + 1; at <= this.last; at += 1) {
      const within = (at - 1) % mailboxChunkLetters;
      const chunk = this.chunks[Math.floor((at - 1) / mailboxChunkLetters)];
      const wanted = unopenedOnly ? (chunk?.unopened ?? 0) : (chunk?.kept ?? 0);
      if (chunk === undefined || wanted === 0) {
        at += mailboxChunkLetters - within - 1;
        continue;
      }
      // Read back from a snapshot, a chunk ends with its last letter that is still there.
      const flags = (chunk.words[within] ?? removedFlag) & flagMask;
      if (unopenedOnly ? flags === 0 : (flags & removedFlag) === 0) return at;
    }
    return 0;
  }

  /** Costs a step for each letter behind it in its chunk, and for each chunk behind that. */
  unopenedThrough(seq: number): number {
    const index = Math.floor(seq / mailboxChunkLetters);
    let count = this.unopened;
    for (let at = index + 1; at < this.chunks.length; at += 1) {
      count -= this.chunks[at]?.unopened ?? 0;
    }
    const { words } = this.chunks[index] ?? noChunk;
    const end = Math.min(words.length, this.last - index * mailboxChunkLetters);
    for (let within = seq % mailboxChunkLetters; within < end; within += 1) {
      if (((words[within] as number) & flagMask) === 0) count -= 1;
    }
    return count;
  }

  private isPast(seq: number): boolean {
    if (this.ahead?.has(seq) === true) return true;
    return (this.flagsAt(seq) & (ownFlag | removedFlag)) !== 0;
  }

  private setFlags(seq: number, flags: number): void {
    const { words } = this.chunkOf(seq);
    const at = (seq - 1) % mailboxChunkLetters;
    words[at] = ((words[at] as number) & ~flagMask) | flags;
  }

  private countUnopened(seq: number, by: number): void {
    this.chunkOf(seq).unopened += by;
    this.unopened += by;
  }

  private chunkOf(seq: number): Chunk {
    const chunk = this.chunks[Math.floor((seq - 1) / mailboxChunkLetters)];
    assert(chunk !== undefined, "a letter lies in a chunk");
    return chunk;
  }

  private chunkFor(seq: number, at: number): Chunk {
    const index = Math.floor((seq - 1) / mailboxChunkLetters);
    let chunk = index === this.tailIndex ? this.tail : this.chunks[index];
    if (chunk === undefined) {
      chunk = makeChunk(index === 0 ? firstChunkLetters : mailboxChunkLetters);
      this.chunks[index] = chunk;
    }
    if (index > this.tailIndex) {
      this.tail = chunk;
      this.tailIndex = index;
    }
    while (at >= chunk.words.length) growChunk(chunk);
    return chunk;
  }
}

const noChunk: Pick<Chunk, "words"> = { words: new Uint32Array(0) };

function makeChunk(letters: number): Chunk {
  // What has not been put is not there.
  return { words: new Uint32Array(letters).fill(removedFlag), kept: 0, unopened: 0 };
}

function growChunk(chunk: Chunk): void {
  const { words } = makeChunk(chunk.words.length * 2);
  words.set(chunk.words);
  chunk.words = words;
}
