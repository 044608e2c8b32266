// The process that runs seeds, one after another, for as long as it was told: prints what went
// wrong with the command that replays it, and what all runs together came to. Ends with 1 if
// anything went wrong.

import { writeFileSync } from "node:fs";
import { drawPlan } from "./drawPlan.ts";
import { play, type Played } from "./play.ts";
import { forbidRealWorld } from "./realWorld.ts";
import type { Plan } from "./plan.ts";
import { readOptions, type Options } from "./options.ts";
import { shrink } from "./shrink.ts";
import { Totals } from "./totals.ts";

/** One run in so many is run twice, and must leave the same trace. */
const twiceEvery = 100;

/**
 * Small buffers are cut from larger pieces of memory; with the usual ones of 8 KB a good part of
 * the time that buffers take goes into making those.
 */
Buffer.poolSize = 65_536;

const clockMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

async function main(options: Options): Promise<void> {
  const totals = new Totals();
  const startMs = clockMs();
  const runs = options.seeds?.length ?? options.runs;
  const endMs = options.minutes === null ? Infinity : startMs + options.minutes * 60_000;
  const isDue = (count: number): boolean => count < runs && clockMs() < endMs;
  for (let count = 0; isDue(count); count += 1) {
    const seed = options.seeds?.[count] ?? options.seed + count;
    const played = await runSeed(seed, totals, count % twiceEvery === 0);
    const { failure, history } = played;
    if (options.history !== null && (failure !== null || runs === 1)) {
      writeFileSync(options.history, history.text());
    }
    if (failure === null) continue;
    process.exitCode = 1;
    totals.failedSeeds.push(seed);
    await report(seed, played, options);
    if (!options.keepGoing) break;
  }
  console.log(totals.text(clockMs() - startMs));
  if (totals.failedSeeds.length > 0) console.log(`failed seeds: ${totals.failedSeeds.join(" ")}`);
}

async function runSeed(seed: number, totals: Totals, isTwice: boolean): Promise<Played> {
  const plan = drawPlan(seed);
  const played = await playAlone(plan);
  totals.add(played);
  if (played.failure !== null || !isTwice) return played;
  const again = await playAlone(plan);
  totals.twice += 1;
  if (again.digest() === played.digest()) return played;
  return { ...again, failure: "two runs of one seed left different traces" };
}

async function playAlone(plan: Plan): Promise<Played> {
  const release = forbidRealWorld();
  try {
    return await play(plan);
  } finally {
    release();
  }
}

async function report(seed: number, played: Played, options: Options): Promise<void> {
  const mutant = options.mutant === null ? "" : ` --mutant ${options.mutant}`;
  const [inShort] = (played.failure ?? "").split("\n");
  console.log(`seed ${seed} failed: ${options.isQuiet ? inShort : played.failure}`);
  console.log(`replay: npm run sim -- --seed ${seed} --runs 1${mutant}`);
  if (options.isQuiet) return;
  const smallest = options.shrink ? await shrink(drawPlan(seed), playAlone) : null;
  const shown = smallest?.played ?? played;
  if (smallest !== null) {
    console.log(
      `as small as it gets, after ${smallest.tries} tries: ${shown.failure?.split("\n")[0]}`,
    );
    console.log(smallest.words);
  }
  const lines = shown.timeline();
  console.log(lines.slice(Math.max(0, lines.length - options.lines)).join("\n"));
}

await main(readOptions(process.argv.slice(2)));
