// What the judges ask of a history's views: which cluster it is.
// Reads only.

import type { View } from "../../src/replica/types.ts";

/** A wiped server that founds anew, alone, makes another cluster, whose ballots begin anew too. */
export function foundingOf(views: readonly View[]): string {
  return views[0]?.incarnations.join() ?? "";
}
