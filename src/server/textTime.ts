// How long the door may look at the texts of one account, at however many terminals: some take a
// hundred times as long as others, and what is refused stands in no count of what is outstanding.
// Who has used up his time has his next text held until more is earned; nobody else waits for it.

import {
  textBurstMs,
  textFreeMs,
  textMsPerSecond,
  textSpentMsMax,
  textTablesMax,
} from "../base/doubtLimits.ts";
import type { AccountId } from "../base/ids.ts";
import type { Clock } from "../ports.ts";
import { opcodeOf } from "../wire/codec.ts";
import { TimeBucket } from "./timeBucket.ts";

const textOpcodes: ReadonlySet<number> = new Set([
  opcodeOf("send"),
  opcodeOf("draftPut"),
  opcodeOf("draftSend"),
]);

export function isTextOpcode(opcode: number): boolean {
  return textOpcodes.has(opcode);
}

export class TextTime {
  readonly #clock: Clock;
  /** Of those alone whose texts have taken long of late. */
  readonly #buckets = new Map<AccountId, TimeBucket>();
  #sweepAt = textTablesMax;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many accounts it keeps count of. */
  get size(): number {
    return this.#buckets.size;
  }

  isLeftTo(account: AccountId): boolean {
    return this.#buckets.get(account)?.hasTime(this.#clock.nowMs()) ?? true;
  }

  /** A little of it is free, as other requests are. */
  spend<Result>(account: AccountId, work: () => Result): Result {
    const fromMs = this.#clock.nowMs();
    const result = work();
    const nowMs = this.#clock.nowMs();
    const ms = nowMs - fromMs - textFreeMs;
    // Longer than any text takes is something else: the machine was busy, or asleep.
    if (ms > 0) this.#bucketOf(account, nowMs).spend(Math.min(ms, textSpentMsMax));
    return result;
  }

  #bucketOf(account: AccountId, nowMs: number): TimeBucket {
    const known = this.#buckets.get(account);
    if (known !== undefined) return known;
    if (this.#buckets.size >= this.#sweepAt) this.#sweep(nowMs);
    const fresh = new TimeBucket({ burstMs: textBurstMs, perSecond: textMsPerSecond });
    // From now on it earns.
    fresh.hasTime(nowMs);
    this.#buckets.set(account, fresh);
    return fresh;
  }

  /** Whoever has all of his time again needs none to be counted. */
  #sweep(nowMs: number): void {
    for (const [account, bucket] of this.#buckets) {
      if (bucket.isFull(nowMs)) this.#buckets.delete(account);
    }
    this.#sweepAt = Math.max(textTablesMax, 2 * this.#buckets.size);
  }
}
