// Slows down whoever guesses passwords: after a few wrong tries on one account, or from one
// address, each further one has to wait, twice as long each time, up to a minute. PURE but for its
// memory, which is bounded: the entry longest untouched is forgotten first.

import { loginDelayMs, loginDelayMsMax, loginTablesMax } from "../base/limits.ts";

interface Tries {
  count: number;
  /** No try is looked at before. */
  notBeforeMs: number;
}

export class LoginThrottle {
  readonly #tries = new Map<string, Tries>();
  readonly #triesFree: number;

  constructor(triesFree: number) {
    this.#triesFree = triesFree;
  }

  /** 0 when a try may be made now. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#tries.get(key)?.notBeforeMs ?? 0) - nowMs);
  }

  wrong(key: string, nowMs: number): void {
    const before = this.#tries.get(key);
    const forgotten = before !== undefined && nowMs > before.notBeforeMs + 2 * loginDelayMsMax;
    const count = before === undefined || forgotten ? 1 : before.count + 1;
    const excess = count - this.#triesFree;
    const delayMs = excess < 0 ? 0 : Math.min(loginDelayMs * 2 ** excess, loginDelayMsMax);
    this.#tries.delete(key);
    this.#tries.set(key, { count, notBeforeMs: nowMs + delayMs });
    for (const oldest of this.#tries.keys()) {
      if (this.#tries.size <= loginTablesMax) break;
      this.#tries.delete(oldest);
    }
  }

  right(key: string): void {
    this.#tries.delete(key);
  }
}
