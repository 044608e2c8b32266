// Frames that cannot be decided yet wait here, in the order in which they came: everything behind a
// held frame of its connection waits too, and nothing more is read from it meanwhile. Questions are
// given up after a while; requests wait as long as their client does.

import { frameAfterResumePayloadBytesMax, holdRetryMs, queryHoldMs } from "../base/limits.ts";
import type { Clock } from "../ports.ts";
import { opcodeOf } from "../wire/codec.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Intake } from "./intake.ts";

const helloOpcode = opcodeOf("hello");
const resumeOpcode = opcodeOf("resume");

export class Holding {
  readonly #clock: Clock;
  readonly #connections = new Set<ClientConnection>();
  #intake: Intake | null = null;
  #isRetryDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  attach(intake: Intake): void {
    this.#intake = intake;
  }

  hold(connection: ClientConnection, opcode: number, payload: string): void {
    if (connection.ended) return;
    if (connection.held.length === 0) {
      connection.link.pause();
      this.#connections.add(connection);
      this.#dueRetry();
    }
    connection.held.push({ opcode, payload, cameAtMs: this.#clock.nowMs() });
    if (opcode !== resumeOpcode || connection.trusted) return;
    // As when it had been decided: the session's unanswered sends come right behind.
    connection.reader.setPayloadBytesMax(frameAfterResumePayloadBytesMax);
  }

  retry(): void {
    const intake = this.#intake;
    if (intake === null || this.#connections.size === 0) return;
    const lateMs = this.#clock.nowMs() - queryHoldMs;
    const areHellosPutOff = intake.putsOffHellos();
    for (const connection of [...this.#connections]) {
      if (areHellosPutOff && isGreeting(connection, lateMs)) continue;
      this.#retry(intake, connection, lateMs);
    }
  }

  forget(connection: ClientConnection): void {
    this.#connections.delete(connection);
  }

  #retry(intake: Intake, connection: ClientConnection, lateMs: number): void {
    const { held } = connection;
    let done = 0;
    for (const frame of held) {
      if (connection.ended) return;
      if (!intake.takeHeld(connection, frame)) {
        if (frame.cameAtMs > lateMs || !intake.giveUp(connection, frame)) break;
      }
      done += 1;
    }
    if (connection.ended) return;
    connection.held = held.slice(done);
    if (connection.held.length > 0) return;
    this.#connections.delete(connection);
    connection.link.resume();
  }

  #dueRetry(): void {
    if (this.#isRetryDue) return;
    this.#isRetryDue = true;
    this.#clock.after(holdRetryMs, () => {
      this.#isRetryDue = false;
      this.retry();
      if (this.#connections.size > 0) this.#dueRetry();
    });
  }
}

/** It has said hello, and waits for who is to serve; not for too long yet. */
function isGreeting({ held }: ClientConnection, lateMs: number): boolean {
  const first = held[0];
  return first?.opcode === helloOpcode && first.cameAtMs > lateMs;
}
