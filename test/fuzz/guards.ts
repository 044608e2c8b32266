// The Clock and Disk ports of a liar: what falls over inside it, when they call back, is its own
// affair, and ends no simulation.

import type { Clock, Disk, DiskFile } from "../../src/ports.ts";

/** Runs what may throw for the liar's sake. */
export type Guard = (run: () => void) => void;

export function guardedClock(clock: Clock, guard: Guard): Clock {
  return {
    nowMs: () => clock.nowMs(),
    wallUs: () => clock.wallUs(),
    after: (delayMs, run) => clock.after(delayMs, () => guard(run)),
    soon: (run) => clock.soon(() => guard(run)),
  };
}

export function guardedDisk(disk: Disk, guard: Guard): Disk {
  return {
    path: disk.path,
    list: () => disk.list(),
    sizeBytes: (name) => disk.sizeBytes(name),
    read: (name, range) => disk.read(name, range),
    create: async (name) => guardedFile(await disk.create(name), guard),
    open: async (name) => guardedFile(await disk.open(name), guard),
    rename: (from, to) => disk.rename(from, to),
    remove: (name) => disk.remove(name),
    syncFolder: () => disk.syncFolder(),
    freeBytes: () => disk.freeBytes(),
    blockBytes: disk.blockBytes,
    blockMemory: (lengthBytes) => disk.blockMemory(lengthBytes),
    lock: () => disk.lock(),
    unlock: () => disk.unlock(),
  };
}

function guardedFile(file: DiskFile, guard: Guard): DiskFile {
  return {
    write: (bytes, offset, done) => file.write(bytes, offset, (error) => guard(() => done(error))),
    writeDurably: (bytes, offset, done) => {
      file.writeDurably(bytes, offset, (error) => guard(() => done(error)));
    },
    writeBlocks: (bytes, offset, done) => {
      file.writeBlocks(bytes, offset, (error) => guard(() => done(error)));
    },
    sync: (done) => file.sync((error) => guard(() => done(error))),
    truncate: (lengthBytes) => file.truncate(lengthBytes),
    close: () => file.close(),
  };
}
