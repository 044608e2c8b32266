// What is due by time on the clients' side: connections that say nothing, sessions whose last
// connection is long gone, client records past their keeping. Absence is counted afresh by each
// primary, so a takeover ends no session early. Nothing is judged before waiting input has been
// read.

import { unreachable } from "../base/assert.ts";
import type { ClientId } from "../base/ids.ts";
import { serverClientId } from "../base/ids.ts";
import { frameTimeoutMs } from "../base/doubtLimits.ts";
import {
  connectionSilenceMs,
  connectionSweepMs,
  expiriesPerOpMax,
  helloTimeoutMs,
  loggedOutIdleMs,
  sessionIdleMs,
  sessionSweepMs,
} from "../base/limits.ts";
import type { Clock } from "../ports.ts";
import { encodePayload, opcodeOf } from "../wire/codec.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
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
  /** Sessions without a connection here, with the time since when. */
  readonly #absent = new Map<ClientId, number>();
  #sessionsSweptAtMs = 0;
  #isStopped = false;

  constructor(parts: ClientWatchParts) {
    this.#parts = parts;
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
  }

  becamePrimary(): void {
    this.#absent.clear();
    this.#sessionsSweptAtMs = this.#parts.clock.nowMs();
  }

  /** The connection of a session has gone. */
  departed(client: ClientId): void {
    this.#absent.set(client, this.#parts.clock.nowMs());
  }

  #sweep(): void {
    if (this.#isStopped) return;
    const nowMs = this.#parts.clock.nowMs();
    for (const connection of [...this.#parts.directory.all()]) {
      connection.look(nowMs);
      const lapse = lapseOf(connection, nowMs);
      if (lapse !== null) this.#parts.dismiss(connection, words(lapse));
    }
    if (nowMs - this.#sessionsSweptAtMs >= sessionSweepMs) {
      this.#sessionsSweptAtMs = nowMs;
      this.#sweepSessions(nowMs);
    }
    this.start();
  }

  #sweepSessions(nowMs: number): void {
    const { driver, directory } = this.#parts;
    if (!driver.canWrite() || !driver.canRead()) return;
    const chat = driver.chat();
    const gone: ClientId[] = [];
    for (const [client, account] of chat.sessions()) {
      if (directory.inChargeOf(client)?.account === account) {
        this.#absent.delete(client);
        continue;
      }
      const sinceMs = this.#absent.get(client);
      if (sinceMs === undefined) this.#absent.set(client, nowMs);
      else if (nowMs - sinceMs >= sessionIdleMs && gone.length < expiriesPerOpMax) {
        gone.push(client);
        this.#absent.delete(client);
      }
    }
    if (gone.length > 0) this.#submit({ type: "endSessions", clients: gone });
    const past = chat.clientsPastKeeping(expiriesPerOpMax);
    if (past.length > 0) this.#submit({ type: "expireClients", clients: past });
  }

  #submit(message: Message): void {
    const opcode = opcodeOf(message.type);
    const payload = encodePayload(message);
    this.#parts.driver.submit({ client: serverClientId, opcode, payload });
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
