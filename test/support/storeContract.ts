// What the store promises its owner, on either disk: what was durable comes back, in order and whole.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { asOp } from "../../src/base/ids.ts";
import type { ImageHeader } from "../../src/store/imageFile.ts";
import { readFolder, writeCompacted } from "../../src/store/offline.ts";
import type { Store } from "../../src/store/store.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import * as bench from "./storeBench.ts";
import type { Place } from "./storeBench.ts";

const smallSegment = 4_096;

export function testStore(kind: string, makePlace: () => Promise<Place>): void {
  const onDisk = (name: string, run: (place: Place) => Promise<void>): void => {
    test(`${kind}: ${name}`, async () => {
      const place = await makePlace();
      try {
        await run(place);
      } finally {
        await place.remove();
      }
    });
  };
  testJournal(onDisk);
  testImages(onDisk);
  testCuts(onDisk);
  testInstalls(onDisk);
}

type OnDisk = (name: string, run: (place: Place) => Promise<void>) => void;

function testJournal(onDisk: OnDisk): void {
  onDisk("a new folder holds nothing, and remembers what is saved", async (place) => {
    const { store, recovered } = await bench.openWell(place);
    deepEqual([recovered.meta, recovered.image, recovered.lastOp], [null, null, 0]);
    await bench.saveMeta(place, store, bench.metaWith(64));
    await bench.saveMeta(place, store, bench.metaWith(129, 2));
    const again = await reopen(place, store);
    deepEqual(again.recovered.meta, bench.metaWith(129, 2));
    await place.run(again.store.close());
  });

  onDisk("records come back in order over segments and restarts", async (place) => {
    let store = await bench.found(place, smallSegment);
    for (const count of [1, 40, 3, 100]) await bench.appendDurably(place, store, count);
    const second = await reopen(place, store, smallSegment);
    bench.checkRecovered(second.recovered);
    equal(second.recovered.lastOp, 144);
    ({ store } = second);
    await bench.appendDurably(place, store, 60);
    const third = await reopen(place, store);
    bench.checkRecovered(third.recovered);
    equal(third.recovered.lastOp, 204);
    await place.run(third.store.close());
  });

  onDisk("what arrives during a sync goes out together with the next one", async (place) => {
    const store = await bench.found(place);
    await bench.appendDurably(place, store, 1);
    const groups: number[] = [];
    const all = new Promise<void>((resolve) => {
      store.onDurable = (op) => {
        groups.push(op);
        if (op === 11) resolve();
      };
    });
    for (let count = 0; count < 10; count += 1) {
      store.append(bench.batchAfter(bench.endOf(store), 1));
      store.flush();
    }
    await place.run(all);
    deepEqual(groups, [2, 11]);
    await place.run(store.close());
  });

  onDisk("a folder in use is refused in words, and free after close", async (place) => {
    const store = await bench.found(place);
    const second = await bench.open({ ...place, disk: (await otherDisk(place)) ?? place.disk });
    ok(!second.ok && second.refusal === "locked");
    ok(second.message.includes("Another server uses"));
    await place.run((await reopen(place, store)).store.close());
  });

  onDisk("records are read back for catching up, wherever one begins", async (place) => {
    const store = await bench.found(place, smallSegment);
    await bench.appendDurably(place, store, 150);
    for (const maxBytes of [1, 700, 100_000]) {
      for (const after of [0, 1, 17, 99, 149]) {
        const read = await place.run(store.readBatch({ after: asOp(after), maxBytes }));
        ok(read !== null && read !== "compacted");
        bench.checkBatches([read], after);
        ok(read.bytes.length <= Math.max(maxBytes, present(read.ends[0], "an end")));
      }
    }
    equal(await place.run(store.readBatch({ after: asOp(150), maxBytes: 1 })), null);
    await place.run(store.close());
  });

  onDisk("sealing ends a segment, and an empty one needs no sealing", async (place) => {
    const store = await bench.found(place);
    await bench.appendDurably(place, store, 5);
    equal(await place.run(store.seal()), 5);
    equal(await place.run(store.seal()), 5);
    await bench.appendDurably(place, store, 5);
    const names = (await place.run(place.disk.list())).filter((name) => name.startsWith("journal"));
    deepEqual(names.sort(), ["journal-1", "journal-6"]);
    const again = await reopen(place, store);
    bench.checkRecovered(again.recovered);
    await place.run(again.store.close());
  });
}

function testImages(onDisk: OnDisk): void {
  onDisk("an image and the records after it come back; two images are kept", async (place) => {
    const store = await bench.found(place, smallSegment);
    for (const op of [50, 100, 150]) {
      await bench.appendDurably(place, store, 50);
      await writeImage(place, store, op - 10);
    }
    const names = await place.run(place.disk.list());
    deepEqual(opsOf(names, "base"), [90, 140]);
    // The older image, of op 90, must still find what follows it.
    ok(Math.max(...opsOf(names, "journal").filter((op) => op <= 91)) > 1);
    equal(opsOf(names, "journal").filter((op) => op <= 91).length, 1);
    equal(await place.run(store.readBatch({ after: asOp(0), maxBytes: 10 })), "compacted");
    const again = await reopen(place, store);
    equal(again.recovered.image?.op, 140);
    bench.checkRecovered(again.recovered);
    equal(again.recovered.lastOp, 150);
    await place.run(again.store.close());
  });

  onDisk("an image under transfer stays readable when newer ones come", async (place) => {
    const store = await bench.found(place);
    await bench.appendDurably(place, store, 30);
    await writeImage(place, store, 5);
    const held = present(store.latestImage(), "an image");
    for (const op of [10, 15, 20]) await writeImage(place, store, op);
    const all = await place.run(held.read({ offset: 0, length: held.sizeBytes }));
    equal(digestOf([all]), held.digest);
    deepEqual(all, Buffer.concat(bench.imageAt(5).content));
    deepEqual(opsOf(await place.run(place.disk.list()), "base"), [5, 15, 20]);
    held.release();
    const second = present(store.latestImage(), "an image");
    for (const op of [25, 28]) await writeImage(place, store, op);
    deepEqual(opsOf(await place.run(place.disk.list()), "base"), [20, 25, 28]);
    ok(second.op === 20, "still held when the server stops");
    const again = await reopen(place, store);
    deepEqual(opsOf(await place.run(place.disk.list()), "base"), [25, 28]);
    await place.run(again.store.close());
  });

  onDisk("a worker's image is adopted if it is the one meant", async (place) => {
    const store = await bench.found(place);
    await bench.appendDurably(place, store, 30);
    const content = await place.run(readFolder(place.disk, { throughOp: asOp(20) }));
    ok(content.ok);
    bench.checkRecovered(content);
    equal(content.lastOp, 20);
    const built = { ...bench.imageAt(20), chain: content.lastChain, atMs: 20 };
    const compacted = await place.run(writeCompacted(place.disk, built));
    const wrong = { ...compacted, op: asOp(21) };
    await rejects(place.run(store.adoptImage(compacted.temporaryName, wrong)), /not the image/);
    await place.run(store.adoptImage(compacted.temporaryName, compacted));
    const again = await reopen(place, store);
    equal(again.recovered.image?.op, 20);
    bench.checkRecovered(again.recovered);
    await place.run(again.store.close());
  });

  onDisk("any kept state can be looked at while the server runs", async (place) => {
    const store = await bench.found(place, smallSegment);
    await bench.appendInSteps(place, store, 60);
    for (const op of [20, 40, 50]) await writeImage(place, store, op);
    for (const op of [40, 45, 50, 60]) {
      const content = await place.run(readFolder(place.disk, { throughOp: asOp(op) }));
      ok(content.ok, content.ok ? "" : content.message);
      equal(content.lastOp, op);
      bench.checkRecovered(content);
    }
    const tooOld = await place.run(readFolder(place.disk, { throughOp: asOp(10) }));
    ok(!tooOld.ok && tooOld.refusal === "compacted", "it is no longer kept");
    const tooNew = await place.run(readFolder(place.disk, { throughOp: asOp(61) }));
    ok(!tooNew.ok && tooNew.message.includes("ends at op 60"));
    await place.run(store.close());
  });
}

function testCuts(onDisk: OnDisk): void {
  onDisk("a diverging tail goes to an orphan file and nothing of it is lost", async (place) => {
    const store = await bench.found(place, smallSegment);
    await bench.appendDurably(place, store, 40);
    const branch = bench.batchAfter(bench.endOf(store), 50, (op) => bench.frameOf(op, 1));
    store.append(branch);
    store.flush();
    const orphanName = "orphans-129";
    const cut = await place.run(store.truncateAfter(asOp(40), { orphanName }));
    deepEqual(cut, { ok: true, count: 50, orphanFile: "orphans-129-41" });
    bench.checkBatches(await place.run(store.readOrphans("orphans-129-41")), 40, 1);
    await bench.appendDurably(place, store, 30);
    const again = await reopen(place, store);
    equal(again.recovered.lastOp, 70);
    bench.checkRecovered(again.recovered);
    deepEqual(await place.run(again.store.orphanNames()), ["orphans-129-41"]);
    await place.run(again.store.removeOrphans("orphans-129-41"));
    deepEqual(await place.run(again.store.orphanNames()), []);
    await place.run(again.store.close());
  });

  onDisk("an orphan file is never overwritten", async (place) => {
    const store = await bench.found(place);
    for (const orphanFile of ["orphans-64-4", "orphans-64-4.2", "orphans-64-4.3"]) {
      await bench.appendDurably(place, store, 5 - (store.lastOp === 3 ? 3 : 0));
      const cut = await place.run(store.truncateAfter(asOp(3), { orphanName: "orphans-64" }));
      deepEqual(cut.ok && cut.orphanFile, orphanFile);
      bench.checkBatches(await place.run(store.readOrphans(orphanFile)), 3);
    }
    await place.run(store.close());
  });

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

function testInstalls(onDisk: OnDisk): void {
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
    const installed = await place.run(install.finish());
    deepEqual(Buffer.concat(installed.content), Buffer.concat(content));
    await bench.appendDurably(place, store, 5);
    const again = await reopen(place, store);
    deepEqual([again.recovered.image?.op, again.recovered.lastOp], [500, 505]);
    bench.checkRecovered(again.recovered);
    await place.run(again.store.close());
  });

  onDisk("an image that arrives damaged, short or not at all changes nothing", async (place) => {
    const store = await bench.found(place);
    await bench.appendDurably(place, store, 60);
    const { content, ...at } = bench.imageAt(500);
    const offer = { ...at, sizeBytes: Buffer.concat(content).length, digest: digestOf(content) };
    const damaged = await place.run(store.beginInstall(offer));
    for (const part of content) await place.run(damaged.write(Buffer.alloc(part.length, "y")));
    await rejects(place.run(damaged.finish()), /did not arrive whole: its digest differs/);
    const short = await place.run(store.beginInstall(offer));
    await place.run(short.write(present(content[0], "a part")));
    await rejects(place.run(short.finish()), /did not arrive whole: 15 bytes of/);
    const given = await place.run(store.beginInstall(offer));
    await place.run(given.abort());
    await bench.appendDurably(place, store, 1);
    const again = await reopen(place, store);
    equal(again.recovered.lastOp, 61);
    bench.checkRecovered(again.recovered);
    await place.run(again.store.close());
  });
}

export async function writeImage(place: Place, store: Store, op: number): Promise<ImageHeader> {
  return place.run(store.writeImage({ ...bench.imageAt(op), atMs: op * 1000 }));
}

async function reopen(place: Place, store: Store, segmentBytes?: number): Promise<bench.Opened> {
  await place.run(store.close());
  return bench.openWell(place, segmentBytes);
}

async function otherDisk(place: Place): Promise<Place["disk"] | null> {
  return "crash" in place.disk ? null : (await place.next()).disk;
}

export function opsOf(names: readonly string[], kind: "base" | "journal"): number[] {
  const ops = names.filter((name) => name.startsWith(`${kind}-`)).map((name) => name.split("-")[1]);
  return ops.map(Number).sort((left, right) => left - right);
}
