// In which seeds servers' disks are written in whole blocks, as on Linux: one in four, of whatever
// range, and none of those whose story is known. Nothing else of what they draw differs.

import { makePrng } from "../../src/base/prng.ts";
import { memorableSeeds } from "./memorableSeeds.ts";
import type { Plan } from "./plan.ts";
import { streams } from "./streams.ts";

/** The same plan for any other seed. */
export function drawBlocks(plan: Plan): Plan {
  const prng = makePrng(plan.seed + streams.blocks);
  if (!prng.chance(1 / 4) || memorableSeeds.includes(plan.seed)) return plan;
  // A small block ends among the records of a group, a large one holds several groups.
  return { ...plan, blockBytes: prng.pick([64, 512, 4_096]) };
}
