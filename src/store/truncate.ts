// Cuts the journal behind an op after a lost fork. The records that go are first put, durably, into
// an orphan file of their own (the journal's record format), so that at every moment each record is
// in one of the two; an orphan file is never overwritten.

import { assert } from "../base/assert.ts";
import type { Chain, Op } from "../base/ids.ts";
import { noChain } from "../base/ids.ts";
import type { Disk, DiskFile } from "../ports.ts";
import { locate, stops } from "./catchUp.ts";
import { createAnew, moveDurably, syncFile, withFile, writeFile } from "./files.ts";
import type { Images } from "./images.ts";
import type { Journal, JournalSegment } from "./journal.ts";
import type { HistoryPoint } from "./journalScan.ts";
import { quarantineNameOf, readFolderNames, temporaryNames } from "./names.ts";
import { putAside } from "./repair.ts";
import { readChunkBytes } from "./segmentCursor.ts";

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
  journal.handOver();
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

export interface SavedBranch {
  /** Null when the journal holds nothing of it. */
  readonly orphanFile: string | null;
  /** The branch's own image, where it begins behind the fork; null when it does not. */
  readonly image: string | null;
}

/**
 * What is here of a branch that an image is about to replace. Its beginning may be in an image of
 * its own alone (one that was fetched from another server of that branch, which has the records):
 * that is kept for the operator.
 */
export async function saveBranch(parts: Parts, cut: Cut): Promise<SavedBranch> {
  const { disk, journal, images } = parts;
  await journal.quiet();
  const oldest = images.kept().at(-1);
  const isWhole = isFounded(parts, cut.after);
  // From the oldest state that is here, since without one nobody knows what a record meant.
  const after = isWhole ? cut.after : (oldest?.op ?? cut.after);
  const place = after < journal.durable().op ? await findPlace(parts, after) : null;
  const orphanFile = place === null ? null : await saveOrphans(disk, place, { ...cut, after });
  if (oldest === undefined || isWhole) return { orphanFile, image: null };
  const { quarantineMax } = readFolderNames(await disk.list());
  const image = quarantineNameOf(oldest.name, quarantineMax + 1);
  await withFile(createAnew(disk, temporaryNames.orphans), async (file) => {
    const sizeBytes = await disk.sizeBytes(oldest.name);
    await copyInto(disk, { file, offset: 0 }, { name: oldest.name, sizeBytes }, 0);
    await syncFile(file);
  });
  await moveDurably(disk, temporaryNames.orphans, image);
  return { orphanFile, image };
}

interface Place {
  /** Holds the first record to go, at `offset`. */
  readonly segment: JournalSegment;
  readonly offset: number;
  readonly later: readonly JournalSegment[];
  /** The last record to stay. */
  readonly end: HistoryPoint;
}

/** The state as of that op can be had. */
function isFounded({ journal, images }: Parts, after: Op): boolean {
  return journal.segments()[0]?.firstOp === 1 || images.kept().some(({ op }) => op <= after);
}

async function findPlace(parts: Parts, after: Op): Promise<Place | null> {
  const { journal, images } = parts;
  const segments = journal.segments();
  const index = segments.findLastIndex(({ firstOp }) => firstOp <= after + 1);
  const segment = segments[index];
  if (segment === undefined || !isFounded(parts, after)) return null;
  const later = segments.slice(index + 1);
  if (after >= segment.firstOp) {
    const { chain, offset } = await locateSoundly(parts, segment, after);
    return { segment, offset, later, end: { op: after, chain } };
  }
  const before = segments[index - 1];
  const image = images.kept().find(({ op }) => op === after);
  if (before !== undefined) {
    const { chain } = await locateSoundly(parts, before, after);
    return { segment, offset: 0, later, end: { op: after, chain } };
  }
  assert(after === 0 || image !== undefined, `nothing tells the chain at op ${after}`);
  const end = { op: after, chain: image?.chain ?? noChain };
  return { segment, offset: 0, later, end };
}

/**
 * Where the journal is damaged before the fork, this history can be cut nowhere. A start would
 * begin with an image behind the damage and come to the same place: so such images are put aside,
 * and the next start finds the damage, puts the rest aside too, and fetches the others' state.
 */
async function locateSoundly(
  { disk, images }: Parts,
  segment: JournalSegment,
  op: Op,
): Promise<{ readonly chain: Chain; readonly offset: number }> {
  const located = await locate(disk, segment, op);
  if (!("damagedOp" in located)) return located;
  const behind = images.kept().filter((image) => image.op >= located.damagedOp);
  const names = behind.map(({ name }) => name);
  await putAside(disk, readFolderNames(await disk.list()), names);
  throw new Error(`${located.words} ${stops}`);
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
  { name, sizeBytes }: Pick<JournalSegment, "name" | "sizeBytes">,
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
