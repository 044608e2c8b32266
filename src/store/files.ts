// The few things done to files everywhere in the store, as promises: write, sync, make a whole file
// and put it in its place. Not the journal's hot path, which has no promises.

import type { Disk, DiskCallback, DiskFile } from "../ports.ts";
import { temporaryNames } from "./names.ts";

export function writeFile(file: DiskFile, bytes: Buffer, offset: number): Promise<void> {
  return settled((done) => file.write(bytes, offset, done));
}

export function writeFileDurably(file: DiskFile, bytes: Buffer, offset: number): Promise<void> {
  return settled((done) => file.writeDurably(bytes, offset, done));
}

export function syncFile(file: DiskFile): Promise<void> {
  return settled((done) => file.sync(done));
}

export function settled(start: (done: DiskCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)));
  });
}

/** An empty file in place of whatever an earlier attempt has left under the name. */
export async function createAnew(disk: Disk, name: string): Promise<DiskFile> {
  await removeIfThere(disk, name);
  return disk.create(name);
}

export async function removeIfThere(disk: Disk, name: string): Promise<void> {
  if ((await disk.list()).includes(name)) await disk.remove(name);
}

export async function removeDurably(disk: Disk, name: string): Promise<void> {
  await disk.remove(name);
  await disk.syncFolder();
}

/**
 * However large, it goes without others waiting: to free hundreds of megabytes at once keeps every
 * sync on that disk waiting. Under a name that says so, durably: no crash leaves a half of it that
 * looks like the file.
 */
export async function removeBitByBit(disk: Disk, name: string, stepBytes: number): Promise<void> {
  const sizeBytes = await disk.sizeBytes(name);
  if (sizeBytes <= stepBytes) return disk.remove(name);
  await moveDurably(disk, name, temporaryNames.removed);
  await withFile(disk.open(temporaryNames.removed), async (file) => {
    for (let left = sizeBytes - stepBytes; left > 0; left -= stepBytes) {
      await file.truncate(left);
      await syncFile(file);
    }
  });
  await disk.remove(temporaryNames.removed);
}

/** Runs with a file and closes it, whatever happens. */
export async function withFile<T>(
  opening: Promise<DiskFile>,
  run: (file: DiskFile) => Promise<T>,
): Promise<T> {
  const file = await opening;
  try {
    return await run(file);
  } finally {
    await file.close();
  }
}

/** Durable under its final name once it returns; never half there. */
export async function moveDurably(disk: Disk, from: string, to: string): Promise<void> {
  await disk.rename(from, to);
  await disk.syncFolder();
}

/** After an error in the middle nobody knows what the files hold: the server stops. */
export async function orFail<T>(
  journal: { fail(error: Error): void },
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    journal.fail(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
