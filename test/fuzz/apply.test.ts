// A short burst of the fuzzer on `apply`, with fixed seeds; `npm run fuzz` goes on for as long as
// one likes. Seeds that ever failed are on the list.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzApply } from "./applyFuzz.ts";

const recordsPerSeed = 300;
/** 1: a group's line with a request of 16 digits; 4 and 22: names that are none, of a merge. */
const seeds = [1, 4, 22, 101, 102, 103, 104, 105, 106, 107, 108, 109];

for (const seed of seeds) {
  test(`seed ${seed}: no record throws, and two servers hold the same state afterwards`, () => {
    const { finding, taken } = fuzzApply(seed, recordsPerSeed);
    assert.equal(finding, null, `npm run fuzz -- --port apply --seed ${seed}\n${finding}`);
    assert.ok(taken > 20, `${taken} records did something`);
  });
}
