// Random runs of the simulator with people who talk in groups and keep drafts, as part of every
// test run. `npm run sim -- --seed N` replays one.

import { after, before, test } from "node:test";
import { buildSimulator, type Built } from "./build.ts";
import { runRow } from "./runs.ts";
import { roveFrom, sealFrom, talkFrom } from "./talkSeeds.ts";

const row = { count: 40, minutes: 1.2 };

let built: Built | null = null;
before(async () => {
  built = await buildSimulator(null);
});
after(async () => {
  await built?.remove();
});

test("whatever happens, promises are kept to those who seal what they write", async (context) => {
  context.diagnostic(await runRow(built, { ...row, from: sealFrom }));
});

test("whatever happens, promises are kept to those who talk in groups, too", async (context) => {
  context.diagnostic(await runRow(built, { ...row, from: talkFrom }));
});

test("whatever clients ask in whatever order, all servers hold the same and can read it", async (context) => {
  context.diagnostic(await runRow(built, { ...row, from: roveFrom }));
});
