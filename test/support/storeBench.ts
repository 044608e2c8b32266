// What store tests stand on: made-up histories whose every byte follows from the op, disks of both
// kinds behind one door, and comparing what was recovered with what was written.

import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import type { Chain, Op } from "../../src/base/ids.ts";
import { asBallot, asChain, asIncarnation, asOp, asServerId, noChain } from "../../src/base/ids.ts";
import { makePrng } from "../../src/base/prng.ts";
import { makeClock } from "../../src/node/clock.ts";
import { makeMemoryDisk } from "../../src/node/memoryDisk.ts";
import { openNodeDisk } from "../../src/node/disk.ts";
import type { Clock, Disk, Log } from "../../src/ports.ts";
import type { ImageHeader } from "../../src/store/imageFile.ts";
import type { HistoryPoint } from "../../src/store/journalScan.ts";
import type { Meta } from "../../src/store/meta.ts";
import type { Recovered } from "../../src/store/recovery.ts";
import { openStore, type OpenResult, type Store } from "../../src/store/store.ts";
import type { Batch } from "../../src/wire/batch.ts";
import { extendChain } from "../../src/wire/checksum.ts";
import { makeSimClock, type SimClock } from "./simClock.ts";
import { makeSimDisk, type SimDisk } from "./simDisk.ts";

export const server = asServerId(1);
export const silentLog: Log = { write: () => undefined };

export function metaWith(promised: number, incarnation = 1): Meta {
  return {
    clusterId: "c0ffee",
    serverId: server,
    incarnation: asIncarnation(incarnation),
    born: asIncarnation(1),
    promised: asBallot(promised),
    knownServers: ["alpha:22067:22167", "[::1]"],
  };
}

const frames = new Map<number, Buffer>();

/** Frames of 35 to about 430 bytes that depend on op and branch (below 64) alone. */
export function frameOf(op: number, branch = 0): Buffer {
  const key = op * 64 + branch;
  let frame = frames.get(key);
  if (frame === undefined) {
    const length = 35 + (makePrng(key).next32() % 400);
    frame = Buffer.alloc(length, `  op ${op} of branch ${branch};`);
    frame[0] = 0x80;
    frame.writeUInt16BE(length - 3, 1);
    frames.set(key, frame);
  }
  return frame;
}

/** Which branch a frame is of; throws when it is no frame of that op at all. */
export function branchOf(frame: Buffer, op: number): number {
  const branch = Number(/of branch (\d+);/.exec(frame.toString("latin1"))?.[1]);
  deepEqual(frame, frameOf(op, branch));
  return branch;
}

export function batchAfter(
  point: HistoryPoint,
  count: number,
  frame: (op: number) => Buffer = frameOf,
): Batch {
  const parts = Array.from({ length: count }, (_, index) => frame(point.op + 1 + index));
  const ends: number[] = [];
  const chains: Chain[] = [];
  let chain = point.chain;
  let end = 0;
  for (const one of parts) {
    chain = extendChain(chain, one);
    end += one.length;
    ends.push(end);
    chains.push(chain);
  }
  return {
    firstOp: asOp(point.op + 1),
    lastOp: asOp(point.op + count),
    bytes: Buffer.concat(parts),
    ends: Uint32Array.from(ends),
    chainBefore: point.chain,
    chains: Uint32Array.from(chains),
    records: null,
  };
}

export const origin: HistoryPoint = { op: asOp(0), chain: noChain };

export function endOf(store: Store): HistoryPoint {
  return { op: store.lastOp, chain: store.lastChain };
}

/** The chain at an op of branch 0, the history that most tests write. */
export function chainAt(op: number): Chain {
  return op === 0 ? noChain : asChain(present(batchAfter(origin, op).chains.at(-1), "a chain"));
}

/** An image's content that depends on the op alone, in several parts. */
export function imageAt(op: number): { readonly op: Op; readonly chain: Chain; content: Buffer[] } {
  const parts = [`state as of ${op}`, "x".repeat(op * 7), "end"].map((text) => Buffer.from(text));
  return { op: asOp(op), chain: chainAt(op), content: parts };
}

/** Ops 1 … lastOp of branch 0 must be what image and batches say. */
export function checkRecovered(recovered: Pick<Recovered, "image" | "batches" | "lastOp">): void {
  const { image, batches } = recovered;
  if (image !== null) {
    equal(`${Buffer.concat(image.content)}`, `${Buffer.concat(imageAt(image.op).content)}`);
    equal(image.chain, chainAt(image.op));
  }
  checkBatches(batches, image?.op ?? 0);
  equal(recovered.lastOp, batches.at(-1)?.lastOp ?? image?.op ?? 0);
}

export function checkBatches(batches: readonly Batch[], after: number, branch = 0): void {
  let op = after;
  for (const batch of batches) {
    equal(batch.firstOp, op + 1);
    batch.ends.forEach((end, index) => {
      const start = index === 0 ? 0 : present(batch.ends[index - 1], "an end");
      deepEqual(batch.bytes.subarray(start, end), frameOf(op + 1 + index, branch));
    });
    if (branch === 0)
      deepEqual(batch, batchAfter({ op: asOp(op), chain: chainAt(op) }, batch.ends.length));
    op = batch.lastOp;
  }
}

/** A kind of disk with its way of letting time pass. */
export interface Place {
  readonly disk: Disk;
  readonly clock: Clock;
  /** The same folder, as the next process sees it after an orderly end. */
  next(): Promise<Place>;
  run<T>(promise: Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

export async function realPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "replichat-store-"));
  const at = async (): Promise<Place> => ({
    disk: await openNodeDisk(join(folder, "state", "server-1")),
    clock: makeClock(),
    next: at,
    run: (promise) => promise,
    remove: () => rm(folder, { recursive: true, force: true }),
  });
  return at();
}

/** It goes with the process: whatever comes next finds what this one has written. */
export function memoryPlace(disk = makeMemoryDisk("memory")): Place {
  return {
    disk,
    clock: makeClock(),
    next: async () => memoryPlace(disk),
    run: (promise) => promise,
    remove: async () => undefined,
  };
}

export interface SimPlace extends Place {
  readonly disk: SimDisk;
  readonly clock: SimClock;
}

export function simPlace(seed = 1, disk?: SimDisk, clock = makeSimClock()): SimPlace {
  const simDisk = disk ?? makeSimDisk({ clock, seed, blockBytes: seed % 2 === 0 ? 64 : 1 });
  return {
    disk: simDisk,
    clock,
    next: async () => simPlace(seed, simDisk.kill(makePrng(seed), clock), clock),
    run: (promise) => drive(clock, promise),
    remove: async () => undefined,
  };
}

/** Lets virtual time pass until the promise is settled. */
export async function drive<T>(clock: SimClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = (): void => void (isSettled = true);
  promise.then(settled, settled);
  equal(await clock.runUntil(() => isSettled, { limitMs: 60_000 }), true, "it never settled");
  return promise;
}

/** Defines a test on a new place of the kind. */
export type OnPlace = (name: string, run: (place: Place) => Promise<void>) => void;

export function onPlaces(kind: string, makePlace: () => Promise<Place>): OnPlace {
  return (name, run) => {
    test(`${kind}: ${name}`, async () => {
      const place = await makePlace();
      try {
        await run(place);
      } finally {
        await place.remove();
      }
    });
  };
}

export function open(place: Place, segmentBytes?: number): Promise<OpenResult> {
  const { disk, clock } = place;
  const options = { disk, clock, log: silentLog, serverId: server };
  // Where segments are small, all else is.
  const small = segmentBytes !== undefined && { segmentBytes, removalStepBytes: segmentBytes >> 2 };
  return place.run(openStore({ ...options, ...small }));
}

export interface Opened {
  readonly store: Store;
  readonly recovered: Recovered;
}

export async function openWell(place: Place, segmentBytes?: number): Promise<Opened> {
  const result = await open(place, segmentBytes);
  if (!result.ok) throw new Error(result.message);
  return result;
}

/** A new folder with its meta file, ready for records. */
export async function found(place: Place, segmentBytes?: number): Promise<Store> {
  const { store } = await openWell(place, segmentBytes);
  await saveMeta(place, store, metaWith(64));
  return store;
}

export function saveMeta(place: Place, store: Store, meta: Meta): Promise<void> {
  return place.run(new Promise<void>((resolve) => store.saveMeta(meta, resolve)));
}

/** Appends `count` records of branch 0 and waits until they are durable. */
export async function appendDurably(place: Place, store: Store, count: number): Promise<void> {
  store.append(batchAfter(endOf(store), count));
  store.flush();
  await place.run(durably(store));
}

/** Ten at a time, so that small segments follow one another. */
export async function appendInSteps(place: Place, store: Store, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 10) {
    await appendDurably(place, store, Math.min(10, left));
  }
}

export function durably(store: Store): Promise<void> {
  const op = store.lastOp;
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (store.durableOp >= op) resolve();
    };
    store.onDurable = check;
    store.onFailure = reject;
    check();
  });
}

export async function writeImage(place: Place, store: Store, op: number): Promise<ImageHeader> {
  store.noteShared(store.lastOp);
  return place.run(store.writeImage({ ...imageAt(op), atMs: op * 1000 }));
}

export async function reopen(place: Place, store: Store, segmentBytes?: number): Promise<Opened> {
  await place.run(store.close());
  return openWell(place, segmentBytes);
}

export async function otherDisk(place: Place): Promise<Place["disk"] | null> {
  return "crash" in place.disk ? null : (await place.next()).disk;
}

export function opsOf(names: readonly string[], kind: "base" | "journal"): number[] {
  const ops = names.filter((name) => name.startsWith(`${kind}-`)).map((name) => name.split("-")[1]);
  return ops.map(Number).sort((left, right) => left - right);
}

/** All records of an orphan file. */
export async function orphanBatches(store: Store, file: string): Promise<Batch[]> {
  const orphans = (await store.orphans()).find(({ recordFile }) => recordFile === file);
  const batches: Batch[] = [];
  for await (const batch of store.readOrphans(present(orphans, file), "records")) {
    batches.push(batch);
  }
  return batches;
}
