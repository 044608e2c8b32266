// Answers questions, as long as there is time for them: looking through a million names costs more
// than asking for it, so each connection, and all of them together, earn the time that answers
// take. What is asked beyond that waits, and whoever only wants to send notices nothing.

import { askBurstMsOfAll, askFreeMs, askMsPerSecondOfAll } from "../base/doubtLimits.ts";
import type { Clock } from "../ports.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { answerOf } from "./talkQueries.ts";
import { TimeBucket } from "./timeBucket.ts";
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

  constructor(parts: QuestionsParts) {
    this.#parts = parts;
  }

  /** False when there is no time for it yet. */
  take(connection: ClientConnection, ask: Parameters<typeof answerOf>[0]): boolean {
    const { clock, driver, directory, answer } = this.#parts;
    const fromMs = clock.nowMs();
    const { timeToAsk: own } = connection;
    if (!this.#ofAll.hasTime(fromMs) || !own.hasTime(fromMs)) return false;
    const chat = driver.chat();
    for (const part of answerOf(ask, { chat, directory, account: connection.account })) {
      answer(connection, part);
    }
    const spentMs = clock.nowMs() - fromMs;
    own.spend(spentMs);
    this.#ofAll.spend(Math.max(0, spentMs - askFreeMs));
    return true;
  }
}
