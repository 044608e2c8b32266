// What was promised is never forgotten in silence: damage to one place, or a write that was torn,
// leaves a promise that holds, and a folder that cannot say what it promised is put aside.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { asIncarnation } from "../../src/base/ids.ts";
import { promisePlaceBytes } from "../../src/base/limits.ts";
import { present } from "../../src/base/assert.ts";
import * as bench from "../support/storeBench.ts";
import type { SimDisk } from "../support/simDisk.ts";
import { copyOf, metaOfFormat, put } from "../support/storePatients.ts";

/** A folder of ours that has promised these, one after the other. */
async function promising(...ballots: readonly number[]): Promise<Parameters<typeof copyOf>[0]> {
  const place = bench.simPlace();
  const store = await bench.found(place);
  for (const promised of ballots) {
    await bench.saveMeta(place, store, bench.metaWith(promised));
    await place.clock.runFor(50);
  }
  return { disk: place.disk, sizeOf: (name) => place.disk.sizeOf(name) };
}

/** Wherever the promise file says this, it does not check any more. */
function spoil({ disk }: bench.SimPlace, promised: number): void {
  const content = present(disk.contentOf("promised"), "the promise file");
  for (let at = content.indexOf(`${promised}`); at >= 0;) {
    disk.flipBit("promised", at * 8);
    at = content.indexOf(`${promised}`, at + 1);
  }
}

test("a flipped bit anywhere in the promise file never changes a promise", async () => {
  const whole = await promising(128, 192, 256);
  let flips = 0;
  for (let byte = 0; byte < whole.sizeOf("promised"); byte += byte % 4_096 < 40 ? 1 : 1_352) {
    const damaged = copyOf(whole);
    damaged.disk.flipBit("promised", byte * 8 + (byte % 8));
    const opened = await bench.openWell(damaged);
    equal(opened.recovered.quarantined, null);
    deepEqual(opened.recovered.meta, bench.metaWith(256), `byte ${byte}`);
    await damaged.run(opened.store.close());
    flips += 1;
  }
  ok(flips > 160);
});

test("a promise whose write destroyed both its places leaves the one before", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  for (const promised of [128, 192, 256]) {
    await place.clock.runFor(50);
    await bench.saveMeta(place, store, bench.metaWith(promised));
    const broken = copyOf({ disk: place.disk, sizeOf: () => 0 });
    spoil(broken, promised);
    const { recovered } = await bench.openWell(broken);
    deepEqual(recovered.meta, bench.metaWith(promised - 64));
  }
});

test("what a write had spoilt is whole again after the next start", async () => {
  let broken = copyOf(await promising(128, 192));
  for (const lost of [192, 256]) {
    spoil(broken, lost);
    const { store, recovered } = await bench.openWell(broken);
    deepEqual([recovered.quarantined, recovered.meta], [null, bench.metaWith(128)]);
    await bench.saveMeta(broken, store, bench.metaWith(128));
    await bench.saveMeta(broken, store, bench.metaWith(256));
    await broken.clock.runFor(50);
    broken = copyOf({ disk: broken.disk, sizeOf: () => 0 });
  }
});

for (const format of [1, 2]) {
  test(`a folder of an older program, format ${format}, is read as ever`, async () => {
    const place = bench.simPlace();
    await put(place, "meta", metaOfFormat(format, bench.metaWith(64)));
    if (format === 2) await put(place, "promised", Buffer.alloc(4 * promisePlaceBytes));
    const { store, recovered } = await bench.openWell(place);
    deepEqual([recovered.quarantined, recovered.meta], [null, bench.metaWith(64)]);
    await bench.saveMeta(place, store, bench.metaWith(64));
    await bench.saveMeta(place, store, bench.metaWith(128));
    const again = await bench.openWell(copyOf({ disk: place.disk, sizeOf: () => 0 }));
    deepEqual(again.recovered.meta, bench.metaWith(128));
  });
}

test("without its promise file, or with one in which nothing checks, a folder promises nothing", async () => {
  const whole = await promising(128, 192);
  const damages: readonly [RegExp, (broken: bench.SimPlace) => Promise<void>][] = [
    [/the file promised is missing/, (broken) => broken.run(broken.disk.remove("promised"))],
    [/the file promised does not check/, (broken) => shorten(broken, "promised")],
    [
      /the file promised does not check/,
      async (broken) => {
        await broken.run(broken.disk.remove("promised"));
        await put(broken, "promised", Buffer.alloc(4 * promisePlaceBytes));
      },
    ],
    [
      /the file promised does not check/,
      async (broken) => [128, 192].forEach((promised) => spoil(broken, promised)),
    ],
  ];
  for (const [words, damage] of damages) {
    const broken = copyOf(whole);
    await damage(broken);
    const { store, recovered } = await bench.openWell(broken);
    match(recovered.quarantined ?? "", words);
    match(recovered.quarantined ?? "", /what this server promised is not known/);
    deepEqual([recovered.meta, recovered.lastOp], [null, 0]);
    await broken.run(store.close());
  }
});

test("no meta file stands in a folder before the promise file that it counts on", async () => {
  const place = bench.simPlace();
  const { store } = await bench.openWell(place);
  const named: string[] = [];
  const disk = place.disk as { rename: SimDisk["rename"] };
  const rename = disk.rename.bind(place.disk);
  disk.rename = (from, to) => (named.push(to), rename(from, to));
  await bench.saveMeta(place, store, bench.metaWith(64));
  deepEqual(named, ["promised", "meta"]);
});

test("whatever else has changed with a promise is on disk with it", async () => {
  const now = bench.metaWith(128, 8);
  for (const changed of [
    { ...now, clusterId: "0b" },
    { ...now, incarnation: asIncarnation(9) },
    { ...now, born: asIncarnation(8) },
    { ...now, knownServers: ["elsewhere:1"] },
  ]) {
    const place = bench.simPlace();
    const { store } = await bench.openWell(place);
    await bench.saveMeta(place, store, bench.metaWith(64, 8));
    await bench.saveMeta(place, store, changed);
    const again = await bench.openWell(copyOf({ disk: place.disk, sizeOf: () => 0 }));
    deepEqual(again.recovered.meta, changed);
  }
});

async function shorten({ disk, run }: bench.SimPlace, name: string): Promise<void> {
  const file = await run(disk.open(name));
  await run(file.truncate(disk.sizeOf(name) - 1));
  await run(file.close());
}
