// A short burst of the fuzzer on merges, with fixed seeds; `npm run fuzz -- --port merge` goes on
// for as long as one likes. Seeds that ever failed are on the list.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzMerges } from "./mergeFuzz.ts";

/** Up to 24: letters and groups of one name, of which servers meant different ones. */
const seeds = [15, 17, 22, 24, 101, 102, 103, 104, 105, 106];

for (const seed of seeds) {
  test(`seed ${seed}: whoever begins anew amid a merge holds what the others hold`, (t) => {
    const { finding, merged } = fuzzMerges(seed);
    t.diagnostic(`${merged} commands of merges changed something`);
    assert.equal(finding, null, `npm run fuzz -- --port merge --seed ${seed}\n${finding}`);
    assert.ok(merged > 5, `${merged} commands of merges changed something`);
  });
}
