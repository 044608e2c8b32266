// Crashes at every boundary: whatever the disk was doing, what was called durable comes back, the
// chain holds, promises stay, and nothing that was cut away is lost.

import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { makePrng } from "../../src/base/prng.ts";
import { removeBitByBit, syncFile, withFile, writeFile } from "../../src/store/files.ts";
import { readFolderNames } from "../../src/store/names.ts";
import * as bench from "../support/storeBench.ts";
import { liveThrough, randomSteps } from "../support/storeLives.ts";
import type { Step } from "../support/storeModel.ts";

const append = (...groups: readonly number[]): Step => ({ kind: "append", groups });

const lives: Readonly<Record<string, readonly Step[]>> = {
  "appending over several segments": [append(1, 5, 6), append(9), append(9), append(4, 7, 1, 2)],
  "marking what is durable, and writing over the marks": [
    append(1), append(2), append(7, 3), append(1, 1, 4), append(4), append(8), append(1), append(1),
  ], // prettier-ignore
  promising: [{ kind: "promise" }, append(3), { kind: "promise" }, { kind: "promise" }],
  "making base images and dropping what they cover": [
    append(9), append(9), { kind: "image", back: 3 }, append(9), { kind: "image", back: 12 },
    append(9), { kind: "image", back: 1 }, { kind: "seal" }, append(3), { kind: "image", back: 0 },
  ], // prettier-ignore
  "cutting a lost branch off": [
    append(9), append(9), append(9), append(9), { kind: "cut", back: 33 }, append(9),
    { kind: "image", back: 8 }, append(9), { kind: "image", back: 5 }, { kind: "cut", back: 8 },
    append(2), { kind: "cut", back: 1 }, append(5),
  ], // prettier-ignore
  "taking over another server's state": [
    append(9), append(9), { kind: "image", back: 3 }, append(9), { kind: "install", ahead: 30 },
    append(9), append(9), { kind: "install", ahead: -9 }, append(2), { kind: "image", back: 0 },
  ], // prettier-ignore
};

for (const [what, steps] of Object.entries(lives)) {
  test(`survives a kill or power cut at any disk operation while ${what}`, async () => {
    const count = await liveThrough([{ kind: "promise" }, ...steps], { seed: 1, perChange: 10 });
    ok(count > 100);
  });
}

test("survives a kill or power cut anywhere in any life", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    await liveThrough(randomSteps(makePrng(seed), 30), { seed, perChange: 0.3 });
  }
});

test("a large file on its way out is there whole or not at all, whenever the power goes", async () => {
  const sizeBytes = 10_000;
  const step = 1_500;
  const seen = new Set<number>();
  for (let at = 0; at < 20; at += 1) {
    for (let seed = 1; seed <= 8; seed += 1) {
      const place = bench.simPlace(seed);
      await place.run(withFile(place.disk.create("old"), async (file) => {
        await writeFile(file, Buffer.alloc(sizeBytes, "x"), 0);
        await syncFile(file);
      })); // prettier-ignore
      await place.run(place.disk.syncFolder());
      place.disk.freezeAt(at);
      removeBitByBit(place.disk, "old", step).catch(() => undefined);
      await place.clock.runFor(100);
      const after = bench.simPlace(1, place.disk.crash(makePrng(seed), place.clock), place.clock);
      const names = await after.run(after.disk.list());
      seen.add(names.includes("old") ? await after.run(after.disk.sizeBytes("old")) : 0);
      ok(readFolderNames(names.filter((name) => name !== "old")).foreign.length === 0, `${names}`);
    }
  }
  deepEqual([...seen].sort(), [0, sizeBytes]);
});
