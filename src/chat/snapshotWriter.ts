// Cuts what a snapshot is made of into chunks of one size, the last one shorter. Lines of which
// there are many are written as bytes in place: strings, each joined of pieces and copied, would be
// most of the cost of an image. What they say is the caller's.

import { snapshotChunkBytes } from "../base/imageLimits.ts";
import { frameBytesMax } from "../base/limits.ts";
import { opcodeOf, writePayload } from "../wire/codec.ts";
import { writeEscaped } from "../wire/payloadWriter.ts";
import type { Reply } from "./contract.ts";
import { type LineKind, type LineOf, putLine, putReplyStart } from "./snapshotLines.ts";

/** What the writer before has left, if nobody writes just now. */
let spare: Buffer | null = null;

function newChunk(): Buffer {
  return Buffer.allocUnsafeSlow(snapshotChunkBytes);
}

/** One line after the other is made here: the longest is a reply all of whose bytes are escaped. */
const scratch = Buffer.allocUnsafeSlow(4 * frameBytesMax);
const payload = Buffer.allocUnsafeSlow(frameBytesMax);
const lineFeed = 0x0a;
/** A call out of the engine costs more than so many bytes do. */
const shortLineBytes = 128;

export class ChunkWriter {
  lines = 0;
  private chunk = spare?.length === snapshotChunkBytes ? spare : newChunk();
  private used = 0;
  private full: Buffer[] = [];

  constructor() {
    spare = null;
  }

  /** A line of one of the kinds whose length is bounded by what a request may hold. */
  put<K extends LineKind>(kind: K, values: LineOf<K>): void {
    this.lines += 1;
    this.takeScratch(putLine(scratch, 0, kind, values));
  }

  /** A kept reply: its payload, which holds bars of its own, is one field. */
  putReply(reply: Reply): void {
    this.lines += 1;
    const payloadEnd = writePayload(payload, 0, reply);
    const start = putReplyStart(scratch, opcodeOf(reply.type));
    const end = writeEscaped(scratch, start, payload, payloadEnd);
    scratch[end] = lineFeed;
    this.takeScratch(end + 1);
  }

  /** Its first bytes. */
  private takeScratch(end: number): void {
    if (end > shortLineBytes || this.used + end >= snapshotChunkBytes) {
      return this.bytes(scratch, 0, end);
    }
    const { chunk, used } = this;
    for (let at = 0; at < end; at += 1) chunk[used + at] = scratch[at] as number;
    this.used += end;
  }

  line(line: string): void {
    this.lines += 1;
    if (this.used + line.length < snapshotChunkBytes) {
      this.used += this.chunk.latin1Write(line, this.used);
      return;
    }
    const bytes = Buffer.from(line, "latin1");
    this.bytes(bytes, 0, bytes.length);
  }

  bytes(source: Buffer, start: number, end: number): void {
    for (let at = start; at < end;) {
      const copied = source.copy(this.chunk, this.used, at, end);
      at += copied;
      this.used += copied;
      this.cut();
    }
  }

  hasFull(): boolean {
    return this.full.length > 0;
  }

  takeFull(): readonly Buffer[] {
    const taken = this.full;
    this.full = [];
    return taken;
  }

  /** Nothing is written any more: the last chunk, mostly a short one, is used again. */
  takeAll(): readonly Buffer[] {
    const last = Buffer.from(this.chunk.subarray(0, this.used));
    spare = this.chunk;
    return [...this.takeFull(), last];
  }

  private cut(): void {
    if (this.used < snapshotChunkBytes) return;
    this.full.push(this.chunk);
    this.chunk = newChunk();
    this.used = 0;
  }
}
