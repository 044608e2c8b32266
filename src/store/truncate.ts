// Cuts the journal behind an op after a lost fork. The records that go are first put, durably, into
// an orphan file of their own (the journal's record format), so that at every moment each record is
// in one of the two; an orphan file is never overwritten.

import { assert } from "../base/assert.ts";
import type { Op } from "../base/ids.ts";
import { asOp, noChain } from "../base/ids.ts";
import type { Disk, DiskFile } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { locate } from "./catchUp.ts";
import { createAnew, moveDurably, syncFile, withFile, writeFile } from "./files.ts";
import type { Images } from "./images.ts";
import type { Journal, JournalSegment } from "./journal.ts";
import type { HistoryPoint } from "./journalScan.ts";
import { temporaryNames } from "./names.ts";
import { makeSegmentCursor, readChunkBytes } from "./segmentCursor.ts";

export type Truncation =
  | { readonly ok: true; readonly count: number; readonly orphanFile: string | null }
  /** Neither an image nor the journal reaches back to that op; nothing has been changed. */
  | { readonly ok: false; readonly refusal: "compacted" };

export interface Cut {
  readonly after: Op;
  /** "orphans-<ballot>"; the first op, and if need be a number, is added. */
  readonly orphanName: string;
}

interface Parts {
  readonly disk: Disk;
  readonly journal: Journal;
  readonly images: Images;
}

export async function truncateJournal(parts: Parts, cut: Cut): Promise<Truncation> {
  const { disk, journal, images } = parts;
  await journal.quiet();
  const lastOp = journal.durable().op;
  if (cut.after >= lastOp) return { ok: true, count: 0, orphanFile: null };
  const place = await findPlace(parts, cut.after);
  if (place === null) return { ok: false, refusal: "compacted" };
  const orphanFile = await saveOrphans(disk, place, cut);
  // An image behind the cut must be gone before the records are: alone it would count as the state.
  const goneImages = images.kept().filter(({ op }) => op > cut.after);
  for (const { name } of goneImages) await disk.remove(name);
  if (goneImages.length > 0) await disk.syncFolder();
  images.restart(images.kept().filter(({ op }) => op <= cut.after));
  // The newest segment first, so that what is left never has a gap.
  for (const { name } of place.later.toReversed()) {
    await disk.remove(name);
    await disk.syncFolder();
  }
  const kept = await cutSegment(disk, place);
  const earlier = journal.segments().filter(({ firstOp }) => firstOp < place.segment.firstOp);
  await journal.restart({ end: place.end, segments: [...earlier, kept] });
  return { ok: true, count: lastOp - cut.after, orphanFile };
}

interface Place {
  /** Holds the first record to go, at `offset`. */
  readonly segment: JournalSegment;
  readonly offset: number;
  readonly later: readonly JournalSegment[];
  /** The last record to stay. */
  readonly end: HistoryPoint;
}

async function findPlace({ disk, journal, images }: Parts, after: Op): Promise<Place | null> {
  const segments = journal.segments();
  const index = segments.findLastIndex(({ firstOp }) => firstOp <= after + 1);
  const segment = segments[index];
  const isFounded = segments[0]?.firstOp === 1 || images.kept().some(({ op }) => op <= after);
  if (segment === undefined || !isFounded) return null;
  const later = segments.slice(index + 1);
  if (after >= segment.firstOp) {
    const { chain, offset } = await locate(disk, segment, after);
    return { segment, offset, later, end: { op: after, chain } };
  }
  const before = segments[index - 1];
  const image = images.kept().find(({ op }) => op === after);
  if (before !== undefined) {
    const { chain } = await locate(disk, before, after);
    return { segment, offset: 0, later, end: { op: after, chain } };
  }
  assert(after === 0 || image !== undefined, `nothing tells the chain at op ${after}`);
  const end = { op: after, chain: image?.chain ?? noChain };
  return { segment, offset: 0, later, end };
}

async function saveOrphans(disk: Disk, place: Place, cut: Cut): Promise<string> {
  await withFile(createAnew(disk, temporaryNames.orphans), async (file) => {
    let offset = await copyInto(disk, { file, offset: 0 }, place.segment, place.offset);
    for (const segment of place.later) offset = await copyInto(disk, { file, offset }, segment, 0);
    await syncFile(file);
  });
  const names = await disk.list();
  const wanted = `${cut.orphanName}-${cut.after + 1}`;
  let name = wanted;
  for (let number = 2; names.includes(name); number += 1) name = `${wanted}.${number}`;
  await moveDurably(disk, temporaryNames.orphans, name);
  return name;
}

/** Returns where the target ends. */
async function copyInto(
  disk: Disk,
  target: { readonly file: DiskFile; readonly offset: number },
  { name, sizeBytes }: JournalSegment,
  from: number,
): Promise<number> {
  for (let at = from; at < sizeBytes; at += readChunkBytes) {
    const length = Math.min(readChunkBytes, sizeBytes - at);
    const bytes = await disk.read(name, { offset: at, length });
    await writeFile(target.file, bytes, target.offset + at - from);
  }
  return target.offset + sizeBytes - from;
}

async function cutSegment(disk: Disk, { segment, offset }: Place): Promise<JournalSegment> {
  await withFile(disk.open(segment.name), async (file) => {
    await file.truncate(offset);
    await syncFile(file);
  });
  return { ...segment, sizeBytes: offset, fileBytes: offset, marks: [] };
}

/** All records of an orphan file; throws in words when it is damaged. */
export async function readOrphanFile(disk: Disk, name: string): Promise<Batch[]> {
  const firstOp = Number(/-(\d+)(?:\.\d+)?$/.exec(name)?.[1]);
  const batches: Batch[] = [];
  const cursor = makeSegmentCursor({
    disk,
    name,
    start: { op: asOp(firstOp), chain: null },
    offset: 0,
    endOffset: await disk.sizeBytes(name),
    marks: [],
  });
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
    batches.push(batch);
  }
  if (cursor.stop().kind === "end") return batches;
  throw new Error(`${disk.path}/${name} is damaged at byte ${cursor.offset()}.`);
}
