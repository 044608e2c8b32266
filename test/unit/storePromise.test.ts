// What was promised is never forgotten in silence: damage to one place, or a write that was torn,
// leaves a promise that holds, and a folder that cannot say what it promised is put aside.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import * as bench from "../support/storeBench.ts";
import type { SimDisk } from "../support/simDisk.ts";
import { copyOf } from "../support/storePatients.ts";

test("a flipped bit anywhere in the promise file never changes a promise", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  for (const promised of [128, 192, 256]) {
    await bench.saveMeta(place, store, bench.metaWith(promised));
    await place.clock.runFor(50);
  }
  const whole = { disk: place.disk, sizeOf: (name: string) => place.disk.sizeOf(name) };
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
    const content = present(place.disk.contentOf("promised"), "the promise file");
    const broken = copyOf({ disk: place.disk, sizeOf: () => 0 });
    for (let at = content.indexOf(`${promised}`); at >= 0;) {
      broken.disk.flipBit("promised", at * 8);
      at = content.indexOf(`${promised}`, at + 1);
    }
    const { recovered } = await bench.openWell(broken);
    deepEqual(recovered.meta, bench.metaWith(promised - 64));
  }
});

test("without its promise file, or with one in which nothing checks, a folder promises nothing", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  for (const promised of [128, 192]) {
    await bench.saveMeta(place, store, bench.metaWith(promised));
    await place.clock.runFor(50);
  }
  const whole = { disk: place.disk, sizeOf: () => 0 };
  const content = present(place.disk.contentOf("promised"), "the promise file");
  const told = [128, 192].flatMap((promised) => {
    const first = content.indexOf(`${promised}`);
    return [first, content.indexOf(`${promised}`, first + 1)];
  });
  const damages: readonly [RegExp, (broken: bench.SimPlace) => Promise<void>][] = [
    [/the file promised is missing/, (broken) => broken.run(broken.disk.remove("promised"))],
    [/the file promised does not check/, (broken) => shorten(broken, "promised")],
    [
      /the file promised does not check/,
      async ({ disk }) => told.forEach((at) => disk.flipBit("promised", at * 8)),
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

async function shorten({ disk, run }: bench.SimPlace, name: string): Promise<void> {
  const file = await run(disk.open(name));
  await run(file.truncate(disk.sizeOf(name) - 1));
  await run(file.close());
}
