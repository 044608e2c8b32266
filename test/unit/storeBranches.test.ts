// A branch that an image is about to replace may be the only copy of what was confirmed on it: all
// of it is set aside, and stays when the power goes right behind that.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { asOp } from "../../src/base/ids.ts";
import { makePrng } from "../../src/base/prng.ts";
import * as bench from "../support/storeBench.ts";

test("what is on its way to the disk is set aside with the rest of its branch", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  store.append(bench.batchAfter(bench.endOf(store), 4));
  store.flush();
  equal(store.durableOp, 5, "still being written");
  await place.run(store.saveBranch(asOp(3), { orphanName: "orphans-64" }));
  const saved = await place.run(bench.orphanBatches(store, "orphans-64-4"));
  bench.checkBatches(saved, 3);
  equal(saved.at(-1)?.lastOp, 9);
});

test("the image of a branch that was set aside outlasts a power cut", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place, 4_096);
  await bench.appendInSteps(place, store, 90);
  for (const op of [30, 50, 80]) await bench.writeImage(place, store, op);
  const saved = await place.run(store.saveBranch(asOp(20), { orphanName: "orphans-64" }));
  const image = present(saved.image, "the branch's own image");
  const content = place.disk.contentOf("base-50-50000");
  for (let seed = 1; seed <= 8; seed += 1) {
    const after = place.disk.foreseen("crash", makePrng(seed), place.clock);
    deepEqual(after.contentOf(image), content, `seed ${seed}`);
  }
});
