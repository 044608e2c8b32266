// Gives memory back once there is nothing to do. Under load the engine makes its space for young
// objects as large as it may, some 30 MB, and a process that has come to rest allocates too little
// to ever have it looked at again. One collection then shrinks it and returns what lies outside the
// heap as well. A busy process is left alone, and so is one whose heap is large enough to be felt.

import { performance, type EventLoopUtilization } from "node:perf_hooks";
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { restBusyShare, restGapMs, restHeapBytesMax } from "../base/limits.ts";
import { restSampleMs, restSamples, restYoungBytesMin } from "../base/limits.ts";

export interface RestSample {
  readonly nowMs: number;
  /** Of the time since the sample before: how much the event loop had to do, 0 to 1. */
  readonly busyShare: number;
  /** What the space for young objects takes. */
  readonly youngBytes: number;
  readonly heapBytes: number;
}

/** Watches from now on; keeps no process alive. */
export function giveBackAtRest(): void {
  const watch = new RestWatch();
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    if (watch.isDue(sampleSince(before, now))) collectGarbage();
    before = now;
  }, restSampleMs).unref();
}

/** Decides when a collection is worth its pause. */
export class RestWatch {
  #quietSamples = 0;
  #collectedMs = Number.NEGATIVE_INFINITY;

  isDue({ nowMs, busyShare, youngBytes, heapBytes }: RestSample): boolean {
    this.#quietSamples = busyShare < restBusyShare ? this.#quietSamples + 1 : 0;
    if (this.#quietSamples < restSamples || nowMs - this.#collectedMs < restGapMs) return false;
    if (youngBytes < restYoungBytesMin || heapBytes > restHeapBytesMax) return false;
    this.#collectedMs = nowMs;
    return true;
  }
}

function sampleSince(before: EventLoopUtilization, now: EventLoopUtilization): RestSample {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  return {
    nowMs: performance.now(),
    busyShare: performance.eventLoopUtilization(now, before).utilization,
    youngBytes: young?.space_size ?? 0,
    heapBytes: getHeapStatistics().used_heap_size,
  };
}

/** Of everything, at once. The function for it is to be had only by a flag, in a new context. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
  setFlagsFromString("--no-expose-gc");
}
