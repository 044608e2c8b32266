// Reads durable records back from the journal while it is being written, for servers that catch up.
// Costs what is read, not the file: marks lead near the first record wanted.

import { assert, present } from "../base/assert.ts";
import type { Chain, Op } from "../base/ids.ts";
import { asOp, noOp } from "../base/ids.ts";
import { batchRecordsMax } from "../base/limits.ts";
import type { Disk, Log } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { chainAt } from "../wire/batch.ts";
import { cutBatch } from "./batches.ts";
import type { Journal, JournalSegment } from "./journal.ts";
import { recordBytesMax, recordExtraBytes } from "./record.ts";
import { makeSegmentCursor, nearestMark, type SegmentCursor } from "./segmentCursor.ts";

export interface ReadRequest {
  readonly after: Op;
  /** Of frames; one record at least is given, and never more than a batch may hold. */
  readonly maxBytes: number;
}

interface ReadPlace {
  readonly disk: Disk;
  readonly journal: Journal;
  /** Base images, the newest first. */
  readonly images: { kept(): readonly { readonly op: Op }[] };
}

/**
 * Null: nothing durable after that op. "compacted": only a base image holds what comes next, also
 * where the journal is damaged before the newest one: no start would look there and find it.
 */
export async function readBatch(
  { disk, journal, images }: ReadPlace,
  log: Log,
  { after, maxBytes }: ReadRequest,
): Promise<Batch | "compacted" | null> {
  const durable = journal.durable();
  if (after >= durable.op || journal.isHandedOver()) return null;
  const segment = journal.segments().findLast(({ firstOp }) => firstOp <= after + 1);
  if (segment === undefined) return "compacted";
  // Cut, replaced or compacted away while it was read: whoever asks again gets the right answer.
  const isStill = (): boolean => {
    if (journal.isHandedOver() || !journal.segments().includes(segment)) return false;
    return journal.durable().op >= durable.op;
  };
  try {
    const through = asOp(Math.min(durable.op, after + batchRecordsMax));
    const read = await readFrom(disk, segment, { after, maxBytes, through });
    if (!("damagedOp" in read)) return read;
    if (!isStill()) return null;
    const imageOp = images.kept()[0]?.op ?? noOp;
    if (read.damagedOp > imageOp) throw new Error(`${read.words} ${stops}`);
    log.write("error", "damaged", { why: `${read.words} ${sendsImage}` });
    return "compacted";
  } catch (error) {
    if (isStill()) throw error;
    return null;
  }
}

/** What follows from damage to records that are needed and stand behind every base image. */
export const stops = "The server stops; at its next start it fetches the others' state.";
const sendsImage = "A newer base image is whole, and is sent to whoever asks for what lies there.";

export interface Damage {
  /** The first that cannot be read. */
  readonly damagedOp: Op;
  readonly words: string;
}

async function readFrom(
  disk: Disk,
  { name, firstOp, marks, sizeBytes }: JournalSegment,
  { after, through, maxBytes }: ReadRequest & { readonly through: Op },
): Promise<Batch | Damage> {
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
  return damageAt(disk, name, cursor);
}

function damageAt(disk: Disk, name: string, cursor: SegmentCursor): Damage {
  const place = `at byte ${cursor.offset()} (op ${cursor.nextOp()})`;
  return { damagedOp: cursor.nextOp(), words: `${disk.path}/${name} is damaged ${place}.` };
}

/** The chain after an op that the segment holds, and where the record behind it begins. */
export async function locate(
  disk: Disk,
  { name, firstOp, marks, sizeBytes }: JournalSegment,
  op: Op,
): Promise<{ readonly chain: Chain; readonly offset: number } | Damage> {
  assert(op >= firstOp, `op ${op} is not in ${name}`);
  const near = nearestMark(marks, op, { op: firstOp, offset: 0 });
  const start = { op: asOp(near.op), chain: null };
  const { offset } = near;
  const cursor = makeSegmentCursor({ disk, name, start, offset, endOffset: sizeBytes, marks });
  for (;;) {
    const startOffset = cursor.offset();
    const batch = await cursor.next();
    if (batch === null) return damageAt(disk, name, cursor);
    if (batch.lastOp < op) continue;
    const index = op - batch.firstOp;
    const frameBytes = present(batch.ends[index], "an end");
    return {
      chain: chainAt(batch, op),
      offset: startOffset + frameBytes + (index + 1) * recordExtraBytes,
    };
  }
}
