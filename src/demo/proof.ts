// The line that a run ends with, PURE: `5,120 sent, 5,120 stored, 5,120 shown, 0 twice, 0 out of
// order, 23 failovers, longest pause 61 ms`. It counts nothing itself.

import type { Counts } from "./tally.ts";

export interface Proof {
  readonly counts: Counts;
  readonly stored: number;
  readonly failovers: number;
  readonly longestPauseMs: number;
  /** Where more happened than crashes of some: a stopped server cannot be told from a slow one. */
  readonly hardPauses: readonly { readonly kind: string; readonly longestMs: number }[];
}

export function proofLine(proof: Proof): string {
  const { counts, stored, failovers, longestPauseMs, hardPauses } = proof;
  const hard = hardPauses.map(({ kind, longestMs }) => `${milliseconds(longestMs)} ${kind}`);
  const others = hard.length === 0 ? "" : ` (${hard.join(", ")})`;
  return [
    `${grouped(counts.sent)} sent`,
    `${grouped(stored)} stored`,
    `${grouped(counts.shown)} shown`,
    `${grouped(counts.twice)} twice`,
    `${grouped(counts.outOfOrder)} out of order`,
    `${grouped(failovers)} failover${failovers === 1 ? "" : "s"}`,
    `longest pause ${milliseconds(longestPauseMs)}${others}`,
  ].join(", ");
}

function milliseconds(value: number): string {
  return `${grouped(Math.round(value))} ms`;
}

export function isProven({ counts, stored }: Proof): boolean {
  const { sent, shown, twice, outOfOrder } = counts;
  return sent > 0 && stored === sent && shown === sent && twice === 0 && outOfOrder === 0;
}

/** 5120 as 5,120. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
