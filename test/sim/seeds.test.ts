// Random runs of the simulator, as part of every test run: the seeds that have once found
// something, a row of others (SIM_FIRST=N begins it elsewhere), and a row that follows from what
// the program is, so that each change is looked at where nobody has looked, yet the same tree gives
// the same verdict everywhere (SIM_FRESH=N: so many, 0: none). `npm run sim -- --seed N` replays
// one. A row is one process, since the engine takes as long to warm up as for dozens of seeds.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildSimulator, type Built } from "./build.ts";
import { longFrom } from "./drawLong.ts";
import { memorableSeeds } from "./memorableSeeds.ts";
import { run } from "./runs.ts";

const seedsInRow = 288;
const minutesMax = 2;
const freshMinutesMax = 0.75;
const longSeeds = 5;
const longMinutesMax = 0.5;
/** All rows together must end before the runner's patience with a file does (package.json). */
const allMinutesMax = 3.6;
const startedMs = performance.now();
/** The same row for everybody, so that what a change breaks is told from what was never found. */
const first = Number(process.env["SIM_FIRST"] ?? "1");
const freshSeeds = Number(process.env["SIM_FRESH"] ?? "60");

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
  context.diagnostic(await run(built, ["--seeds", seeds, "--minutes", minutesLeft(minutesMax)]));
});

/** A busy machine plays fewer seeds, and says how many. */
function minutesLeft(wanted: number): string {
  const spent = (performance.now() - startedMs) / 60_000;
  return String(Math.max(0.05, Math.min(wanted, allMinutesMax - spent)));
}

async function runRow(from: number, count: number, minutes: number): Promise<string> {
  const bounds = ["--keep-going", "--runs", String(count), "--minutes", minutesLeft(minutes)];
  return run(built, ["--seed", String(from), ...bounds]);
}

test(`whatever happens, promises are kept: seeds from ${first} on`, async (context) => {
  context.diagnostic(await runRow(first, seedsInRow, minutesMax));
});

test("whatever happens, promises are kept: seeds whose runs last for hours", async (context) => {
  context.diagnostic(await runRow(longFrom, longSeeds, longMinutesMax));
});

const isFreshOff = freshSeeds === 0;
test("whatever happens, promises are kept: fresh seeds", { skip: isFreshOff }, async (context) => {
  const from = 100_000_000 + (digestOfSource().readUInt32BE() % 2_000_000_000);
  context.diagnostic(`${freshSeeds} seeds from ${from} on; SIM_FRESH=0 leaves them out`);
  context.diagnostic(await runRow(from, freshSeeds, freshMinutesMax));
});

function digestOfSource(): Buffer {
  const hash = createHash("sha256");
  for (const folder of ["src", "test/sim", "test/support"]) {
    const root = join(import.meta.dirname, "../..", folder);
    const names = readdirSync(root, { recursive: true, encoding: "utf8" });
    for (const name of names.filter((one) => one.endsWith(".ts")).sort()) {
      hash.update(name).update(readFileSync(join(root, name)));
    }
  }
  return hash.digest();
}
