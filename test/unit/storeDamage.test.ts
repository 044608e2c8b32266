// Damage on the disk is cut only where a crash could have torn the tail; everything else is named
// and put aside, and never served. Nothing of another server, format or program is touched.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { asOp, asServerId } from "../../src/base/ids.ts";
import { makePrng } from "../../src/base/prng.ts";
import { writeImageFile } from "../../src/store/imageFile.ts";
import { recordBytesOf, writeRecords } from "../../src/store/record.ts";
import { readFolder } from "../../src/store/offline.ts";
import { openStore } from "../../src/store/store.ts";
import * as bench from "../support/storeBench.ts";
import { makeSimClock } from "../support/simClock.ts";
import type { SimDisk } from "../support/simDisk.ts";
import {
  copyOf,
  markBytes,
  metaOfFormat,
  namesIn,
  patient,
  put,
} from "../support/storePatients.ts";

test("a flipped bit anywhere in the newest image leads back to the older one", async () => {
  const whole = await patient([5, 5, 5], [4, 9]);
  for (let byte = 0; byte < whole.sizeOf("base-9-9"); byte += 1) {
    const place = copyOf(whole);
    place.disk.flipBit("base-9-9", byte * 8 + (byte % 8));
    const { store, recovered } = await bench.openWell(place);
    equal(recovered.quarantined, null);
    deepEqual([recovered.image?.op, recovered.lastOp], [4, 15]);
    bench.checkRecovered(recovered);
    ok(recovered.notes[0]?.startsWith("base-9-9 is damaged: "));
    ok((await namesIn(place)).includes("quarantine-1-base-9-9"));
    await place.run(store.close());
  }
});

test("damaged images that the journal cannot make good are corruption", async () => {
  const whole = await patient([5, 5, 5], [4, 9]);
  const place = copyOf(whole);
  place.disk.flipBit("base-9-9", 2360);
  place.disk.flipBit("base-4-4", 2360);
  const { recovered } = await bench.openWell(place);
  bench.checkRecovered(recovered);
  deepEqual([recovered.image, recovered.quarantined, recovered.lastOp], [null, null, 15]);
  const without = copyOf(whole);
  without.disk.flipBit("base-9-9", 2360);
  await without.run(without.disk.remove("base-4-4"));
  await without.run(without.disk.remove("journal-1"));
  const second = await bench.openWell(without);
  ok(second.recovered.quarantined?.includes("base-9-9 is damaged: its content"));
  equal(second.recovered.lastOp, 0);
});

test("a flipped bit anywhere in the meta file never changes a promise", async () => {
  const whole = await patient([2]);
  for (let bit = 0; bit < whole.sizeOf("meta") * 8; bit += 3) {
    const place = copyOf(whole);
    place.disk.flipBit("meta", bit);
    const { store, recovered } = await bench.openWell(place);
    ok(recovered.quarantined?.includes("what this server promised is not known"));
    deepEqual([recovered.meta, recovered.lastOp], [null, 0]);
    const aside = ["journal-1", "meta", "promised"].map((name) => `quarantine-1-${name}`);
    deepEqual(await namesIn(place), aside);
    await place.run(store.close());
  }
});

test("a folder that was put aside is remembered until something replaces it", async () => {
  const place = copyOf(await patient([3, 2, 4]));
  place.disk.flipBit("journal-1", 100);
  const first = await bench.openWell(place);
  ok(first.recovered.quarantined?.includes("quarantine-1-*"));
  await place.run(first.store.close());
  const second = await bench.openWell(place);
  ok(second.recovered.quarantined?.includes("at an earlier start"));
  deepEqual(second.recovered.meta, bench.metaWith(64));
  await bench.appendDurably(place, second.store, 2);
  await place.run(second.store.close());
  equal((await bench.openWell(place)).recovered.quarantined, null);
});

for (const withImages of [true, false]) {
  const what = withImages ? "images and journal" : "a journal";
  test(`a crash while ${what} are put aside never leaves a shorter history behind`, () =>
    interruptQuarantine(withImages));
}

async function interruptQuarantine(withImages: boolean): Promise<void> {
  const place = bench.simPlace();
  const store = await bench.found(place);
  for (const count of [4, 4, 4]) {
    await bench.appendDurably(place, store, count);
    const image = { ...bench.imageAt(store.lastOp - 2), atMs: 1 };
    if (withImages) await place.run(store.writeImage(image));
    if (store.lastOp < 12) await place.run(store.seal());
  }
  await bench.appendDurably(place, store, 1);
  await place.run(store.close());
  place.disk.flipBit("journal-9", 500 * 8);
  for (let at = 0; at < 20; at += 1) {
    const first = copyOf({ disk: place.disk, sizeOf: () => 0 });
    first.disk.freezeAt(at);
    const opening = openStore({ ...first, log: bench.silentLog, serverId: bench.server });
    opening.catch(() => undefined);
    await first.clock.runFor(100);
    for (let seed = 1; seed <= 8; seed += 1) {
      const clock = makeSimClock();
      const next = bench.simPlace(1, first.disk.foreseen("crash", makePrng(seed), clock), clock);
      const { recovered } = await bench.openWell(next);
      ok(recovered.quarantined !== null, `at ${at}, seed ${seed}: op ${recovered.lastOp}`);
      deepEqual([recovered.lastOp, recovered.meta], [0, bench.metaWith(64)]);
    }
  }
}

test("a missing or shortened segment is corruption, not a shorter history", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  for (const count of [4, 4, 4]) {
    await bench.appendDurably(place, store, count);
    await place.run(store.seal());
  }
  await place.run(store.close());
  const damages: readonly (readonly [string, (disk: SimDisk) => Promise<void>])[] = [
    ["journal-9 does not follow op 4", (disk) => disk.remove("journal-5")],
    ["files are missing", (disk) => disk.remove("journal-1")],
    [
      "was begun after it was durable",
      async (disk) => (await disk.open("journal-5")).truncate(100),
    ],
  ];
  for (const [words, damage] of damages) {
    const copy = copyOf({ disk: place.disk, sizeOf: () => 0 });
    await copy.run(damage(copy.disk));
    const { recovered } = await bench.openWell(copy);
    ok(recovered.quarantined?.includes(words), recovered.quarantined ?? "taken as sound");
    equal(recovered.lastOp, 0);
  }
});

test("a journal that disagrees with the base image is corruption", async () => {
  const place = copyOf(await patient([5, 5]));
  const wrong = { ...bench.imageAt(7), chain: bench.chainAt(8), atMs: 7 };
  await place.run(writeImageFile(place.disk, "base-7-7", wrong));
  const { recovered } = await bench.openWell(place);
  ok(recovered.quarantined?.includes("journal-1 and the base image disagree about op 7"));
});

test("corruption is reported to those who only look, and they change nothing", async () => {
  const place = copyOf(await patient([3, 2, 4]));
  place.disk.flipBit("journal-1", 100);
  const before = place.disk.changeCount();
  const reading = await place.run(readFolder(place.disk));
  ok(!reading.ok && reading.refusal === "corrupt" && reading.message.includes("at byte 0 (op 1)"));
  equal(place.disk.changeCount(), before);
});

test("what is read while it is being written is read again, not called damaged", async () => {
  const place = copyOf(await patient([3, 2, 4]));
  let stale = 2;
  const disk = {
    ...place.disk,
    read: async (name: string, range: { offset: number; length: number }) => {
      const bytes = await place.disk.read(name, range);
      // An early part as it was before the later one came, at another place each time.
      if (name === "journal-1" && stale > 0) bytes.fill(0, stale * 60, stale * 60 + 20);
      if (name === "journal-1") stale -= 1;
      return bytes;
    },
  };
  const reading = await place.run(readFolder(disk));
  ok(stale < 0);
  equal(reading.ok && reading.lastOp, 9);
});

test("newer formats are refused in words and left alone", async () => {
  const whole = await patient([3, 2], [4]);
  const newerMeta = copyOf(whole);
  await newerMeta.run(newerMeta.disk.remove("meta"));
  await put(newerMeta, "meta", metaOfFormat(4, bench.metaWith(64)));
  await expectRefusal(newerMeta, "newer-format", /meta has format 4, newer than this program/);

  const newerImage = copyOf(whole);
  const header = "replichat-base 2 and more";
  await put(
    newerImage,
    "base-5-9",
    Buffer.from(`${`${header} ${hex(crc32(header))}`.padEnd(255)}\n`),
  );
  await expectRefusal(newerImage, "newer-format", /base-5-9 has format 2, newer than/);

  const newerRecord = copyOf(whole);
  const batch = bench.batchAfter({ op: bench.imageAt(5).op, chain: bench.chainAt(5) }, 1);
  const bytes = Buffer.alloc(recordBytesOf(batch));
  writeRecords(bytes, 0, { batch, syncedThrough: bench.imageAt(5).op, format: 2 });
  const file = await newerRecord.run(newerRecord.disk.open("journal-1"));
  const offset = whole.sizeOf("journal-1") - markBytes;
  await newerRecord.run(new Promise<void>((done) => file.write(bytes, offset, () => done())));
  await expectRefusal(newerRecord, "newer-format", /journal-1 has records of format 2/);
});

test("folders that are not this server's are refused in words and left alone", async () => {
  const whole = await patient([3]);
  const other = copyOf(whole);
  await expectRefusal(other, "other-server", /belongs to server 1, but this is server 2/, 2);
  const foreign = bench.simPlace();
  await put(foreign, "thesis.txt", Buffer.from("dear"));
  await expectRefusal(foreign, "unusable", /not a server's \(thesis\.txt\)/);
  const forgetful = copyOf(whole);
  await forgetful.run(forgetful.disk.remove("meta"));
  await expectRefusal(forgetful, "unusable", /holds journal-1 but no meta file/);
  const halfCopied = copyOf(whole);
  await halfCopied.run(halfCopied.disk.remove("promised"));
  await expectRefusal(
    halfCopied,
    "unusable",
    /holds journal-1 but no promised file.* Restore promised/,
  );
  const mixedUp = copyOf(whole);
  await mixedUp.run(mixedUp.disk.remove("promised"));
  await expectRefusal(mixedUp, "other-server", /belongs to server 1, but this is server 2/, 2);
});

async function expectRefusal(
  place: bench.SimPlace,
  refusal: string,
  words: RegExp,
  id = 1,
): Promise<void> {
  const { disk, clock } = place;
  const before = disk.changeCount();
  const options = { disk, clock, log: bench.silentLog, serverId: asServerId(id) };
  const result = await place.run(openStore(options));
  ok(!result.ok, "it was opened");
  equal(result.refusal, refusal);
  ok(words.test(result.message), result.message);
  equal(disk.changeCount(), before);
  equal(await place.run(disk.lock()), true, "a refused folder is not kept locked");
}

function hex(check: number): string {
  return check.toString(16).padStart(8, "0");
}

test("damage before a fork stops the server once: the next start puts the history aside", async () => {
  for (const isCut of [true, false]) {
    const place = bench.simPlace();
    const store = await bench.found(place, 4_096);
    await bench.appendInSteps(place, store, 90);
    for (const op of [30, 50, 80]) await bench.writeImage(place, store, op);
    place.disk.flipBit("journal-41", 3_000 * 8);
    const orphanName = "orphans-64";
    const work = isCut
      ? store.truncateAfter(asOp(60), { orphanName })
      : store.saveBranch(asOp(60), { orphanName });
    await rejects(place.run<unknown>(work), /is damaged at byte .* The server stops; at its next/);
    const again = await bench.reopen(place, store);
    deepEqual([again.recovered.image, again.recovered.lastOp], [null, 0]);
    ok(again.recovered.quarantined?.includes("is damaged"));
    await place.run(again.store.close());
  }
});
