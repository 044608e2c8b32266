// Reads durable records back from the journal while it is being written, for servers that catch up.
// Costs what is read, not the file: marks lead near the first record wanted.

import { assert, present } from "../base/assert.ts";
import type { Chain, Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { batchRecordsMax } from "../base/limits.ts";
import type { Disk } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { chainAt } from "../wire/batch.ts";
import { cutBatch } from "./batches.ts";
import type { Journal, JournalSegment } from "./journal.ts";
import { recordBytesMax, recordExtraBytes } from "./record.ts";
import { makeSegmentCursor, nearestMark } from "./segmentCursor.ts";

export interface ReadRequest {
  readonly after: Op;
  /** Of frames; one record at least is given, and never more than a batch may hold. */
  readonly maxBytes: number;
}

/** Null: nothing durable after that op. "compacted": only a base image holds what comes next. */
export async function readBatch(
  disk: Disk,
  journal: Journal,
  request: ReadRequest,
): Promise<Batch | "compacted" | null> {
  const { after } = request;
  const durable = journal.durable();
  if (after >= durable.op) return null;
  const segment = journal.segments().findLast(({ firstOp }) => firstOp <= after + 1);
  if (segment === undefined) return "compacted";
  try {
    const through = asOp(Math.min(durable.op, after + batchRecordsMax));
    return await readFrom(disk, segment, { ...request, through });
  } catch (error) {
    // Cut, replaced or compacted away while it was read: whoever asks again gets the right answer.
    if (journal.segments().includes(segment) && journal.durable().op >= durable.op) throw error;
    return null;
  }
}

async function readFrom(
  disk: Disk,
  { name, firstOp, marks, sizeBytes }: JournalSegment,
  { after, through, maxBytes }: ReadRequest & { readonly through: Op },
): Promise<Batch> {
  const near = nearestMark(marks, after + 1, { op: firstOp, offset: 0 });
  const cursor = makeSegmentCursor({
    disk,
    name,
    start: { op: asOp(near.op), chain: null },
    offset: near.offset,
    endOffset: sizeBytes,
    marks,
    chunkBytes: maxBytes + recordBytesMax,
  });
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
    const wanted = cutBatch(batch, { after, through, bytesMax: maxBytes });
    if (wanted !== null) return wanted;
  }
  const place = `at byte ${cursor.offset()} (op ${cursor.nextOp()})`;
  const next = "The server stops; at its next start it fetches the others' state";
  throw new Error(`${disk.path}/${name} is damaged ${place}. ${next}.`);
}

/** The chain after an op that the segment holds, and where the record behind it begins. */
export async function locate(
  disk: Disk,
  { name, firstOp, marks, sizeBytes }: JournalSegment,
  op: Op,
): Promise<{ readonly chain: Chain; readonly offset: number }> {
  assert(op >= firstOp, `op ${op} is not in ${name}`);
  const near = nearestMark(marks, op, { op: firstOp, offset: 0 });
  const start = { op: asOp(near.op), chain: null };
  const { offset } = near;
  const cursor = makeSegmentCursor({ disk, name, start, offset, endOffset: sizeBytes, marks });
  for (;;) {
    const startOffset = cursor.offset();
    const batch = await cursor.next();
    assert(batch !== null, `op ${op} is missing in ${name}`);
    if (batch.lastOp < op) continue;
    const index = op - batch.firstOp;
    const frameBytes = present(batch.ends[index], "an end");
    return {
      chain: chainAt(batch, op),
      offset: startOffset + frameBytes + (index + 1) * recordExtraBytes,
    };
  }
}
