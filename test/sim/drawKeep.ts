// In which seeds servers let old messages go (`--keep N`), and beyond how many: one in eight, of
// whatever range, and none of those whose story is known. Nothing else of what they draw differs.

import { makePrng } from "../../src/base/prng.ts";
import { memorableSeeds } from "./memorableSeeds.ts";

/** A stream that no other draw of a seed takes. */
const stream = 9 * 2 ** 33;

export function drawKeep(seed: number): number {
  const prng = makePrng(seed + stream);
  if (!prng.chance(1 / 8) || memorableSeeds.includes(seed)) return 0;
  return prng.pick([1, 3, 10]);
}
