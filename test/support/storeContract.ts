// What the store promises its owner, on either disk: what was durable comes back, in order and
// whole.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import { asOp } from "../../src/base/ids.ts";
import type { NewImage } from "../../src/store/imageFile.ts";
import { readFolder, writeCompacted } from "../../src/store/offline.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import * as bench from "./storeBench.ts";
import { onPlaces, opsOf, otherDisk, reopen, writeImage } from "./storeBench.ts";
import type { OnPlace, Place } from "./storeBench.ts";
import { testCuts, testInstalls } from "./storeContractChanges.ts";

const smallSegment = 4_096;

export function testStore(kind: string, makePlace: () => Promise<Place>): void {
  const onDisk = onPlaces(kind, makePlace);
  testJournal(onDisk);
  testReading(onDisk);
  testImages(onDisk);
  testKeeping(onDisk);
  testLooking(onDisk);
  testCuts(onDisk);
  testInstalls(onDisk);
}

function testJournal(onDisk: OnPlace): void {
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
}

function testReading(onDisk: OnPlace): void {
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

function testImages(onDisk: OnPlace): void {
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
    await writeImage(place, again.store, 29);
    deepEqual(opsOf(await place.run(place.disk.list()), "base"), [28, 29]);
    await place.run(again.store.close());
  });
}

function testKeeping(onDisk: OnPlace): void {
  onDisk(
    "what lies behind the point that all servers share is not compacted away",
    async (place) => {
      const store = await bench.found(place, smallSegment);
      await bench.appendInSteps(place, store, 200);
      for (const op of [20, 40, 60]) await writeImage(place, store, op);
      store.noteShared(asOp(45));
      for (const op of [90, 120, 150, 180]) await place.run(store.writeImage(imageOf(op)));
      deepEqual(opsOf(await place.run(place.disk.list()), "base"), [40, 150, 180]);
      for (const at of [40, 45, 90, 170]) {
        const content = await place.run(readFolder(place.disk, { throughOp: asOp(at) }));
        ok(content.ok, content.ok ? "" : content.message);
        bench.checkRecovered(content);
      }
      const cut = await place.run(store.truncateAfter(asOp(45), { orphanName: "orphans-1" }));
      ok(cut.ok && cut.count === 155);
      bench.checkBatches(await place.run(bench.orphanBatches(store, "orphans-1-46")), 45);
      await place.run(store.close());
    },
  );

  onDisk(
    "after a start nothing is compacted away until all are known to share it",
    async (place) => {
      const { store } = await reopen(place, await bench.found(place, smallSegment), smallSegment);
      await bench.appendInSteps(place, store, 100);
      for (const op of [20, 40, 60]) await place.run(store.writeImage(imageOf(op)));
      ok(!((await place.run(store.readBatch({ after: asOp(0), maxBytes: 10 }))) === "compacted"));
      store.noteShared(asOp(90));
      await place.run(store.writeImage(imageOf(80)));
      deepEqual(opsOf(await place.run(place.disk.list()), "base"), [60, 80]);
      await place.run(store.close());
    },
  );
}

function testLooking(onDisk: OnPlace): void {
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

function imageOf(op: number): NewImage {
  return { ...bench.imageAt(op), atMs: op * 1000 };
}
