// What the store promises when its history is changed: cut after a lost fork, or replaced whole.
// Interruptions of both are storeLives'.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import { asOp } from "../../src/base/ids.ts";
import { writeCompacted } from "../../src/store/offline.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import * as bench from "./storeBench.ts";
import { reopen, writeImage, type OnPlace } from "./storeBench.ts";

const smallSegment = 4_096;

export function testCuts(onDisk: OnPlace): void {
  testStaleImage(onDisk);
  testOrphans(onDisk);
  testSaving(onDisk);
  onDisk(
    "a cut before the newest image falls back on the older one, or says it cannot",
    async (place) => {
      const store = await bench.found(place, smallSegment);
      await bench.appendInSteps(place, store, 90);
      for (const op of [30, 50, 80]) await writeImage(place, store, op);
      const tooFar = await place.run(store.truncateAfter(asOp(20), { orphanName: "orphans-1" }));
      deepEqual(tooFar, { ok: false, refusal: "compacted" });
      equal(store.lastOp, 90);
      ok((await place.run(store.truncateAfter(asOp(60), { orphanName: "orphans-1" }))).ok);
      const again = await reopen(place, store);
      deepEqual([again.recovered.image?.op, again.recovered.lastOp], [50, 60]);
      bench.checkRecovered(again.recovered);
      await place.run(again.store.close());
    },
  );
}

function testOrphans(onDisk: OnPlace): void {
  onDisk("a diverging tail goes to an orphan file and nothing of it is lost", async (place) => {
    const store = await bench.found(place, smallSegment);
    await bench.appendDurably(place, store, 40);
    const branch = bench.batchAfter(bench.endOf(store), 50, (op) => bench.frameOf(op, 1));
    store.append(branch);
    store.flush();
    const orphanName = "orphans-129";
    const cut = await place.run(store.truncateAfter(asOp(40), { orphanName }));
    deepEqual(cut, { ok: true, count: 50, orphanFile: "orphans-129-41" });
    bench.checkBatches(await place.run(bench.orphanBatches(store, "orphans-129-41")), 40, 1);
    await bench.appendDurably(place, store, 30);
    const again = await reopen(place, store);
    equal(again.recovered.lastOp, 70);
    bench.checkRecovered(again.recovered);
    const kept = await place.run(again.store.orphans());
    deepEqual(
      kept.map(({ recordFile }) => recordFile),
      ["orphans-129-41"],
    );
    for (const orphans of kept) await place.run(again.store.removeOrphans(orphans));
    deepEqual(await place.run(again.store.orphans()), []);
    await place.run(again.store.close());
  });

  onDisk("an orphan file is never overwritten", async (place) => {
    const store = await bench.found(place);
    for (const orphanFile of ["orphans-64-4", "orphans-64-4.2", "orphans-64-4.3"]) {
      await bench.appendDurably(place, store, 5 - (store.lastOp === 3 ? 3 : 0));
      const cut = await place.run(store.truncateAfter(asOp(3), { orphanName: "orphans-64" }));
      deepEqual(cut.ok && cut.orphanFile, orphanFile);
      bench.checkBatches(await place.run(bench.orphanBatches(store, orphanFile)), 3);
    }
    await place.run(store.close());
  });
}

function testSaving(onDisk: OnPlace): void {
  onDisk(
    "a branch that an image is about to replace is copied, its own image too",
    async (place) => {
      const store = await bench.found(place, smallSegment);
      await bench.appendInSteps(place, store, 90);
      for (const op of [30, 50, 80]) await writeImage(place, store, op);
      const orphanName = "orphans-9";
      const saved = await place.run(store.saveBranch(asOp(20), { orphanName }));
      deepEqual(saved, { orphanFile: "orphans-9-51", image: "quarantine-1-base-50-50000" });
      bench.checkBatches(await place.run(bench.orphanBatches(store, "orphans-9-51")), 50);
      const whole = await place.run(store.saveBranch(asOp(60), { orphanName }));
      deepEqual(whole, { orphanFile: "orphans-9-61", image: null });
      const again = await reopen(place, store);
      equal(again.recovered.lastOp, 90, "nothing is changed");
      bench.checkRecovered(again.recovered);
      await place.run(again.store.close());
    },
  );
}

function testStaleImage(onDisk: OnPlace): void {
  onDisk("an image made before a fork was lost does not become the state", async (place) => {
    const store = await bench.found(place);
    await bench.appendDurably(place, store, 10);
    store.append(bench.batchAfter(bench.endOf(store), 10, (op) => bench.frameOf(op, 1)));
    const stale = { ...bench.imageAt(15), chain: store.lastChain, atMs: 1 };
    const compacted = await place.run(writeCompacted(place.disk, stale));
    await place.run(store.truncateAfter(asOp(10), { orphanName: "orphans-1" }));
    await bench.appendDurably(place, store, 10);
    const adopting = store.adoptImage(compacted.temporaryName, compacted);
    await rejects(place.run(adopting), /op 15 is not of the history/);
    const again = await reopen(place, store);
    deepEqual([again.recovered.image, again.recovered.lastOp], [null, 20]);
    bench.checkRecovered(again.recovered);
    await place.run(again.store.close());
  });
}

export function testInstalls(onDisk: OnPlace): void {
  onDisk("an image received whole replaces everything, and records follow it", async (place) => {
    const store = await bench.found(place, smallSegment);
    await bench.appendDurably(place, store, 60);
    await writeImage(place, store, 30);
    const { content, ...at } = bench.imageAt(500);
    const sizeBytes = Buffer.concat(content).length;
    const install = await place.run(
      store.beginInstall({ ...at, sizeBytes, digest: digestOf(content) }),
    );
    for (const part of content) await place.run(install.write(part));
    const back: Buffer[] = [];
    await place.run(install.whole((part) => void back.push(part)));
    deepEqual(Buffer.concat(back), Buffer.concat(content));
    await place.run(install.finish());
    await bench.appendDurably(place, store, 5);
    const again = await reopen(place, store);
    deepEqual([again.recovered.image?.op, again.recovered.lastOp], [500, 505]);
    bench.checkRecovered(again.recovered);
    await place.run(again.store.close());
  });

  onDisk(
    "an image that arrives damaged, short, unreadable or not at all changes nothing",
    async (place) => {
      const store = await bench.found(place);
      await bench.appendDurably(place, store, 60);
      const { content, ...at } = bench.imageAt(500);
      const offer = { ...at, sizeBytes: Buffer.concat(content).length, digest: digestOf(content) };
      const damaged = await place.run(store.beginInstall(offer));
      for (const part of content) await place.run(damaged.write(Buffer.alloc(part.length, "y")));
      await rejects(place.run(damaged.whole(nowhere)), /did not arrive whole: its digest differs/);
      const short = await place.run(store.beginInstall(offer));
      await place.run(short.write(present(content[0], "a part")));
      await rejects(place.run(short.whole(nowhere)), /did not arrive whole: 15 bytes of/);
      const unreadable = await place.run(store.beginInstall(offer));
      for (const part of content) await place.run(unreadable.write(part));
      await place.run(unreadable.whole(nowhere));
      await place.run(unreadable.abort());
      const given = await place.run(store.beginInstall(offer));
      await place.run(given.abort());
      await bench.appendDurably(place, store, 1);
      const again = await reopen(place, store);
      equal(again.recovered.lastOp, 61);
      bench.checkRecovered(again.recovered);
      await place.run(again.store.close());
    },
  );
}

function nowhere(): void {
  // What is read back is of no interest.
}
