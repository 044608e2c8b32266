// Slows down whoever guesses passwords: after a few wrong tries on one account, or from one
// address, each further one has to wait, twice as long each time, up to a minute. PURE but for its
// memory, which is bounded: the entry longest untouched is forgotten first, and of those who are
// made to wait none while there is another: filling the table sets nobody free.

import { loginDelayMs, loginDelayMsMax, loginTablesMax } from "../base/limits.ts";

interface Tries {
  count: number;
  /** No try is looked at before. */
  notBeforeMs: number;
}

export class LoginThrottle {
  /** Of those who still have free tries, and of those who had to wait. */
  readonly #free = new Map<string, Tries>();
  readonly #slowed = new Map<string, Tries>();
  readonly #triesFree: number;

  constructor(triesFree: number) {
    this.#triesFree = triesFree;
  }

  get size(): number {
    return this.#free.size + this.#slowed.size;
  }

  /** 0 when a try may be made now. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#slowed.get(key)?.notBeforeMs ?? 0) - nowMs);
  }

  wrong(key: string, nowMs: number): void {
    const before = this.#slowed.get(key) ?? this.#free.get(key);
    const forgotten = before !== undefined && nowMs > before.notBeforeMs + 2 * loginDelayMsMax;
    const count = before === undefined || forgotten ? 1 : before.count + 1;
    const excess = count - this.#triesFree;
    const delayMs = excess < 0 ? 0 : Math.min(loginDelayMs * 2 ** excess, loginDelayMsMax);
    this.right(key);
    const tries = excess < 0 ? this.#free : this.#slowed;
    tries.set(key, { count, notBeforeMs: nowMs + delayMs });
    if (this.size > loginTablesMax) forgetOldest(this.#free.size > 0 ? this.#free : this.#slowed);
  }

  right(key: string): void {
    this.#free.delete(key);
    this.#slowed.delete(key);
  }
}

function forgetOldest(tries: Map<string, Tries>): void {
  for (const oldest of tries.keys()) return void tries.delete(oldest);
}
