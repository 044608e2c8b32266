// Crashes at every boundary: whatever the disk was doing, what was called durable comes back, the
// chain holds, promises stay, and nothing that was cut away is lost.

import { test } from "node:test";
import { makePrng } from "../../src/base/prng.ts";
import { liveAndCrash, randomSteps, type Step } from "../support/storeModel.ts";

const life: readonly Step[] = [
  { kind: "promise" },
  { kind: "append", groups: [1, 5, 6] },
  { kind: "append", groups: [9] },
  { kind: "image", back: 4 },
  { kind: "promise" },
  { kind: "append", groups: [4, 7, 1, 2] },
  { kind: "cut", back: 12 },
  { kind: "append", groups: [5] },
  { kind: "append", groups: [8, 1] },
  { kind: "image", back: 3 },
  { kind: "image", back: 1 },
  { kind: "seal" },
  { kind: "append", groups: [2] },
  { kind: "cut", back: 5 },
  { kind: "install", ahead: 30 },
  { kind: "append", groups: [2, 3] },
  { kind: "image", back: 0 },
];
const neverAt = 1_000_000;

for (const powerCut of [true, false]) {
  const what = powerCut ? "the power fails" : "the process is killed";
  test(`keeps all that was durable when ${what} at any disk operation`, async () => {
    const { changeCount } = await liveAndCrash(life, { at: neverAt, seed: 1, powerCut });
    for (let at = 0; at <= changeCount; at += 1) {
      for (let seed = 1; seed <= 3; seed += 1) {
        await replayable({ at, seed, powerCut }, () => liveAndCrash(life, { at, seed, powerCut }));
      }
    }
  });
}

test("keeps its promises in any life that ends in a crash", async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const prng = makePrng(seed);
    const steps = randomSteps(prng, 25);
    const crash = { at: prng.below(400), seed, powerCut: prng.chance(0.6) };
    await replayable(crash, () => liveAndCrash(steps, crash));
  }
});

async function replayable(crash: object, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`crash ${JSON.stringify(crash)}`, { cause: error });
  }
}
