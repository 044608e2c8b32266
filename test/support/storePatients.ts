// State folders of stopped and of killed servers, to be damaged in copies: what a disk may do to a
// folder while nobody looks. Nothing is judged here.

import { crc32 } from "node:zlib";
import { present } from "../../src/base/assert.ts";
import { makePrng } from "../../src/base/prng.ts";
import { encodeMeta, type Meta } from "../../src/store/meta.ts";
import { recordExtraBytes } from "../../src/store/record.ts";
import * as bench from "./storeBench.ts";
import { makeSimClock } from "./simClock.ts";
import type { SimDisk } from "./simDisk.ts";

export const markBytes = recordExtraBytes;

/** A stopped server's folder, to be damaged in copies. */
export interface Patient {
  readonly disk: SimDisk;
  readonly sizeOf: (name: string) => number;
}

export async function patient(
  groups: readonly number[],
  images: readonly number[] = [],
): Promise<Patient> {
  const place = bench.simPlace();
  const store = await bench.found(place);
  let waiting = [...images];
  for (const count of groups) {
    await bench.appendDurably(place, store, count);
    for (const op of waiting.filter((one) => one <= store.lastOp)) {
      await place.run(store.writeImage({ ...bench.imageAt(op), atMs: op }));
    }
    waiting = waiting.filter((one) => one > store.lastOp);
  }
  await place.run(store.close());
  const { disk } = place;
  return { disk, sizeOf: (name) => present(disk.contentOf(name), name).length };
}

export function copyOf({ disk }: Patient): bench.SimPlace {
  const clock = makeSimClock();
  return bench.simPlace(1, disk.foreseen("kill", makePrng(1), clock), clock);
}

export async function namesIn(place: bench.SimPlace): Promise<readonly string[]> {
  return place.run(place.disk.list());
}

/** A file of that content, where there is none of that name. */
export async function put(place: bench.SimPlace, name: string, bytes: Buffer): Promise<void> {
  const file = await place.run(place.disk.create(name));
  const write = new Promise<void>((resolve) => file.write(bytes, 0, () => resolve()));
  await place.run(write);
}

/** A meta file as a program of another format would have written it, without some of its lines. */
export function metaOfFormat(format: number, meta: Meta, without: RegExp = /$^/): Buffer {
  const text = encodeMeta(meta).toString("latin1").replace("meta 3", `meta ${format}`);
  const body = text.slice(0, text.indexOf("check ")).replace(without, "");
  return Buffer.from(`${body}check ${crc32(body).toString(16).padStart(8, "0")}\n`);
}

/** Killed right after its groups; a marked one is what the server may not forget it had. */
export async function killed(groups: readonly (readonly [number, "marked" | "plain"])[]): Promise<{
  readonly patient: Patient;
  readonly recordBytes: number;
}> {
  const place = bench.simPlace();
  const store = await bench.found(place);
  for (const [count, kind] of groups) {
    store.append(bench.batchAfter(bench.endOf(store), count), kind === "marked");
    store.flush();
    await place.run(bench.durably(store));
  }
  const { disk } = copyOf({ disk: place.disk, sizeOf: () => 0 });
  const recordBytes = store.journalBytes;
  return { patient: { disk, sizeOf: () => recordBytes }, recordBytes };
}
