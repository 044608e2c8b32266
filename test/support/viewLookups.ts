// What the judges ask of a history's views: which cluster it is, and under which view an op stands.
// Reads only.

import type { View } from "../../src/replica/types.ts";

/** A wiped server that founds anew, alone, makes another cluster, whose ballots begin anew too. */
export function foundingOf(views: readonly View[]): string {
  return views[0]?.incarnations.join() ?? "";
}

export function viewAt(views: readonly View[], op: number): View | null {
  return views.findLast((view) => view.startOp <= op) ?? null;
}
