// How fast work goes on that can wait, beside people who cannot. After each piece it rests in
// proportion to what the piece took, so that processor and disk are never its own alone, and the
// longer it has to wait for either, the more it leaves to others. What is read from the disk for a
// server on its way in is spread evenly. It does no work itself.

import { feedBytesPerSecond, pieceRestMsMax, pieceRestTimes } from "../base/imageLimits.ts";
import { writingRestMsMax, writingRestTimes } from "../base/imageLimits.ts";
import type { Op } from "../base/ids.ts";
import { catchUpChunkBytes } from "../base/limits.ts";
import type { Clock } from "../ports.ts";

/** To be awaited between two pieces of work of a few milliseconds each. */
export type Rest = () => Promise<void>;

export async function noRest(): Promise<void> {
  // Nobody waits.
}

/** The other inputs get their turn, and no more. */
export function turnOf(clock: Clock): Rest {
  return () => new Promise((resolve) => clock.soon(resolve));
}

export function pieceRest(clock: Clock): Rest {
  return restBeside(clock, { timesAsLong: pieceRestTimes, msMax: pieceRestMsMax });
}

export function writingRest(clock: Clock): Rest {
  return restBeside(clock, { timesAsLong: writingRestTimes, msMax: writingRestMsMax });
}

function restBeside(
  clock: Clock,
  { timesAsLong, msMax }: { readonly timesAsLong: number; readonly msMax: number },
): Rest {
  let beganMs = clock.nowMs();
  return async () => {
    const restMs = Math.min(msMax, (clock.nowMs() - beganMs) * timesAsLong);
    await new Promise<void>((resolve) => clock.after(restMs, resolve));
    beganMs = clock.nowMs();
  };
}

/** When the next records for a joiner may be read. */
export class FeedPace {
  #dueMs = Number.NEGATIVE_INFINITY;
  #lastOp: number = -1;

  /** How long a reading that is wanted now waits; while the log rests, nobody is disturbed. */
  delayMs(nowMs: number, lastOp: Op): number {
    const startMs = lastOp === this.#lastOp ? nowMs : Math.max(nowMs, this.#dueMs);
    this.#lastOp = lastOp;
    this.#dueMs = startMs + (catchUpChunkBytes * 1_000) / feedBytesPerSecond;
    return startMs - nowMs;
  }
}
