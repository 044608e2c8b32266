// The Disk port in memory under virtual time, with a disk's bad habits on demand: latency,
// failures, hangs, a full disk, flipped bits, power cuts at any operation (`freezeAt`, then
// `crash`). Equal seeds and calls give equal behaviour. What survives what is decided in simMedium.

import { assert } from "../../src/base/assert.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { Disk, DiskFile } from "../../src/ports.ts";
import type { ArrivalClock, DiskFaults, DiskState } from "./simDiskFaults.ts";
import { failure, faultControls, fileOf, perform, promised, usedBytes } from "./simDiskFaults.ts";
import * as media from "./simMedium.ts";
import type { SimFile, SimMedium } from "./simMedium.ts";

export interface SimDisk extends Disk, DiskFaults {
  /** Power cut: what a machine finds afterwards. This disk is dead then. */
  crash(prng: Prng, clock?: ArrivalClock): SimDisk;
  /** kill -9: what the next process finds. This disk is dead then. */
  kill(prng: Prng, clock?: ArrivalClock): SimDisk;
  /** What would be found after such an end at this moment; this disk lives on. */
  foreseen(end: "crash" | "kill", prng: Prng, clock: ArrivalClock): SimDisk;
}

export interface SimDiskOptions {
  readonly clock: ArrivalClock;
  readonly seed: number;
  readonly path?: string;
  /** What it counts in where it is written in blocks; 1 unless told. */
  readonly blockBytes?: number;
}

export function makeSimDisk(options: SimDiskOptions): SimDisk {
  return mount(media.makeMedium(), options);
}

function mount(medium: SimMedium, options: SimDiskOptions, capacityBytes = Infinity): SimDisk {
  const state: DiskState = {
    medium,
    clock: options.clock,
    prng: makePrng(options.seed),
    path: options.path ?? "sim",
    blockBytes: options.blockBytes ?? 1,
    latencyMs: new Map(),
    faults: [],
    capacityBytes,
    changeCount: 0,
    freezeAt: Infinity,
    look: () => undefined,
    isDead: false,
    isLocked: false,
  };
  const remount = (next: SimMedium, clock: ArrivalClock | undefined): SimDisk => {
    state.isDead = true;
    const anew = { ...options, clock: clock ?? options.clock, seed: state.prng.next32() };
    return mount(next, anew, state.capacityBytes);
  };
  return {
    crash: (prng, clock) => remount(media.cutPower(medium, prng), clock),
    kill: (prng, clock) => remount(media.endProcess(medium, prng), clock),
    foreseen: (end, prng, clock) => {
      const copy = media.copyMedium(medium);
      const next = end === "crash" ? media.cutPower(copy, prng) : media.endProcess(copy, prng);
      return mount(next, { ...options, clock });
    },
    ...folderActions(state),
    ...faultControls(state),
  };
}

function readActions(state: DiskState): Pick<Disk, "list" | "sizeBytes" | "read" | "freeBytes"> {
  const contentOf = (name: string): media.SimFile["content"] => fileOf(state, name).content;
  return {
    list: () => promised(state, "list", "", () => [...state.medium.names.keys()].sort()),
    sizeBytes: (name) => promised(state, "size", name, () => contentOf(name).sizeBytes()),
    read: (name, { offset, length }) =>
      promised(state, "read", name, () => {
        const content = contentOf(name).view();
        return Buffer.from(content.subarray(offset, offset + length));
      }),
    freeBytes: async () => Math.max(0, state.capacityBytes - usedBytes(state)),
  };
}

function folderActions(state: DiskState): Disk {
  const { medium } = state;
  const change = (folderChange: media.FolderChange): void => {
    media.changeFolder(medium.names, folderChange);
    medium.unsyncedNames.push(folderChange);
  };
  return {
    path: state.path,
    blockBytes: state.blockBytes,
    blockMemory: (lengthBytes) => Buffer.allocUnsafeSlow(lengthBytes),
    ...readActions(state),
    create: (name) =>
      promised(state, "create", name, () => {
        if (medium.names.has(name)) throw failure(state, "create", name, "it exists already");
        const file = media.makeFile();
        change({ kind: "create", name, file });
        return openFile(state, name, file);
      }),
    open: (name) => promised(state, "open", name, () => openFile(state, name, fileOf(state, name))),
    rename: (from, to) =>
      promised(state, "rename", from, () => {
        fileOf(state, from);
        change({ kind: "rename", from, to });
      }),
    remove: (name) =>
      promised(state, "remove", name, () => {
        fileOf(state, name);
        change({ kind: "remove", name });
      }),
    syncFolder: () => {
      const asked = [...medium.unsyncedNames];
      return promised(state, "syncFolder", "", () => media.makeFolderDurable(medium, asked));
    },
    lock: async () => {
      if (state.isLocked) return false;
      state.isLocked = true;
      return true;
    },
    unlock: async () => {
      state.isLocked = false;
    },
  };
}

function hasRoom(state: DiskState, growthBytes: number): boolean {
  const { capacityBytes } = state;
  return capacityBytes === Infinity || growthBytes <= capacityBytes - usedBytes(state);
}

function openFile(state: DiskState, name: string, file: SimFile): DiskFile {
  const apply = (change: media.FileChange): void => {
    file.content.apply(change);
    file.unsynced.push(change);
    file.inFlight.delete(change);
  };
  const opened: DiskFile = {
    write: (bytes, offset, done) => {
      const change = { kind: "write", offset, bytes: Buffer.from(bytes) } as const;
      if (!state.isDead) file.inFlight.add(change);
      const act = (): void => {
        const end = offset + bytes.length;
        if (hasRoom(state, end - file.content.sizeBytes())) return apply(change);
        file.inFlight.delete(change);
        throw failure(state, "write", name, "the disk is full (ENOSPC)");
      };
      perform(state, { action: "write", name, act, done });
    },
    sync: (done) => {
      const asked = [...file.unsynced];
      const act = (): void => media.makeDurable(file, asked);
      const failed = (): void => media.forgetUnsynced(file, state.prng);
      perform(state, { action: "sync", name, act, done, failed });
    },
    truncate: (lengthBytes) => {
      const change = { kind: "cut", lengthBytes } as const;
      if (!state.isDead) file.inFlight.add(change);
      return promised(state, "cut", name, () => apply(change));
    },
    close: async () => {},
    writeBlocks: (bytes, offset, done) => {
      const { blockBytes } = state;
      assert(offset % blockBytes === 0 && bytes.length % blockBytes === 0, "whole blocks");
      const before = Buffer.from(bytes);
      opened.writeDurably(bytes, offset, (error) => {
        assert(bytes.equals(before), "what is being written stays as it is");
        done(error);
      });
    },
    writeDurably: (bytes, offset, done) => {
      opened.write(bytes, offset, (error) => {
        if (error === null) opened.sync(done);
        else done(error);
      });
    },
  };
  return opened;
}
