// What recovery changes in a folder after judging it: cuts a torn tail, puts damaged files aside
// under a quarantine name (never deletes one), and makes sure that what was read is durable, not
// merely cached. Each step leaves a folder that is judged the same way when it is interrupted.

import type { Disk } from "../ports.ts";
import { moveDurably, syncFile, withFile, writeFile } from "./files.ts";
import type { SoundJournal } from "./journalScan.ts";
import { metaName, promisedName, quarantineNameOf, type Folder } from "./names.ts";
import { nearestMark, readChunkBytes } from "./segmentCursor.ts";

/**
 * Oldest first and the meta file last, each durably: whatever is left after an interruption lacks
 * its beginning, and so is never taken for a shorter but sound history.
 */
export async function quarantineFolder(
  disk: Disk,
  folder: Folder,
  options: { readonly withMeta: boolean },
): Promise<readonly string[]> {
  const names = [
    ...folder.images.toReversed().map(({ name }) => name),
    ...folder.segments.map(({ name }) => name),
    ...folder.installed.map(({ name }) => name),
    ...(options.withMeta && folder.hasPromised ? [promisedName] : []),
    ...(options.withMeta ? [metaName] : []),
  ];
  await putAside(disk, folder, names);
  return names;
}

export async function putAside(
  disk: Disk,
  folder: Folder,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    await moveDurably(disk, name, quarantineNameOf(name, folder.quarantineMax + 1));
  }
}

/**
 * A process may have died between a failed sync and its report; then the cache calls pages clean
 * that the medium lacks. So the records that nobody calls durable are written once more, and
 * synced (Rebello et al., "Can Applications Recover from fsync Failures?", 2020).
 */
export async function secureTail(disk: Disk, journal: SoundJournal): Promise<void> {
  const last = journal.segments.at(-1);
  if (last !== undefined) {
    const first = { op: last.firstOp, offset: 0 };
    const { offset } = nearestMark(last.marks, journal.syncedThrough + 1, first);
    const fileBytes = await disk.sizeBytes(last.name);
    await withFile(disk.open(last.name), async (file) => {
      // A torn tail, or the zeros that are written ahead.
      if (fileBytes > last.sizeBytes) await file.truncate(last.sizeBytes);
      for (let at = offset; at < last.sizeBytes; at += readChunkBytes) {
        const length = Math.min(readChunkBytes, last.sizeBytes - at);
        await writeFile(file, await disk.read(last.name, { offset: at, length }), at);
      }
      await syncFile(file);
    });
  }
}
