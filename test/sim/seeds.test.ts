// Random runs of the simulator, as part of every test run: the seeds that have once found
// something, and a row of others: SIM_FIRST=N begins it elsewhere. All are printed;
// `npm run sim -- --seed N` replays one. Each batch is bounded in time, so that a slow machine runs
// fewer and says so.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { buildSimulator, type Built } from "./build.ts";
import { memorableSeeds } from "./memorableSeeds.ts";

const batches = 6;
const seedsPerBatch = 48;
const minutesPerBatch = 0.75;
/** The same row for everybody, so that what a change breaks is told from what was never found. */
const first = Number(process.env["SIM_FIRST"] ?? "1");

let built: Built | null = null;
before(async () => {
  built = await buildSimulator(null);
});
after(async () => {
  await built?.remove();
});

async function run(words: readonly string[]): Promise<string> {
  assert.ok(built !== null, "the simulator is built first");
  const child = spawn(process.execPath, ["--enable-source-maps", built.script, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  assert.equal(code, 0, said);
  return said;
}

test("whatever happens, promises are kept: seeds that once found something", async (context) => {
  const seeds = memorableSeeds.join(",");
  context.diagnostic(`seeds ${seeds}`);
  context.diagnostic(await run(["--seeds", seeds, "--no-shrink"]));
});

for (let batch = 0; batch < batches; batch += 1) {
  const from = first + batch * seedsPerBatch;
  test(`whatever happens, promises are kept: seeds from ${from} on`, async (context) => {
    const bounds = ["--runs", String(seedsPerBatch), "--minutes", String(minutesPerBatch)];
    context.diagnostic(await run(["--seed", String(from), "--no-shrink", ...bounds]));
  });
}
