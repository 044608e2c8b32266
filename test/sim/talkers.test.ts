// Random runs of the simulator with people who talk in groups and keep drafts, as part of every
// test run. `npm run sim -- --seed N` replays one.

import { after, before, test } from "node:test";
import { buildSimulator, type Built } from "./build.ts";
import { run } from "./runs.ts";
import { roveFrom, sealFrom, talkFrom } from "./talkSeeds.ts";

const seedsInRow = 40;

let built: Built | null = null;
before(async () => {
  built = await buildSimulator(null);
});
after(async () => {
  await built?.remove();
});

test("whatever happens, promises are kept to those who seal what they write", async (context) => {
  const bounds = ["--keep-going", "--runs", String(seedsInRow), "--minutes", "2"];
  context.diagnostic(await run(built, ["--seed", String(sealFrom), ...bounds]));
});

test("whatever happens, promises are kept to those who talk in groups, too", async (context) => {
  const bounds = ["--keep-going", "--runs", String(seedsInRow), "--minutes", "2"];
  context.diagnostic(await run(built, ["--seed", String(talkFrom), ...bounds]));
});

test("whatever clients ask in whatever order, all servers hold the same and can read it", async (context) => {
  const bounds = ["--keep-going", "--runs", String(seedsInRow), "--minutes", "2"];
  context.diagnostic(await run(built, ["--seed", String(roveFrom), ...bounds]));
});
