// Reads the journal from a known point to its end and judges the end (DESIGN §5): a bad record is a
// torn tail only if nothing says that it was durable once: no later segment (one is begun only when
// the one before is synced), no base image, no later record or mark whose syncedThrough reaches it.
// Anything else is corruption. Changes nothing.

import type { Chain, Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import type { Disk } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { chainAt } from "../wire/batch.ts";
import { cutBatch } from "./batches.ts";
import type { SegmentName } from "./names.ts";
import { syncedThroughAnywhere } from "./parseRecords.ts";
import { recordBytesMax, recordExtraBytes } from "./record.ts";
import { makeSegmentCursor, readChunkBytes } from "./segmentCursor.ts";
import type { SegmentCursor, SegmentMarks } from "./segmentCursor.ts";

export interface HistoryPoint {
  readonly op: Op;
  readonly chain: Chain;
}

export interface SurveyedSegment extends SegmentName {
  /** Up to the end of the last good record. */
  readonly sizeBytes: number;
  readonly marks: SegmentMarks;
}

export interface TornTail {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface SoundJournal {
  readonly kind: "sound";
  readonly batches: readonly Batch[];
  /** Those that were read. */
  readonly segments: readonly SurveyedSegment[];
  readonly end: HistoryPoint;
  readonly torn: TornTail | null;
  /** The highest op that a record calls durable. */
  readonly syncedThrough: number;
}

export type JournalScan =
  SoundJournal | { readonly kind: "corrupt" | "newer"; readonly words: string };

/** More is read when it has returned. */
export type TakeBatch = (batch: Batch) => Promise<void>;

export interface JournalScanOptions {
  readonly disk: Disk;
  /** All there are, oldest first. */
  readonly segments: readonly SegmentName[];
  /** The state that is there already; records after it are wanted. */
  readonly from: HistoryPoint;
  /** Known from elsewhere to have been durable once. */
  readonly knownDurable: Op;
  /** Records after it are not wanted, nor is anything said about them. */
  readonly through: Op | null;
  /** Takes what is wanted, in order, in place of the `batches` of what is returned. */
  readonly take?: TakeBatch;
}

export async function scanJournal(options: JournalScanOptions): Promise<JournalScan> {
  const { segments, from, knownDurable } = options;
  const startIndex = segments.findLastIndex(({ firstOp }) => firstOp <= from.op + 1);
  const first = segments[0];
  if (first !== undefined && startIndex < 0) {
    const words = `${first.name} is not preceded by any state or record up to op ${from.op}`;
    return corrupt(`${words}: files are missing.`);
  }
  const progress: Progress = { batches: [], segments: [], end: from, syncedThrough: 0 };
  for (const segment of segments.slice(Math.max(0, startIndex))) {
    const result = await scanSegment(options, progress, segment);
    if (result.kind !== "more") return result;
  }
  if (progress.end.op < knownDurable && options.through === null) {
    return corrupt(
      `The journal ends at op ${progress.end.op}, but op ${knownDurable} was durable.`,
    );
  }
  return { kind: "sound", ...progress, torn: null };
}

interface Progress {
  readonly batches: Batch[];
  readonly segments: SurveyedSegment[];
  end: HistoryPoint;
  syncedThrough: number;
}

async function scanSegment(
  options: JournalScanOptions,
  progress: Progress,
  segment: SegmentName,
): Promise<JournalScan | { readonly kind: "more" }> {
  const { disk, from } = options;
  const isFirst = progress.segments.length === 0;
  if (!isFirst && segment.firstOp !== progress.end.op + 1) {
    return corrupt(`${segment.name} does not follow op ${progress.end.op}: records are missing.`);
  }
  const chain = segment.firstOp === progress.end.op + 1 ? progress.end.chain : null;
  const fileBytes = await disk.sizeBytes(segment.name);
  const marks: SegmentMarks = [];
  const cursor = makeSegmentCursor({
    disk,
    name: segment.name,
    start: { op: segment.firstOp, chain },
    offset: 0,
    endOffset: fileBytes,
    marks,
  });
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
    if (!agreesWith(batch, from)) {
      return corrupt(`${segment.name} and the base image disagree about op ${from.op}.`);
    }
    if (await takeBatch(progress, batch, options))
      return { kind: "sound", ...progress, torn: null };
  }
  progress.syncedThrough = Math.max(progress.syncedThrough, cursor.syncedThroughMax());
  progress.segments.push({ sizeBytes: cursor.offset(), marks, ...segment });
  return judgeEnd(options, progress, { segment, cursor });
}

function agreesWith(batch: Batch, from: HistoryPoint): boolean {
  if (from.op < batch.firstOp || from.op > batch.lastOp) return true;
  return batch.chains[from.op - batch.firstOp] === from.chain;
}

/** True when all that is wanted is there. */
async function takeBatch(
  progress: Progress,
  batch: Batch,
  { through, from, take }: JournalScanOptions,
): Promise<boolean> {
  const wanted = cutBatch(batch, { after: from.op, through: through ?? batch.lastOp });
  if (wanted !== null) {
    if (take === undefined) progress.batches.push(wanted);
    else await take(wanted);
    progress.end = { op: wanted.lastOp, chain: chainAt(wanted, wanted.lastOp) };
  }
  return through !== null && batch.lastOp >= through;
}

interface SegmentEnd {
  readonly segment: SegmentName;
  readonly cursor: SegmentCursor;
}

async function judgeEnd(
  options: JournalScanOptions,
  progress: Progress,
  { segment, cursor }: SegmentEnd,
): Promise<JournalScan | { readonly kind: "more" }> {
  const stop = cursor.stop();
  const offset = cursor.offset();
  if (stop.kind === "newer") {
    const words = `${segment.name} has records of format ${stop.format}, newer than this program`;
    return { kind: "newer", words: `${words} reads. Start it with the newer program.` };
  }
  const isEnd = stop.kind === "end" || stop.kind === "partial";
  if (isEnd) {
    if (cursor.nextOp() > options.from.op) return { kind: "more" };
    return corrupt(`${segment.name} ends before op ${options.from.op}, which was durable.`);
  }
  const proof = await proofOfDurability(options, { segment, offset, badOp: cursor.nextOp() });
  if (proof !== null) {
    const place = `${segment.name} is damaged at byte ${offset} (op ${cursor.nextOp()})`;
    const why = stop.kind === "bad" ? stop.why : "an older end shows through";
    return corrupt(`${place}: ${why}, and ${proof}.`);
  }
  const end = offset + (stop.kind === "mark" ? recordExtraBytes : 0);
  const bytes = (await endOfNonzero(options.disk, segment.name, end)) - end;
  const torn = bytes > 0 ? { name: segment.name, offset, bytes } : null;
  return { kind: "sound", ...progress, torn };
}

/** Behind the last byte that is not zero: zeros are written ahead and are no records. */
async function endOfNonzero(disk: Disk, name: string, start: number): Promise<number> {
  let end = start;
  for (let offset = start; ; offset += readChunkBytes) {
    const bytes = await disk.read(name, { offset, length: readChunkBytes });
    let length = bytes.length;
    while (length > 0 && bytes[length - 1] === 0) length -= 1;
    if (length > 0) end = offset + length;
    if (bytes.length < readChunkBytes) return end;
  }
}

/** Why the bad record must have been durable once; null when nothing says so. */
async function proofOfDurability(
  { disk, segments, knownDurable }: JournalScanOptions,
  bad: { readonly segment: SegmentName; readonly offset: number; readonly badOp: Op },
): Promise<string | null> {
  if (bad.badOp <= knownDurable) return `a base image shows that op ${knownDurable} was durable`;
  const next = segments.find(({ firstOp }) => firstOp > bad.segment.firstOp);
  if (next !== undefined) return `${next.name} was begun after it was durable`;
  const fileBytes = await disk.sizeBytes(bad.segment.name);
  for (let offset = bad.offset + 1; offset < fileBytes; offset += readChunkBytes) {
    const length = readChunkBytes + recordBytesMax;
    const bytes = await disk.read(bad.segment.name, { offset, length });
    const synced = syncedThroughAnywhere(bytes);
    if (synced >= bad.badOp) return `a later record says that op ${asOp(synced)} was durable`;
  }
  return null;
}

function corrupt(words: string): { readonly kind: "corrupt"; readonly words: string } {
  return { kind: "corrupt", words };
}
