// The real clock. `nowMs` never goes back and counts suspension of the machine, which the monotonic
// clock leaves out; a suspension is noticed at the moment of use, never by a timer having fired.
// The wall clock only dates things; it orders nothing.

import { uptime } from "node:os";
import { assert } from "../base/assert.ts";
import { clockJumpMs, timerDelayMsMax } from "../base/limits.ts";
import type { Clock } from "../ports.ts";

/** Where the clock reads from; tests put their own in. */
export interface ClockSources {
  /** Milliseconds that stand still while the machine is suspended. */
  monotonicMs(): number;
  /** Wall clock, milliseconds since 1970. */
  wallMs(): number;
  /** Since the machine started, suspension included. */
  uptimeMs(): number;
}

export function makeClock(sources: ClockSources = systemSources): Clock {
  /** Wall minus monotonic: it jumps when the machine was suspended or the wall clock was set. */
  let driftMs = sources.wallMs() - sources.monotonicMs();
  let suspendedMs = 0;
  const uptimeAheadMs = sources.uptimeMs() - sources.monotonicMs();

  function noticeJump(monotonicMs: number): void {
    const drift = sources.wallMs() - monotonicMs;
    if (Math.abs(drift - driftMs) < clockJumpMs) return;
    driftMs = drift;
    const aheadMs = sources.uptimeMs() - monotonicMs - uptimeAheadMs;
    // Less than a jump is the coarse resolution of the uptime.
    if (aheadMs > suspendedMs + clockJumpMs / 2) suspendedMs = aheadMs;
  }

  return {
    nowMs: () => {
      const monotonicMs = sources.monotonicMs();
      noticeJump(monotonicMs);
      return monotonicMs + suspendedMs;
    },
    wallUs: () => {
      const monotonicMs = sources.monotonicMs();
      noticeJump(monotonicMs);
      return Math.floor((monotonicMs + driftMs) * 1000);
    },
    after: (delayMs, run) => {
      assert(delayMs >= 0 && delayMs <= timerDelayMsMax, "not a delay", delayMs);
      const timer = setTimeout(run, Math.ceil(delayMs));
      return { cancel: () => clearTimeout(timer) };
    },
    soon: (run) => void setImmediate(run),
  };
}

const systemSources: ClockSources = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  uptimeMs: () => uptime() * 1000,
};
