// Ends sessions whose last connection is long gone, and lets client records go that are past their
// keeping. Absence is counted afresh by each primary, so a takeover ends no session early. A round
// looks at all clients, a stretch in a turn, and is over when nothing is due any more: whoever
// makes more of them makes more rounds of work, not a backlog.

import { sessionSweepGapMs, sessionsLookedMax } from "../base/doubtLimits.ts";
import type { AccountId, ClientId } from "../base/ids.ts";
import { serverClientId } from "../base/ids.ts";
import { expiriesPerOpMax, sessionIdleMs, sessionSweepMs } from "../base/limits.ts";
import type { Clock } from "../ports.ts";
import { encodePayload, opcodeOf } from "../wire/codec.ts";
import type { Message } from "../wire/messages.ts";
import type { Directory } from "./directory.ts";
import type { Driver } from "./wiring.ts";

export interface SessionSweepParts {
  readonly clock: Clock;
  readonly driver: Driver;
  readonly directory: Directory;
}

type Round = Iterator<readonly [ClientId, AccountId | null]>;

export class SessionSweep {
  readonly #parts: SessionSweepParts;
  /** Sessions without a connection here, with the time since when. */
  readonly #absent = new Map<ClientId, number>();
  #round: Round | null = null;
  #begunAtMs = 0;
  /** What is past its keeping stays so until this op has been applied. */
  #expiredThrough = 0;

  constructor(parts: SessionSweepParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#round = null;
  }

  becamePrimary(): void {
    this.#absent.clear();
    this.#round = null;
    this.#begunAtMs = this.#parts.clock.nowMs();
  }

  /** The connection of a session has gone. */
  departed(client: ClientId): void {
    this.#absent.set(client, this.#parts.clock.nowMs());
  }

  /** The session itself is over. */
  ended(client: ClientId): void {
    this.#absent.delete(client);
  }

  /** Begins a round if one is due. Waiting input has been read. */
  look(nowMs: number): void {
    if (this.#round !== null || nowMs - this.#begunAtMs < sessionSweepMs) return;
    this.#begunAtMs = nowMs;
    this.#expiredThrough = 0;
    this.#round = this.#parts.driver.chat().recorded()[Symbol.iterator]();
    this.#goOn(this.#round);
  }

  #goOn(round: Round): void {
    if (this.#round !== round) return;
    const { clock, driver } = this.#parts;
    if (!driver.canWrite() || !driver.canRead()) return this.stop();
    const isLookedThrough = this.#endLapsed(round);
    const isNonePast = this.#expire();
    if (isLookedThrough && isNonePast) return this.stop();
    clock.after(sessionSweepGapMs, () => clock.soon(() => clock.soon(() => this.#goOn(round))));
  }

  /** True when all have been looked at. */
  #endLapsed(round: Round): boolean {
    const nowMs = this.#parts.clock.nowMs();
    const clients: ClientId[] = [];
    let isOver = false;
    for (let looked = 0; looked < sessionsLookedMax; looked += 1) {
      const next = round.next();
      isOver = next.done === true;
      if (next.done === true) break;
      const [client, account] = next.value;
      if (account !== null && this.#hasLapsed(client, account, nowMs)) clients.push(client);
      if (clients.length >= expiriesPerOpMax) break;
    }
    if (clients.length > 0) this.#submit({ type: "endSessions", clients });
    return isOver;
  }

  #hasLapsed(client: ClientId, account: AccountId, nowMs: number): boolean {
    if (this.#parts.directory.inChargeOf(client)?.account === account) {
      this.#absent.delete(client);
      return false;
    }
    const sinceMs = this.#absent.get(client);
    if (sinceMs === undefined) this.#absent.set(client, nowMs);
    if (sinceMs === undefined || nowMs - sinceMs < sessionIdleMs) return false;
    return this.#absent.delete(client);
  }

  /** True when no record is past its keeping. */
  #expire(): boolean {
    const { driver } = this.#parts;
    const chat = driver.chat();
    if (chat.op < this.#expiredThrough) return false;
    const clients = chat.clientsPastKeeping(expiriesPerOpMax);
    if (clients.length === 0) return true;
    this.#submit({ type: "expireClients", clients });
    this.#expiredThrough = driver.logEnd();
    return false;
  }

  #submit(message: Message): void {
    const opcode = opcodeOf(message.type);
    const payload = encodePayload(message);
    this.#parts.driver.submit({ client: serverClientId, opcode, payload });
  }
}
