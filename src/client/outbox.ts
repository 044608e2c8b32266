// Messages that were not confirmed when their client had to go: kept on this machine, listed at the
// next login of the same user, and sent (under the numbers they had) or dropped when told to. What
// is not confirmed at once is kept, and so is all that follows it, so that no crash of this process
// loses it; what is confirmed at once touches no disk.

import { outboxNumbersLeftOut, outboxSoonMs } from "../base/limits.ts";
import type { Clock, Timer } from "../ports.ts";
import type { ChatClient } from "./api.ts";
import type { Kept, KeptMessage } from "./kept.ts";
import type { SealedKept } from "./sealing/keptSealing.ts";
import type { Addressed } from "./sealing/outgoing.ts";
import type { Sealer } from "./sealing/sealer.ts";
import type { Outcome } from "./sessionTypes.ts";
import type { UnsentView } from "./views.ts";

/** Problems come back in words, null when there is none. */
export interface OutboxStore {
  /** Those that no living process is still trying to send. */
  load(): {
    readonly kept: readonly StoredOutbox[];
    readonly problem: string | null;
  };
  keep(outbox: StoredOutbox): string | null;
  drop(client: string): void;
}

export interface StoredOutbox extends Kept {
  readonly atMs: number;
  /** How many its client has sealed under each tag. */
  readonly sequences?: SealedKept["sequences"];
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
    const kept = this.#client.keep();
    const count = kept.messages.length;
    if (count === 0) {
      this.#dropOwn();
      return { count, problem: null };
    }
    const written = JSON.stringify(kept);
    if (written === this.#written) return { count, problem: null };
    const atMs = this.#clock.wallUs() / 1_000;
    const sequences = [...this.#sealer.sequences];
    const problem = this.#store.keep({ ...kept, atMs, ...(sequences.length > 0 && { sequences }) });
    if (problem === null) this.#written = written;
    return { count, problem };
  }

  /** What others before this process have left of this user's, and what cannot be read. */
  left(user: string): { readonly unsent: readonly UnsentView[]; readonly problem: string | null } {
    const { kept, problem } = this.#load(user);
    const unsent = kept.flatMap((one) => one.messages.map((it) => this.#unsentView(one, it)));
    return { unsent, problem };
  }

  /** What this process itself is trying to send is on its way, and was left by nobody. */
  #load(user: string): ReturnType<OutboxStore["load"]> {
    const { kept, problem } = this.#store.load();
    const { client } = this.#client.view();
    return { kept: kept.filter((one) => isOf(one, user) && one.client !== client), problem };
  }

  /**
   * Sends all that were left, and tells of each; resolves when each is decided, to why something
   * could not even be tried, or to null.
   */
  async send(
    user: string,
    told: (unsent: UnsentView, outcome: Outcome) => void,
  ): Promise<string | null> {
    for (const kept of this.#load(user).kept) {
      // Whoever kept it may have used some numbers more, and so may whoever tries next.
      const outbox = { ...kept, lastRequest: kept.lastRequest + outboxNumbersLeftOut };
      const problem = this.#store.keep(outbox);
      if (problem !== null) return problem;
      const failed = await this.#sendOne(outbox, told);
      if (failed !== null) return failed;
    }
    return null;
  }

  async #sendOne(
    outbox: StoredOutbox,
    told: (unsent: UnsentView, outcome: Outcome) => void,
  ): Promise<string | null> {
    const sealed = await this.#sealer.sealKept(outbox);
    if ("code" in sealed) return sealed.message;
    const { ready, refused, sequences } = sealed;
    let left = [...refused.map(({ message }) => message), ...ready];
    const stored = (): StoredOutbox => {
      return { ...outbox, messages: left, ...(sequences.length > 0 && { sequences }) };
    };
    const keep = (): string | null => this.#store.keep(stored());
    const settle = (message: KeptMessage, outcome: Outcome): void => {
      told(this.#unsentView(outbox, message), outcome);
      // Not sent, and it may be one day: it stays for the next time.
      if (!outcome.ok && notYet.has(outcome.code)) return;
      left = left.filter((one) => one.request !== message.request);
      if (left.length === 0) this.#store.drop(outbox.client);
      else keep();
    };
    const problem = keep();
    if (problem !== null) return problem;
    for (const { message, why } of refused) settle(message, { ok: false, request: 0, ...why });
    const again: Promise<void>[] = [];
    await this.#client.sendKept({ ...outbox, messages: ready }, (request, outcome) => {
      const message = ready.find((one) => one.request === request);
      if (message === undefined) return;
      if (outcome.ok || outcome.code !== "stale-keys") return settle(message, outcome);
      again.push(this.#sendAnew(outbox, message).then((other) => settle(message, other)));
    });
    await Promise.all(again);
    return null;
  }

  /** Its reader has other keys by now: sealed for them it is a new message. */
  #sendAnew(outbox: StoredOutbox, message: KeptMessage): Promise<Outcome> {
    const { format: _format, body: _body, ...addressed } = message.draft;
    const text = this.#sealer.textOfKept(outbox, message);
    // Taking two fields out of either kind leaves the other fields of that kind.
    return new Promise((resolve) => this.#sealer.send(addressed as Addressed, text, resolve));
  }

  #unsentView(outbox: StoredOutbox, message: KeptMessage): UnsentView {
    const { atMs } = outbox;
    const { to } = message.draft;
    return { to, text: this.#sealer.textOfKept(outbox, message), atMs };
  }

  drop(user: string): number {
    const dropped = this.#load(user).kept;
    for (const { client } of dropped) this.#store.drop(client);
    return dropped.reduce((sum, { messages }) => sum + messages.length, 0);
  }

  #dropOwn(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#written === "") return;
    this.#written = "";
    this.#store.drop(this.#client.view().client);
  }
}

/** Where nothing is kept. */
export function noOutbox(): OutboxStore {
  return {
    load: () => ({ kept: [], problem: null }),
    keep: () => "There is no place for it.",
    drop: () => undefined,
  };
}

function isOf(outbox: StoredOutbox, user: string): boolean {
  return outbox.user.toLowerCase() === user.toLowerCase();
}

/** Refused for now: our session has ended, or with the reader's keys something is wrong. */
const notYet: ReadonlySet<string> = new Set([
  "not-logged-in",
  "stopped",
  "keys-gone",
  "key-changed",
  "key-of-another",
  "bad-keys",
  "other-group",
]);

/** At a login; empty when nothing was left. */
export function offerOf(count: number): string {
  if (count === 0) return "";
  const were = count === 1 ? "was" : "were";
  return `${messages(count)} of yours ${were} never confirmed: outbox shows, outbox send sends.`;
}

export function messages(count: number): string {
  return `${count} message${count === 1 ? "" : "s"}`;
}
