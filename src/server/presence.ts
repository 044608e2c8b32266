// Tells who comes and goes to those who asked for it. What happens within a moment is told
// together, and who is back within it has not been away; right after this server took over, people
// come who were on all the time. Presence is no state: all of it may be lost with the process.

import { present } from "../base/assert.ts";
import type { AccountId } from "../base/ids.ts";
import {
  presenceAwayMs,
  presenceFoldMs,
  presenceNamesMax,
  presenceSettleMs,
} from "../base/talkLimits.ts";
import { foldName } from "../base/text.ts";
import type { Chat } from "../chat/contract.ts";
import type { Clock, Timer } from "../ports.ts";
import { notLoggedIn } from "../chat/refusals.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import type { Outgoing } from "./outgoing.ts";
import { queryRefused } from "./queries.ts";
import type { Driver } from "./wiring.ts";

export interface PresenceParts {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly outgoing: Outgoing;
}

interface Change {
  readonly account: AccountId;
  /** As they were then: the account may be gone since. */
  readonly name: string;
  readonly blocks: ReadonlySet<AccountId> | null;
  readonly sinceMs: number;
}

export class Presence {
  readonly #parts: PresenceParts;
  readonly #watchers = new Set<ClientConnection>();
  /** Who is on, as far as watchers know; kept while there are any. */
  #told = new Set<AccountId>();
  readonly #changes = new Map<AccountId, Change>();
  #driver: Driver | null = null;
  #settledAtMs = 0;
  #timer: Timer | null = null;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  attach(driver: Driver): void {
    this.#driver = driver;
  }

  becamePrimary(): void {
    this.#settledAtMs = this.#parts.clock.nowMs() + presenceSettleMs;
  }

  /** Returns the answer. */
  take(connection: ClientConnection, { query, on }: MessageOf<"watch">): Message {
    if (connection.account === null) return queryRefused(query, notLoggedIn);
    if (on) this.#watch(connection);
    else this.unwatch(connection);
    return { type: "pong", query };
  }

  #watch(connection: ClientConnection): void {
    if (this.#watchers.size === 0) this.#told = new Set(this.#parts.directory.accountsOn());
    this.#watchers.add(connection);
  }

  unwatch(connection: ClientConnection): void {
    if (!this.#watchers.delete(connection) || this.#watchers.size > 0) return;
    this.#told.clear();
    this.#changes.clear();
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Somebody is on who was not, or the other way round. */
  changed(account: AccountId): void {
    if (this.#watchers.size === 0) return;
    const { clock, directory } = this.#parts;
    const sinceMs = clock.nowMs();
    if (sinceMs < this.#settledAtMs && directory.isOn(account)) {
      this.#told.add(account);
      return;
    }
    const chat = this.#chat();
    const [name, blocks] = [chat.nameOf(account), chat.blocksOf(account)];
    this.#changes.set(account, { account, name, blocks, sinceMs });
    this.#plan();
  }

  #chat(): Chat {
    return present(this.#driver, "a driver is attached").chat();
  }

  #plan(): void {
    this.#timer ??= this.#parts.clock.after(presenceFoldMs, () => {
      this.#timer = null;
      this.#tell();
    });
  }

  #tell(): void {
    const { directory } = this.#parts;
    const joined: Change[] = [];
    const left: Change[] = [];
    const goneSinceMs = this.#goneSinceMs();
    const inOrder = [...this.#changes.values()].sort((one, other) => order(one.name, other.name));
    for (const change of inOrder) {
      const { account, sinceMs } = change;
      const isOn = directory.isOn(account);
      if (!isOn && this.#told.has(account) && sinceMs > goneSinceMs) continue;
      this.#changes.delete(account);
      if (isOn === this.#told.has(account)) continue;
      if (isOn) this.#told.add(account);
      else this.#told.delete(account);
      (isOn ? joined : left).push(change);
    }
    if (joined.length + left.length > 0) {
      for (const watcher of this.#watchers) this.#tellOne(watcher, joined, left);
    }
    if (this.#changes.size > 0) this.#plan();
  }

  /** Who has gone before is gone for good; with the first such one, those right behind him. */
  #goneSinceMs(): number {
    const { directory, clock } = this.#parts;
    const dueMs = clock.nowMs() - presenceAwayMs;
    for (const { account, sinceMs } of this.#changes.values()) {
      if (sinceMs <= dueMs && !directory.isOn(account)) return dueMs + presenceFoldMs;
    }
    return dueMs;
  }

  /** Of oneself nothing is told, nor of those whom one has blocked, or who have blocked one. */
  #tellOne(watcher: ClientConnection, joined: readonly Change[], left: readonly Change[]): void {
    const { account: self } = watcher;
    if (self === null) return;
    const chat = this.#chat();
    const isShown = ({ account, blocks }: Change): boolean => {
      if (account === self || chat.hasBlocked(self, account)) return false;
      return !chat.hasBlocked(account, self) && blocks?.has(self) !== true;
    };
    const on = joined.filter(isShown).map(({ name }) => name);
    const off = left.filter(isShown).map(({ name }) => name);
    if (on.length + off.length === 0) return;
    this.#parts.outgoing.send(watcher, {
      type: "presence",
      joined: on.slice(0, presenceNamesMax),
      joinedMore: Math.max(0, on.length - presenceNamesMax),
      left: off.slice(0, presenceNamesMax),
      leftMore: Math.max(0, off.length - presenceNamesMax),
    });
  }
}

function order(one: string, other: string): number {
  return foldName(one) < foldName(other) ? -1 : 1;
}
