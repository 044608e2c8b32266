// What was durable once is told from what was torn off before it was: by a later record, a later
// segment, an image, or a durability mark. Only the latter may be cut.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import * as bench from "../support/storeBench.ts";
import { copyOf, killed, markBytes, namesIn, patient } from "../support/storePatients.ts";
import type { Patient } from "../support/storePatients.ts";

test("a flipped bit in the journal is cut as a torn tail only where one could be", async () => {
  const { patient: whole, recordBytes } = await killed([
    [2, "plain"],
    [1, "marked"],
    [2, "plain"],
    [1, "plain"],
  ]);
  const lastGroupStart = 5;
  let cuts = 0;
  for (let byte = 0; byte < recordBytes; byte += 1) {
    const place = copyOf(whole);
    place.disk.flipBit("journal-1", byte * 8 + (byte % 8));
    const { store, recovered } = await bench.openWell(place);
    bench.checkRecovered(recovered);
    deepEqual(recovered.meta, bench.metaWith(64));
    if (recovered.quarantined === null) {
      cuts += 1;
      ok(recovered.tornBytes > 0 && recovered.lastOp >= lastGroupStart, `byte ${byte} was cut`);
      equal(store.journalBytes, recordBytes - recovered.tornBytes);
      const behind = place.disk.contentOf("journal-1")?.subarray(store.journalBytes + markBytes);
      ok(
        behind?.every((one) => one === 0),
        "behind a mark nothing is left of what was torn",
      );
    } else {
      ok(/journal-1 is damaged at byte \d+ \(op \d+\)/.test(recovered.quarantined));
      equal(recovered.lastOp, 0);
      deepEqual(await namesIn(place), ["meta", "promised", "quarantine-1-journal-1"]);
    }
    await place.run(store.close());
  }
  ok(cuts > 100);
});

async function expectNoCut(whole: Patient, recordBytes: number, lastOp: number): Promise<void> {
  for (let byte = 0; byte < recordBytes + markBytes; byte += 1) {
    const place = copyOf(whole);
    place.disk.flipBit("journal-1", byte * 8 + (byte % 8));
    const { store, recovered } = await bench.openWell(place);
    const isInMark = byte >= recordBytes;
    equal(recovered.quarantined === null, isInMark, `byte ${byte} of ${recordBytes}`);
    equal(recovered.lastOp, isInMark ? lastOp : 0);
    await place.run(store.close());
  }
}

test("damage to a marked record, though it is the last, never passes for a torn tail", async () => {
  const { patient: whole, recordBytes } = await killed([
    [2, "plain"],
    [1, "marked"],
  ]);
  await expectNoCut(whole, recordBytes, 3);
});

test("nor does damage to any record after an orderly end, or after the next start", async () => {
  const whole = await patient([2, 1]);
  const recordBytes = whole.sizeOf("journal-1") - markBytes;
  await expectNoCut(whole, recordBytes, 3);
  const started = copyOf(whole);
  await bench.openWell(started);
  await expectNoCut({ ...whole, disk: started.disk }, recordBytes, 3);
});

test("a mark is no torn tail: nothing is cut, and nobody is told", async () => {
  const place = copyOf(await patient([2, 1]));
  const { store, recovered } = await bench.openWell(place);
  deepEqual([recovered.lastOp, recovered.tornBytes, recovered.notes], [3, 0, []]);
  await bench.appendDurably(place, store, 2);
  await place.run(store.close());
  equal((await bench.openWell(place)).recovered.lastOp, 5);
});
