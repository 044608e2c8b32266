// How two series of windows compare that were taken in turn: PURE. Windows side by side met the
// same minute of the machine, so each pair gives one ratio; their median is the figure, and the
// smallest and largest say how far to trust it.

import { median } from "./latencies.ts";

export interface Ratio {
  readonly median: number;
  readonly smallest: number;
  readonly largest: number;
}

/** Of `ours` to `theirs`, window by window; null when there is none to compare. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Ratio | null {
  const ratios = ours.slice(0, theirs.length).map((rate, at) => rate / (theirs[at] ?? Number.NaN));
  if (ratios.length === 0) return null;
  return {
    median: rounded(median(ratios)),
    smallest: rounded(Math.min(...ratios)),
    largest: rounded(Math.max(...ratios)),
  };
}

function rounded(ratio: number): number {
  return Number(ratio.toFixed(3));
}
