// Messages that were not confirmed when their client had to go: kept on this machine, listed at the
// next login of the same user, and sent (under the numbers they had) or dropped when told to. What
// is not confirmed at once is kept, and so is all that follows it, so that no crash of this process
// loses it; what is confirmed at once touches no disk.

import { outboxSoonMs } from "../base/limits.ts";
import type { Clock, Timer } from "../ports.ts";
import type { ChatClient } from "./api.ts";
import type { KeptMessage, StoredOutbox } from "./kept.ts";
import { type KeptNews, type KeptPlace, KeptSending } from "./keptSending.ts";
import type { Sealer } from "./sealing/sealer.ts";
import type { UnsentView } from "./views.ts";

/** Problems come back in words, null when there is none. */
export interface OutboxStore extends KeptPlace {
  /** Those that no living process is still trying to send. */
  load(): {
    readonly kept: readonly StoredOutbox[];
    readonly problem: string | null;
  };
  /** It is this process's from now on, as it is by now; null when it is gone, or another's. */
  claim(client: string): {
    readonly outbox: StoredOutbox | null;
    readonly problem: string | null;
  };
}

export class Outbox {
  readonly #client: ChatClient;
  readonly #clock: Clock;
  readonly #store: OutboxStore;
  readonly #sealer: Sealer;
  /** What is kept of this process, as it was written. */
  #written = "";
  #timer: Timer | null = null;
  #hasLeft = false;
  #hasComplained = false;

  constructor(parts: {
    readonly client: ChatClient;
    readonly clock: Clock;
    readonly store: OutboxStore;
    readonly sealer: Sealer;
  }) {
    this.#client = parts.client;
    this.#clock = parts.clock;
    this.#store = parts.store;
    this.#sealer = parts.sealer;
  }

  /** To be called when messages are handed over or confirmed: keeps, or drops what was kept. */
  update(): void {
    if (this.#hasLeft) return;
    if (this.#client.view().unsent === 0) return this.#dropOwn();
    if (this.#written !== "") this.#keep();
    else this.#timer ??= this.#clock.after(outboxSoonMs, () => this.#keepLate());
  }

  #keepLate(): void {
    this.#timer = null;
    if (!this.#hasLeft) this.#keep();
  }

  /** Keeps for good: how many, or why they cannot be. */
  leave(): { readonly count: number; readonly problem: string | null } {
    this.#hasLeft = true;
    this.#timer?.cancel();
    return this.#keep();
  }

  #keep(): { readonly count: number; readonly problem: string | null } {
    const kept = this.#sealer.keep(this.#client.keep());
    const count = kept.messages.length;
    if (count === 0) {
      this.#dropOwn();
      return { count, problem: null };
    }
    const written = JSON.stringify(kept);
    if (written === this.#written) return { count, problem: null };
    const atMs = this.#clock.wallUs() / 1_000;
    const problem = this.#store.keep({ ...kept, atMs });
    if (problem === null) this.#written = written;
    return { count, problem };
  }

  /** What others before this process have left of this user's, and what cannot be read. */
  left(user: string): { readonly unsent: readonly UnsentView[]; readonly problem: string | null } {
    const { kept, problem } = this.#load(user);
    const unsent = kept.flatMap((one) => one.messages.map((it) => this.#unsentView(one, it)));
    return { unsent, problem };
  }

  /**
   * In the order in which it was written. What this process itself is trying to send is on its way,
   * and was left by nobody.
   */
  #load(user: string): ReturnType<OutboxStore["load"]> {
    const { kept, problem } = this.#store.load();
    const { client } = this.#client.view();
    const left = kept.filter((one) => isOf(one, user) && one.client !== client);
    return { kept: left.sort(byTime), problem };
  }

  /**
   * Sends all that were left, and tells of each; resolves when no more can be done now, to what is
   * wrong with this machine, or to null.
   */
  async send(
    user: string,
    told: (unsent: UnsentView, news: KeptNews) => void,
  ): Promise<string | null> {
    const parts = { client: this.#client, store: this.#store, sealer: this.#sealer, told };
    for (const { client } of this.#load(user).kept) {
      // Another terminal may have sent it, or taken it, since.
      const { outbox, problem: unclaimed } = this.#store.claim(client);
      if (unclaimed !== null) return unclaimed;
      if (outbox === null) continue;
      const { goesOn, problem } = await new KeptSending(outbox, parts).run();
      if (!goesOn) return problem;
    }
    return null;
  }

  #unsentView(outbox: StoredOutbox, message: KeptMessage): UnsentView {
    const { text } = this.#sealer.openKept(outbox, message);
    return { to: message.draft.to, text, atMs: outbox.atMs };
  }

  /** How many are gone, and why others cannot be dropped. */
  drop(user: string): { readonly count: number; readonly problem: string | null } {
    let count = 0;
    let problem: string | null = null;
    for (const { client, messages } of this.#load(user).kept) {
      const failed = this.#store.drop(client);
      if (failed === null) count += messages.length;
      else problem = failed;
    }
    return { count, problem };
  }

  #dropOwn(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#written === "") return;
    const problem = this.#store.drop(this.#client.view().client);
    if (problem === null) this.#written = "";
    // It is tried again at the next occasion.
    else if (!this.#hasComplained) this.#complain(problem);
  }

  #complain(problem: string): void {
    this.#hasComplained = true;
    const message = `${problem} What is confirmed by now may be offered at your next login again.`;
    this.#client.tell("outbox-not-dropped", message);
  }
}

/** Where nothing is kept. */
export function noOutbox(): OutboxStore {
  return {
    load: () => ({ kept: [], problem: null }),
    keep: () => "There is no place for it.",
    drop: () => null,
    claim: () => ({ outbox: null, problem: null }),
  };
}

function byTime(one: StoredOutbox, other: StoredOutbox): number {
  return one.atMs - other.atMs || (one.client < other.client ? -1 : 1);
}

function isOf(outbox: StoredOutbox, user: string): boolean {
  return outbox.user.toLowerCase() === user.toLowerCase();
}

/** At a login; empty when nothing was left. */
export function offerOf(count: number): string {
  if (count === 0) return "";
  const were = count === 1 ? "was" : "were";
  return `${messages(count)} of yours ${were} never confirmed: outbox shows, outbox send sends.`;
}

export function messages(count: number): string {
  return `${count} message${count === 1 ? "" : "s"}`;
}
