// When memory counts as almost full: as long as this process takes a good part of the machine's, so
// that refusing what grows helps, and the next base image could not be built beside what there is
// (its builder holds the whole state once more). All servers hold the same: one that is ended for
// want of memory is soon followed by the others, and none of them could start again.

import { lowMemoryBytes, lowMemoryOverFactor, ownMemoryShare } from "../base/doubtLimits.ts";
import type { MemoryUse } from "../ports.ts";

/** `wasLow`: then it is until there is somewhat more. */
export function isMemoryLow(use: MemoryUse, imageBytes: number, wasLow: boolean): boolean {
  if (use.takenBytes < use.wholeBytes * ownMemoryShare) return false;
  return use.leftBytes < memoryMarkBytes(imageBytes) * (wasLow ? lowMemoryOverFactor : 1);
}

/** Of memory that is left. */
export function memoryMarkBytes(imageBytes: number): number {
  return lowMemoryBytes + imageBytes;
}
