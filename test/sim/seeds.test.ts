// Random runs of the simulator, as part of every test run: the seeds that have once found
// something, and a row of others: SIM_FIRST=N begins it elsewhere. All are printed;
// `npm run sim -- --seed N` replays one. The row is one process, since the engine takes as long to
// warm up as for dozens of seeds; bounded in time, so that a slow machine runs fewer and says so.

import { after, before, test } from "node:test";
import { buildSimulator, type Built } from "./build.ts";
import { memorableSeeds } from "./memorableSeeds.ts";
import { run } from "./runs.ts";

const seedsInRow = 288;
const minutesMax = 3.5;
/** The same row for everybody, so that what a change breaks is told from what was never found. */
const first = Number(process.env["SIM_FIRST"] ?? "1");

let built: Built | null = null;
before(async () => {
  built = await buildSimulator(null);
});
after(async () => {
  await built?.remove();
});

test("whatever happens, promises are kept: seeds that once found something", async (context) => {
  const seeds = memorableSeeds.join(",");
  context.diagnostic(`seeds ${seeds}`);
  context.diagnostic(await run(built, ["--seeds", seeds]));
});

test(`whatever happens, promises are kept: seeds from ${first} on`, async (context) => {
  const bounds = ["--keep-going", "--runs", String(seedsInRow), "--minutes", String(minutesMax)];
  context.diagnostic(await run(built, ["--seed", String(first), ...bounds]));
});
