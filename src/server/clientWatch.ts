// What is due by time on the clients' side: connections that say nothing, and (sessionSweep.ts)
// sessions whose last connection is long gone. Nothing is judged before waiting input has been
// read.

import { unreachable } from "../base/assert.ts";
import { frameTimeoutMs } from "../base/doubtLimits.ts";
import {
  connectionSilenceMs,
  connectionSweepMs,
  helloTimeoutMs,
  loggedOutIdleMs,
} from "../base/limits.ts";
import type { Clock } from "../ports.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { SessionSweep } from "./sessionSweep.ts";
import type { Driver } from "./wiring.ts";

export interface ClientWatchParts {
  readonly clock: Clock;
  readonly driver: Driver;
  readonly directory: Directory;
  dismiss(connection: ClientConnection, why: Message | null): void;
}

type Lapse = "no-hello" | "half-frame" | "silent" | "idle";

export class ClientWatch {
  readonly #parts: ClientWatchParts;
  readonly sessions: SessionSweep;
  #isStopped = false;

  constructor(parts: ClientWatchParts) {
    this.#parts = parts;
    this.sessions = new SessionSweep(parts);
  }

  start(): void {
    const { clock } = this.#parts;
    clock.after(connectionSweepMs, () => {
      if (this.#isStopped) return;
      clock.soon(() => clock.soon(() => this.#sweep()));
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.sessions.stop();
  }

  #sweep(): void {
    if (this.#isStopped) return;
    const nowMs = this.#parts.clock.nowMs();
    for (const connection of [...this.#parts.directory.all()]) {
      connection.look(nowMs);
      const lapse = lapseOf(connection, nowMs);
      if (lapse !== null) this.#parts.dismiss(connection, words(lapse));
    }
    this.sessions.look(nowMs);
    this.start();
  }
}

function lapseOf(connection: ClientConnection, nowMs: number): Lapse | null {
  const { client, account, startedAtMs, heardAtMs, busyAtMs, held, outstanding } = connection;
  if (client === null) return nowMs - startedAtMs > helloTimeoutMs ? "no-hello" : null;
  // Nothing is read from a connection whose frames are held.
  if (held.length > 0) return null;
  if (nowMs - connection.halfFrameSinceMs > frameTimeoutMs) return "half-frame";
  if (outstanding > 0) return null;
  if (nowMs - heardAtMs > connectionSilenceMs) return "silent";
  return account === null && nowMs - busyAtMs > loggedOutIdleMs ? "idle" : null;
}

/** Null where the client will be back unseen when it has something to say. */
function words(lapse: Lapse): Message | null {
  switch (lapse) {
    case "no-hello":
      return error("too-slow", `No hello came within ${helloTimeoutMs / 1_000} seconds.`);
    case "half-frame":
      return error("too-slow", `A frame took longer than ${frameTimeoutMs / 1_000} seconds.`);
    case "silent":
      return error("silent", `Nothing was heard for ${connectionSilenceMs / 1_000} seconds.`);
    case "idle":
      return null;
    default:
      return unreachable(lapse);
  }
}

function error(code: string, message: string): Message {
  return { type: "error", code, message };
}
