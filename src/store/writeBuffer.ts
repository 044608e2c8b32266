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
  /** Of the disk's memory. */
  bytes: Buffer;
  usedBytes: number;
  /** The first of those are no records of it: they are in the file already (blocks.ts). */
  leadBytes: number;
  /** Of what is in it; meaningless while it is empty. */
  lastOp: Op;
  lastChain: Chain;
  /** Offsets within the buffer. */
  readonly marks: SegmentMarks;
  /** A durability mark is to follow before anybody hears that this is durable. */
  isMarked: boolean;
  readonly memory: Memory;
}

type Memory = (lengthBytes: number) => Buffer;

const usualBytes = 65_536;
const keptBytesMax = 8_388_608;

export function makeWriteBuffer(memory: Memory): WriteBuffer {
  const bytes = memory(usualBytes);
  const nothing = { usedBytes: 0, leadBytes: 0, lastOp: noOp, lastChain: noChain };
  return { bytes, ...nothing, marks: [], isMarked: false, memory };
}

export function holdsRecords({ usedBytes, leadBytes }: WriteBuffer): boolean {
  return usedBytes > leadBytes;
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
  const larger = buffer.memory(Math.max(neededBytes, buffer.bytes.length * 2));
  buffer.bytes.copy(larger, 0, 0, buffer.usedBytes);
  buffer.bytes = larger;
}

/** Zeros behind what is used, up to a length. */
export function padBuffer(buffer: WriteBuffer, length: number): void {
  reserve(buffer, length);
  buffer.bytes.fill(0, buffer.usedBytes, length);
}

/** Of an empty buffer. */
export function setLead(buffer: WriteBuffer, bytes: Buffer): void {
  buffer.leadBytes = bytes.copy(buffer.bytes);
  buffer.usedBytes = buffer.leadBytes;
}

export function dropLead(buffer: WriteBuffer): void {
  const { bytes, marks, leadBytes, usedBytes } = buffer;
  bytes.copyWithin(0, leadBytes, usedBytes);
  // In pairs: op, offset.
  for (let at = 1; at < marks.length; at += 2) marks[at] = (marks[at] as number) - leadBytes;
  buffer.usedBytes -= leadBytes;
  buffer.leadBytes = 0;
}

export function emptyBuffer(buffer: WriteBuffer): void {
  buffer.usedBytes = 0;
  buffer.leadBytes = 0;
  buffer.marks.length = 0;
  buffer.isMarked = false;
  if (buffer.bytes.length > keptBytesMax) buffer.bytes = buffer.memory(usualBytes);
}
