// A sick disk is noticed: the first error ends all writing and is reported once, a hanging sync
// shows its age, and nothing counts as durable that the disk has not confirmed.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { makePrng } from "../../src/base/prng.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import * as bench from "../support/storeBench.ts";
import type { DiskAction } from "../support/simDiskFaults.ts";
import { copyOf } from "../support/storePatients.ts";

async function failing(
  action: DiskAction,
  name: string,
  meta = bench.metaWith(128),
): Promise<void> {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  const failures: string[] = [];
  const durable: number[] = [];
  store.onFailure = (error) => void failures.push(error.message);
  store.onDurable = (op) => void durable.push(op);
  place.disk.failNext(action, name);
  for (let count = 0; count < 3; count += 1) {
    store.append(bench.batchAfter(bench.endOf(store), 2));
    store.flush();
    store.saveMeta(meta, () => void durable.push(-1));
    await place.clock.runFor(50);
  }
  equal(failures.length, 1);
  ok(failures[0]?.includes(name), failures[0]);
  ok(!durable.includes(-1) || name === "journal-1");
  ok(store.durableOp <= 7);
  const operations = place.disk.changeCount();
  store.append(bench.batchAfter(bench.endOf(store), 1));
  store.flush();
  await place.clock.runFor(50);
  equal(place.disk.changeCount(), operations, "nothing is written after a failure");
  await rejects(place.run(store.seal()));
}

test("a failed journal write stops the store", () => failing("write", "journal-1"));
test("a failed journal sync stops the store", () => failing("sync", "journal-1"));
test("a failed meta sync stops the store", () =>
  failing("sync", "meta.new", bench.metaWith(128, 2)));
test("a failed meta rename stops the store", () =>
  failing("rename", "meta.new", bench.metaWith(128, 2)));
test("a failed write of a promise stops the store", () => failing("write", "promised"));
test("a failed sync of a promise stops the store", () => failing("sync", "promised"));

test("a full disk stops the store in words", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  place.disk.setCapacityBytes(3_000);
  ok((await place.run(store.freeBytes())) < 3_000);
  store.append(bench.batchAfter(bench.endOf(store), 50));
  store.flush();
  await rejects(place.run(bench.durably(store)), /journal-1.*the disk is full/);
  equal(store.durableOp, 5);
});

test("an image that finds no room leaves nothing behind and the journal goes on", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  const image = { ...bench.imageAt(5), atMs: 5, content: [Buffer.alloc(50_000)] };
  place.disk.setCapacityBytes(40_000);
  await rejects(place.run(store.writeImage(image)), /image\.new.*the disk is full/);
  await bench.appendDurably(place, store, 5);
  deepEqual(await place.run(place.disk.list()), ["journal-1", "meta", "promised"]);
});

test("a hanging sync shows its age, and nothing is durable until it returns", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  equal(store.syncAgeMs(place.clock.nowMs()), 0);
  const release = place.disk.hang("sync", "journal-1");
  store.append(bench.batchAfter(bench.endOf(store), 1));
  store.flush();
  await place.clock.runFor(3_000);
  equal(store.syncAgeMs(place.clock.nowMs()), 3_000);
  equal(store.durableOp, 5);
  release();
  await place.run(bench.durably(store));
  deepEqual([store.durableOp, store.syncAgeMs(place.clock.nowMs())], [6, 0]);
});

test("a hanging save of the meta file shows its age as well", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  place.disk.hang("sync", "meta.new");
  store.saveMeta(bench.metaWith(128, 2), () => undefined);
  await place.clock.runFor(2_500);
  ok(store.syncAgeMs(place.clock.nowMs()) > 2_000);
});

test("a promise that hangs shows its age, and is told only when it is durable", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  // The file for it is made behind the first save.
  await place.clock.runFor(50);
  const release = place.disk.hang("sync", "promised");
  let isTold = false;
  store.saveMeta(bench.metaWith(128), () => (isTold = true));
  await place.clock.runFor(2_500);
  ok(store.syncAgeMs(place.clock.nowMs()) > 2_000);
  equal(isTold, false);
  release();
  await place.clock.runFor(50);
  equal(isTold, true);
});

test("a promise alone is one write in place", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await place.clock.runFor(50);
  const before = place.disk.changeCount();
  await bench.saveMeta(place, store, bench.metaWith(128));
  equal(place.disk.changeCount() - before, 2, "a write and its sync");
});

test("saves of the meta file that meet are done together, each told when durable", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  const done: number[] = [];
  const all = new Promise<void>((resolve) => {
    for (const promised of [128, 192, 256, 320]) {
      store.saveMeta(bench.metaWith(promised), () => {
        done.push(promised);
        if (promised === 320) resolve();
      });
    }
  });
  const before = place.disk.changeCount();
  await place.run(all);
  deepEqual(done, [128, 192, 256, 320]);
  ok(place.disk.changeCount() - before <= 10, "two replacements, not four");
});

test("after a failed sync the next start does not trust the cache", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const prng = makePrng(seed);
    const place = bench.simPlace(seed);
    const store = await bench.found(place);
    await bench.appendDurably(place, store, 5);
    place.disk.failNext("sync", "journal-1");
    store.append(bench.batchAfter(bench.endOf(store), 9));
    store.flush();
    await place.clock.runFor(50);
    const next = bench.simPlace(seed, place.disk.kill(prng), place.clock);
    const first = await bench.openWell(next);
    bench.checkRecovered(first.recovered);
    const last = bench.simPlace(seed, next.disk.crash(prng), place.clock);
    const second = await bench.openWell(last);
    bench.checkRecovered(second.recovered);
    equal(second.recovered.lastOp, first.recovered.lastOp, "what was recovered counts as durable");
  }
});

test("corruption met while others catch up stops the store and is named", async () => {
  const place = bench.simPlace();
  const store: Store = await bench.found(place);
  await bench.appendDurably(place, store, 20);
  let failure = "";
  store.onFailure = (error) => void (failure = error.message);
  place.disk.flipBit("journal-1", 500 * 8);
  const reading = store.readBatch({ after: bench.origin.op, maxBytes: 1_000_000 });
  const batch = await place.run(reading);
  ok(batch !== null && batch !== "compacted");
  bench.checkBatches([batch], 0);
  const rest = store.readBatch({ after: batch.lastOp, maxBytes: 1_000_000 });
  await rejects(place.run(rest), /journal-1 is damaged at byte \d+ \(op \d+\)/);
  ok(failure.includes("is damaged"));
});

test("corruption before the newest base image is named, and the image is sent instead", async () => {
  const place = bench.simPlace();
  const store: Store = await bench.found(place);
  await bench.appendDurably(place, store, 20);
  let failure = "";
  store.onFailure = (error) => void (failure = error.message);
  const { op, chain } = bench.endOf(store);
  await place.run(store.writeImage({ op, chain, atMs: 1, content: [Buffer.from("the state")] }));
  await bench.appendDurably(place, store, 5);
  place.disk.flipBit("journal-1", 500 * 8);
  const request = { after: bench.origin.op, maxBytes: 1_000_000 };
  const first = await place.run(store.readBatch(request));
  ok(first !== null && first !== "compacted", "what lies before the damage is sound");
  equal(await place.run(store.readBatch({ ...request, after: first.lastOp })), "compacted");
  equal(failure, "", "the state itself is whole");
});

test("a folder that cannot be read is not kept locked: it may be tried again", async () => {
  const whole = bench.simPlace();
  const store = await bench.found(whole);
  await bench.appendDurably(whole, store, 5);
  const place = copyOf({ disk: whole.disk, sizeOf: () => 0 });
  const { disk, clock } = place;
  const options = { disk, clock, log: bench.silentLog, serverId: bench.metaWith(64).serverId };
  disk.failNext("read", "meta");
  const opened = await place.run(openStore(options));
  equal(!opened.ok && opened.refusal, "unusable");
  equal((await place.run(openStore(options))).ok, true);
});
