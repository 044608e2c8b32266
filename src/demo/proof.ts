// The line that a run ends with, PURE: `5,120 sent, 5,120 stored, 5,120 shown, 0 twice, 0 out of order,
// 23 failovers, longest pause 61 ms`. It counts nothing itself.

import type { Counts } from "./tally.ts";

export interface Proof {
  readonly counts: Counts;
  readonly stored: number;
  readonly failovers: number;
  readonly longestPauseMs: number;
  /** What was stopped, not killed, cannot be told from a slow one; null when nothing was. */
  readonly longestStoppedPauseMs: number | null;
}

export function proofLine(proof: Proof): string {
  const { counts, stored, failovers, longestPauseMs, longestStoppedPauseMs } = proof;
  const parts = [
    `${grouped(counts.sent)} sent`,
    `${grouped(stored)} stored`,
    `${grouped(counts.shown)} shown`,
    `${grouped(counts.twice)} twice`,
    `${grouped(counts.outOfOrder)} out of order`,
    `${grouped(failovers)} failover${failovers === 1 ? "" : "s"}`,
    `longest pause ${grouped(Math.round(longestPauseMs))} ms`,
  ];
  if (longestStoppedPauseMs === null) return parts.join(", ");
  const stopped = `${grouped(Math.round(longestStoppedPauseMs))} ms where a server was stopped`;
  return `${parts.join(", ")} (${stopped})`;
}

export function isProven({ counts, stored }: Proof): boolean {
  const { sent, shown, twice, outOfOrder } = counts;
  return sent > 0 && stored === sent && shown === sent && twice === 0 && outOfOrder === 0;
}

/** 5120 as 5,120. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
