// A short random storm of kills, stops and restarts, from fixed seeds; `npm run chaos` does the
// same for as long as one likes. A seed that once failed is added here.

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
