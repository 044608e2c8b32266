// One of the journal's two buffers: records laid out as they will stand in the file, so that a
// group of any size goes out in one write. It is used over and over; it grows and, after a burst,
// shrinks.

import { asOp, noChain, noOp } from "../base/ids.ts";
import type { Chain, Op } from "../base/ids.ts";
import type { Batch } from "../wire/batch.ts";
import { chainAt } from "../wire/batch.ts";
import { recordBytesOf, writeRecords } from "./record.ts";
import { mark, type SegmentMarks } from "./segmentCursor.ts";

export interface WriteBuffer {
  bytes: Buffer;
  usedBytes: number;
  /** Of what is in it; meaningless while it is empty. */
  lastOp: Op;
  lastChain: Chain;
  /** Offsets within the buffer. */
  readonly marks: SegmentMarks;
  /** A durability mark is to follow before anybody hears that this is durable. */
  isMarked: boolean;
}

const usualBytes = 65_536;
const keptBytesMax = 8_388_608;

export function makeWriteBuffer(): WriteBuffer {
  const bytes = Buffer.allocUnsafeSlow(usualBytes);
  return { bytes, usedBytes: 0, lastOp: noOp, lastChain: noChain, marks: [], isMarked: false };
}

export function addToBuffer(buffer: WriteBuffer, batch: Batch, syncedThrough: Op): void {
  reserve(buffer, buffer.usedBytes + recordBytesOf(batch));
  mark(buffer.marks, batch.firstOp, buffer.usedBytes);
  buffer.usedBytes = writeRecords(buffer.bytes, buffer.usedBytes, { batch, syncedThrough });
  buffer.lastOp = asOp(batch.lastOp);
  buffer.lastChain = chainAt(batch, batch.lastOp);
}

function reserve(buffer: WriteBuffer, neededBytes: number): void {
  if (neededBytes <= buffer.bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(neededBytes, buffer.bytes.length * 2));
  buffer.bytes.copy(larger, 0, 0, buffer.usedBytes);
  buffer.bytes = larger;
}

/** Zeros behind what is used, up to a length. */
export function padBuffer(buffer: WriteBuffer, length: number): void {
  reserve(buffer, length);
  buffer.bytes.fill(0, buffer.usedBytes, length);
}

export function emptyBuffer(buffer: WriteBuffer): void {
  buffer.usedBytes = 0;
  buffer.marks.length = 0;
  buffer.isMarked = false;
  if (buffer.bytes.length > keptBytesMax) buffer.bytes = Buffer.allocUnsafeSlow(usualBytes);
}
