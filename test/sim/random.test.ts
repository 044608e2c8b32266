// Random stories, the same ones at each run: each seed is a test. One seed alone, or many more:
//   SEED=4711 node --import tsx --test test/sim/random.test.ts
//   SEEDS=1000 node --import tsx --test test/sim/random.test.ts

import { test } from "node:test";
import { playRandomly } from "../support/randomPlay.ts";

const stepCount = 40;
const seedsUsually = 12;
/** Each of these has once found something. */
const memorableSeeds: readonly number[] = [];

const wanted = process.env["SEED"];
const seedCount = Number(process.env["SEEDS"] ?? seedsUsually);
const first = Number(process.env["FIRST"] ?? 1);
const usual = Array.from({ length: seedCount }, (_, index) => first + index);
const seeds = wanted === undefined ? [...memorableSeeds, ...usual] : [Number(wanted)];

for (const mode of ["plain", "majority"] as const) {
  for (const seed of seeds) {
    test(`whatever happens, promises are kept (${mode}, seed ${seed})`, async () => {
      await playRandomly({ seed, mode, stepCount });
    });
  }
}
