// Reads one journal segment from front to back, a chunk at a time, and says where and why it ends.
// It never passes a record that does not check. Whether a bad record is a torn tail or corruption
// is judged elsewhere (recovery), from more than one file.

import type { Chain, Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import type { Disk } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { chainAt } from "../wire/batch.ts";
import { parseRecords, type ReadingPoint, type Stop } from "./parseRecords.ts";
import { recordBytesMax, recordExtraBytes } from "./record.ts";

/** One read; any record fits in. */
export const readChunkBytes = 1_048_576;
const bytesPerMark = 65_536;

/**
 * Offsets of some ops, ascending, so that reading can begin near any op: op, offset, op, offset …
 */
export type SegmentMarks = number[];

export interface SegmentReading {
  readonly disk: Disk;
  readonly name: string;
  readonly start: ReadingPoint;
  /** Where the record of `start` begins. */
  readonly offset: number;
  /** Nothing behind it is looked at. */
  readonly endOffset: number;
  /** Added to on the way. */
  readonly marks: SegmentMarks;
  readonly chunkBytes?: number;
}

export interface SegmentCursor {
  /** The next records, at most a chunk; null at the end, good or bad. */
  next(): Promise<Batch | null>;
  /** Behind the last good record. */
  offset(): number;
  nextOp(): Op;
  chain(): Chain | null;
  syncedThroughMax(): number;
  /** Meaningful after `next` has returned null. */
  stop(): Stop;
}

export function makeSegmentCursor(reading: SegmentReading): SegmentCursor {
  const { disk, name, endOffset, marks } = reading;
  const chunkBytes = Math.max(reading.chunkBytes ?? readChunkBytes, recordBytesMax);
  let { offset } = reading;
  let point = reading.start;
  let syncedThroughMax = 0;
  let stop: Stop = { kind: "end" };
  async function next(): Promise<Batch | null> {
    if (offset >= endOffset || isFinal(stop)) return null;
    const length = Math.min(chunkBytes, endOffset - offset);
    const bytes = await disk.read(name, { offset, length });
    const parsed = parseRecords(bytes, point);
    if (parsed.batch !== null) markAll(marks, parsed.batch, offset);
    const isLastChunk = offset + length >= endOffset || bytes.length < length;
    stop = parsed.stop;
    if (stop.kind === "partial" && isLastChunk) {
      stop = { kind: "bad", why: "the file ends within the record" };
    }
    offset += parsed.usedBytes;
    syncedThroughMax = Math.max(syncedThroughMax, parsed.syncedThroughMax);
    const { batch } = parsed;
    if (batch === null) return null;
    point = { op: asOp(batch.lastOp + 1), chain: chainAt(batch, batch.lastOp) };
    return batch;
  }
  return {
    next,
    offset: () => offset,
    nextOp: () => point.op,
    chain: () => point.chain,
    syncedThroughMax: () => syncedThroughMax,
    stop: () => stop,
  };
}

function isFinal(stop: Stop): boolean {
  return stop.kind === "bad" || stop.kind === "newer" || stop.kind === "mark";
}

export function mark(marks: SegmentMarks, op: number, offset: number): void {
  const lastOffset = marks.at(-1);
  if (lastOffset === undefined || offset >= lastOffset + bytesPerMark) marks.push(op, offset);
}

/** Of records that have come to lie in the file from `offset` on. */
export function addMarks(marks: SegmentMarks, added: SegmentMarks, offset: number): void {
  for (let index = 0; index < added.length; index += 2) {
    mark(marks, added[index] as number, offset + (added[index + 1] as number)); // In pairs.
  }
}

/** The batch's records lie in the file from `offset` on. */
function markAll(marks: SegmentMarks, { firstOp, ends }: Batch, offset: number): void {
  let next = (marks.at(-1) ?? -Infinity) + bytesPerMark;
  let start = offset;
  for (let index = 0; index < ends.length; index += 1) {
    if (start >= next) {
      marks.push(firstOp + index, start);
      next = start + bytesPerMark;
    }
    start = offset + (ends[index] as number) + (index + 1) * recordExtraBytes;
  }
}

/** The nearest marked record at or before the op; the segment's beginning when there is none. */
export function nearestMark(
  marks: SegmentMarks,
  op: number,
  first: { readonly op: number; readonly offset: number },
): { readonly op: number; readonly offset: number } {
  let low = 0;
  let high = marks.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle * 2] ?? Infinity) <= op) low = middle + 1;
    else high = middle;
  }
  const markedOp = marks[low * 2 - 2];
  const offset = marks[low * 2 - 1];
  if (markedOp === undefined || offset === undefined) return first;
  return { op: markedOp, offset };
}
