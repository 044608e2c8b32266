// What a server keeps of branches that were lost: each as an orphan file of its records, as they
// stood in the journal, and once it is known what is to be merged of them, a merge file beside it,
// in the journal's format too. It knows no chat. Neither file goes before the owner says so, and
// the records go first: a merge file alone can still be merged, records alone perhaps not.

import { assert } from "../base/assert.ts";
import type { Op } from "../base/ids.ts";
import { asOp, noChain, noOp } from "../base/ids.ts";
import type { Disk } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { createAnew, moveDurably, removeDurably, syncFile, withFile, writeFile } from "./files.ts";
import { readFolderNames, temporaryNames } from "./names.ts";
import { recordBytesOf, writeRecords } from "./record.ts";
import { makeSegmentCursor } from "./segmentCursor.ts";

export interface Orphans {
  /** Names the branch among those that this server has kept. */
  readonly stream: string;
  /** The first of its records. */
  readonly firstOp: Op;
  /** Records behind this one are known not to have been confirmed. */
  readonly confirmed: Op;
  /** Null when it is gone already. */
  readonly recordFile: string | null;
  /** Null until it is made. */
  readonly merge: { readonly file: string; readonly count: number } | null;
}

/** Ballot, what was confirmed, first op, and a number if there was one of that name before. */
const streamForm = /^(\d+)-(\d+)-(\d+)(?:\.(\d+))?$/;
const noNumbers: readonly number[] = [0, 0, 0, 0];

export function orphanNameOf(branch: { readonly ballot: number; readonly confirmed: Op }): string {
  return `orphans-${branch.ballot}-${branch.confirmed}`;
}

export async function listOrphans(disk: Disk): Promise<readonly Orphans[]> {
  const folder = readFolderNames(await disk.list());
  const found = new Map<string, Orphans>();
  for (const recordFile of folder.orphans) {
    const stream = recordFile.slice("orphans-".length);
    found.set(stream, { ...placeOf(stream), recordFile, merge: null });
  }
  for (const file of folder.merges) {
    const [stream = "", count = ""] = file.slice("merge-".length).split("_");
    const before = found.get(stream) ?? { ...placeOf(stream), recordFile: null };
    found.set(stream, { ...before, merge: { file, count: Number(count) } });
  }
  return [...found.values()].sort((one, other) => compare(one.stream, other.stream));
}

export async function* readOrphans(
  disk: Disk,
  orphans: Orphans,
  which: "records" | "merge",
): AsyncGenerator<Batch> {
  const name = which === "records" ? orphans.recordFile : orphans.merge?.file;
  assert(name !== null && name !== undefined, "only a file that is there is read");
  const start = which === "records" ? orphans.firstOp : asOp(1);
  const cursor = makeSegmentCursor({
    disk,
    name,
    start: { op: start, chain: which === "records" ? null : noChain },
    offset: 0,
    endOffset: await disk.sizeBytes(name),
    marks: [],
  });
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) yield batch;
  if (cursor.stop().kind === "end") return;
  throw new Error(`${disk.path}/${name} is damaged at byte ${cursor.offset()}.`);
}

/** The batches are numbered from 1; nothing to be merged leaves no files at all. */
export async function writeMerge(
  disk: Disk,
  orphans: Orphans,
  batches: AsyncIterable<Batch>,
): Promise<Orphans> {
  let last: Op = noOp;
  await withFile(createAnew(disk, temporaryNames.merge), async (file) => {
    let offset = 0;
    for await (const batch of batches) {
      const bytes = Buffer.allocUnsafe(recordBytesOf(batch));
      const end = writeRecords(bytes, 0, { batch, syncedThrough: noOp });
      await writeFile(file, bytes.subarray(0, end), offset);
      offset += end;
      last = batch.lastOp;
    }
    await syncFile(file);
  });
  if (last === noOp) {
    await removeDurably(disk, temporaryNames.merge);
    await removeOrphans(disk, orphans);
    return { ...orphans, recordFile: null };
  }
  const file = `merge-${orphans.stream}_${last}`;
  await moveDurably(disk, temporaryNames.merge, file);
  return { ...orphans, merge: { file, count: last } };
}

export async function removeOrphans(disk: Disk, { recordFile, merge }: Orphans): Promise<void> {
  for (const name of [recordFile, merge?.file]) {
    if (name !== null && name !== undefined) await removeDurably(disk, name);
  }
}

/** A name that is not of this form was given by an older program: all may have been confirmed. */
function placeOf(stream: string): Pick<Orphans, "stream" | "firstOp" | "confirmed"> {
  const numbers = numbersOf(stream);
  if (numbers === noNumbers) {
    const firstOp = asOp(Number(/(\d+)(?:\.\d+)?$/.exec(stream)?.[1] ?? 1));
    return { stream, firstOp, confirmed: asOp(Number.MAX_SAFE_INTEGER) };
  }
  return { stream, confirmed: asOp(numbers[1] ?? 0), firstOp: asOp(numbers[2] ?? 1) };
}

function compare(one: string, other: string): number {
  const left = numbersOf(one);
  const right = numbersOf(other);
  for (const at of [0, 2, 3]) {
    if (left[at] !== right[at]) return (left[at] ?? 0) - (right[at] ?? 0);
  }
  return one < other ? -1 : 1;
}

function numbersOf(stream: string): readonly number[] {
  const found = streamForm.exec(stream);
  return found === null ? noNumbers : found.slice(1).map((digits) => Number(digits ?? 0));
}
