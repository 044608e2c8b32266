// The product's own bounds and timeouts, made smaller for a run so that what needs much of
// something happens often. Only a build for the simulator lets them be set.

import * as limits from "../../src/base/limits.ts";
import * as talkLimits from "../../src/base/talkLimits.ts";
import type { Plan } from "./plan.ts";

/** Seen by nobody: what is let go with each run is to be little. */
const memoryLimits = { letterSlabBytes: 140_000, slabsPerPiece: 2 };

/** The product's own bounds, in a build that lets them be set. */
export function setBounds(wanted: Plan["limits"]): void {
  for (const some of [limits, talkLimits]) {
    const { setForSimulation } = some as unknown as {
      readonly setForSimulation?: (wanted: Plan["limits"]) => void;
    };
    setForSimulation?.({ ...memoryLimits, ...wanted });
  }
}
