// When the faults of a plan are over: from then on all is to be well again, and a run is judged
// by what comes of that. However a plan was drawn, or made shorter, it is counted here.

import type { Fault } from "./plan.ts";

/** Not before `leastMs`, so that something has gone on where there are hardly any faults. */
export function endOfFaults(faults: readonly Fault[], leastMs: number): number {
  return Math.max(leastMs, ...faults.map(({ atMs, lastsMs }) => atMs + lastsMs));
}
