// Time that may be spent: so much at once, and so much a second. PURE: whoever spends it says what
// time it is.

/** What something costs is known behind it: the rest may be less than nothing, and is earned. */
export class TimeBucket {
  readonly #burstMs: number;
  readonly #perMs: number;
  #leftMs: number;
  #atMs = -Infinity;

  constructor(bounds: { readonly burstMs: number; readonly perSecond: number }) {
    this.#burstMs = bounds.burstMs;
    this.#perMs = bounds.perSecond / 1_000;
    this.#leftMs = bounds.burstMs;
  }

  hasTime(nowMs: number): boolean {
    return this.#leftAt(nowMs) > 0;
  }

  /** All that was ever spent has been earned again. */
  isFull(nowMs: number): boolean {
    return this.#leftAt(nowMs) >= this.#burstMs;
  }

  spend(ms: number): void {
    this.#leftMs -= ms;
  }

  #leftAt(nowMs: number): number {
    const earnedMs = (nowMs - this.#atMs) * this.#perMs;
    this.#leftMs = Math.min(this.#burstMs, this.#leftMs + earnedMs);
    this.#atMs = nowMs;
    return this.#leftMs;
  }
}
