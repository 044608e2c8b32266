// Answers questions, as long as there is time for them: looking through a million names costs more
// than asking for it, so each connection, and all of them together, earn the time that answers
// take. What is asked beyond that waits, and whoever only wants to send notices nothing.

import {
  askBurstMs,
  askBurstMsOfAll,
  askFreeMs,
  askMsPerSecond,
  askMsPerSecondOfAll,
} from "../base/doubtLimits.ts";
import type { Clock } from "../ports.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { answerOf } from "./talkQueries.ts";
import type { Driver } from "./wiring.ts";

export interface QuestionsParts {
  readonly clock: Clock;
  readonly driver: Driver;
  readonly directory: Directory;
  answer(connection: ClientConnection, message: Message): void;
}

export class Questions {
  readonly #parts: QuestionsParts;
  readonly #ofAll = new TimeBucket({ burstMs: askBurstMsOfAll, perSecond: askMsPerSecondOfAll });
  readonly #ofEach = new WeakMap<ClientConnection, TimeBucket>();

  constructor(parts: QuestionsParts) {
    this.#parts = parts;
  }

  /** False when there is no time for it yet. */
  take(connection: ClientConnection, ask: Parameters<typeof answerOf>[0]): boolean {
    const { clock, driver, directory, answer } = this.#parts;
    const fromMs = clock.nowMs();
    if (!this.#ofAll.hasTime(fromMs)) return false;
    return this.doOnOwnTime(connection, () => {
      const chat = driver.chat();
      for (const part of answerOf(ask, { chat, directory, account: connection.account })) {
        answer(connection, part);
      }
      this.#ofAll.spend(Math.max(0, clock.nowMs() - fromMs - askFreeMs));
    });
  }

  /** The same of what a client does once or twice, and pays for alone: others never wait for it. */
  doOnOwnTime(connection: ClientConnection, work: () => void): boolean {
    const { clock } = this.#parts;
    const fromMs = clock.nowMs();
    const own = this.#bucketOf(connection);
    if (!own.hasTime(fromMs)) return false;
    work();
    own.spend(clock.nowMs() - fromMs);
    return true;
  }

  #bucketOf(connection: ClientConnection): TimeBucket {
    const known = this.#ofEach.get(connection);
    if (known !== undefined) return known;
    const fresh = new TimeBucket({ burstMs: askBurstMs, perSecond: askMsPerSecond });
    this.#ofEach.set(connection, fresh);
    return fresh;
  }
}

/** What an answer costs is known behind it: the rest may be less than nothing, and is earned. */
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
    const earnedMs = (nowMs - this.#atMs) * this.#perMs;
    this.#leftMs = Math.min(this.#burstMs, this.#leftMs + earnedMs);
    this.#atMs = nowMs;
    return this.#leftMs > 0;
  }

  spend(ms: number): void {
    this.#leftMs -= ms;
  }
}
