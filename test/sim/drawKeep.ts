// In which seeds servers let old messages go (`--keep N`), and beyond how many: one in eight, of
// whatever range, and none of those whose story is known. Nothing else of what they draw differs.

import { makePrng } from "../../src/base/prng.ts";
import { memorableSeeds } from "./memorableSeeds.ts";
import type { Plan } from "./plan.ts";
import { streams } from "./streams.ts";

/** The same plan for any other seed. */
export function drawKeep(plan: Plan): Plan {
  const prng = makePrng(plan.seed + streams.keep);
  if (!prng.chance(1 / 8) || memorableSeeds.includes(plan.seed)) return plan;
  const limits: Record<string, number> = { ...plan.limits };
  const keep = prng.pick([1, 3, 10]);
  // So that mailboxes are looked through in several pieces, and let go of in several records.
  if (prng.chance(0.5)) limits["trimLookLetters"] = prng.pick([20, 100]);
  if (prng.chance(0.5)) limits["trimmedPerOpMax"] = 2;
  return { ...plan, keep, limits };
}
