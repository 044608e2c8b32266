// The Disk port over node:fs: one folder, made private to its owner, no symbolic link followed.
// Writes and syncs use callbacks, since they are the hot path; a short write is carried on.
// It knows nothing of what the files mean.

import { close, constants, fdatasync, fsync, ftruncate, open } from "node:fs";
import { readdir, rename, stat, statfs, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { platform } from "node:process";
import { promisify } from "node:util";
import { assert } from "../base/assert.ts";
import type { Disk, DiskCallback, DiskFile } from "../ports.ts";
import { blockBytes, blockMemory, BlockWriter, type UsualWrite } from "./blockWrites.ts";
import { diskError, errorCode } from "./diskErrors.ts";
import { liveHolder, lockFolder } from "./folderLock.ts";
import { makeFolders } from "./folders.ts";
import { readWhole, writeWhole } from "./wholeTransfers.ts";

const openFile = promisify(open);
const closeFile = promisify(close);
const syncFile = promisify(fsync);
const truncateFile = promisify(ftruncate);
const readFrom = promisify(readWhole);

const fileMode = 0o600;
const flags = {
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
  open: constants.O_RDWR | constants.O_NOFOLLOW,
  read: constants.O_RDONLY | constants.O_NOFOLLOW,
  through: constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_DSYNC,
};
/**
 * A write that is a sync as well costs one way to the disk's threads and back instead of two.
 * Elsewhere than on Linux such a write may stop in the drive's own memory.
 */
const writesThrough = platform === "linux";

/** Creates the folder when it is missing (its parents too); throws an Error in words. */
export async function openNodeDisk(folder: string): Promise<Disk> {
  const path = resolve(folder);
  await ensureFolder(path);
  return diskAt(path);
}

/** For who only reads: a folder that is missing stays so, and reading it fails in words. */
export function openNodeDiskAsItIs(folder: string): Disk {
  return diskAt(resolve(folder));
}

function diskAt(path: string): Disk {
  let release: (() => Promise<void>) | null = null;
  return {
    path,
    list: () => inWords("Listing", path, () => readdir(path)),
    sizeBytes: (name) =>
      inWords("Looking at", fileIn(path, name), async (file) => (await stat(file)).size),
    read: (name, range) => inWords("Reading", fileIn(path, name), (file) => readRange(file, range)),
    create: (name) => openDiskFile(fileIn(path, name), "Creating", flags.create),
    open: (name) => openDiskFile(fileIn(path, name), "Opening", flags.open),
    rename: (from, to) =>
      inWords("Renaming", fileIn(path, from), (file) => rename(file, fileIn(path, to))),
    remove: (name) => inWords("Removing", fileIn(path, name), unlink),
    syncFolder: () => inWords("Syncing the folder", path, syncPath),
    freeBytes: () => inWords("Measuring the free space of", path, freeBytesAt),
    blockBytes,
    blockMemory,
    lock: async () => {
      assert(release === null, "the folder is locked by this very disk already");
      release = await inWords("Locking", path, lockFolder);
      return release !== null;
    },
    lockedBy: () => inWords("Looking for the lock of", path, liveHolder),
    unlock: async () => {
      const releaseNow = release;
      release = null;
      if (releaseNow !== null) await inWords("Unlocking", path, releaseNow);
    },
  };
}

async function ensureFolder(path: string): Promise<void> {
  const made = await inWords("Creating the folder", path, async () => makeFolders(path));
  if (made !== null) await inWords("Syncing the folder", dirname(made), syncPath);
}

function fileIn(path: string, name: string): string {
  assert(name === basename(name) && name !== "" && !name.startsWith("."), `bad file name: ${name}`);
  return join(path, name);
}

async function inWords<T>(
  action: string,
  target: string,
  run: (target: string) => Promise<T>,
): Promise<T> {
  try {
    return await run(target);
  } catch (cause) {
    throw diskError(action, target, cause);
  }
}

async function syncPath(path: string): Promise<void> {
  const descriptor = await openFile(path, constants.O_RDONLY);
  try {
    await syncFile(descriptor);
  } catch (cause) {
    // Some systems cannot sync a folder at all; there is nothing more to be had from those.
    if (!["EINVAL", "EPERM", "EISDIR"].includes(errorCode(cause))) throw cause;
  } finally {
    await closeFile(descriptor);
  }
}

async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

async function readRange(
  file: string,
  range: { readonly offset: number; readonly length: number },
): Promise<Buffer> {
  const descriptor = await openFile(file, flags.read);
  try {
    return await readFrom(descriptor, range);
  } finally {
    await closeFile(descriptor);
  }
}

async function openDiskFile(path: string, action: string, openFlags: number): Promise<DiskFile> {
  const descriptor = await inWords(action, path, (file) => openFile(file, openFlags, fileMode));
  const through = writesThrough
    ? await inWords("Opening", path, (file) => openFile(file, flags.through))
    : null;
  const sync = (done: DiskCallback): void => {
    fdatasync(descriptor, (cause) => {
      done(cause === null ? null : diskError("Syncing", path, cause));
    });
  };
  const writeDurably: UsualWrite = (bytes, offset, done) => {
    if (through !== null) return writeWhole({ descriptor: through, path }, bytes, offset, done);
    writeWhole({ descriptor, path }, bytes, offset, (error) => {
      if (error === null) sync(done);
      else done(error);
    });
  };
  const blocks = new BlockWriter(path, writeDurably);
  return {
    write: (bytes, offset, done) => writeWhole({ descriptor, path }, bytes, offset, done),
    writeDurably,
    writeBlocks: (bytes, offset, done) => blocks.write(bytes, offset, done),
    sync,
    truncate: (lengthBytes) =>
      inWords("Cutting", path, () => truncateFile(descriptor, lengthBytes)),
    close: async () => {
      await inWords("Closing", path, () => blocks.close());
      if (through !== null) await inWords("Closing", path, () => closeFile(through));
      await inWords("Closing", path, () => closeFile(descriptor));
    },
  };
}
