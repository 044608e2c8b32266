// A short random storm of kills, stops and restarts, from fixed seeds; `npm run chaos` does the
// same for as long as one likes. A seed that once failed is added here.

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { makePrng } from "../../src/base/prng.ts";
import { expectAllWell, letThemTalk, openStage, testClock } from "../support/chaosStage.ts";
import { Storm } from "./storm.ts";

const seeds = [5, 17];
const stormMs = 6_000;

for (const seed of seeds) {
  test(`a storm of seed ${seed} loses and doubles nothing`, async (context) => {
    const { stage, close } = await openStage();
    context.after(close);
    await letThemTalk(stage);
    const say = (): void => undefined;
    await new Storm({ stage, prng: makePrng(seed), clock: testClock, say }).rage(stormMs);
    await expectAllWell(stage);
  });
}

test("nobody is left stopped when a storm is over", async (context) => {
  const { stage, close } = await openStage();
  context.after(close);
  stage.pause(1);
  const say = (): void => undefined;
  await new Storm({ stage, prng: makePrng(1), clock: testClock, say }).rage(0);
  equal(stage.cluster.seen(1).condition, "serving");
});
