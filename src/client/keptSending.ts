// One outbox of those that were left, on its way: sealed, sent under the numbers that it was kept
// under, and kept anew after each answer, so that whatever ends this process loses nothing and
// doubles nothing. What has to be sealed anew has its new number in the same file before it goes.

import { outboxNumbersLeftOut } from "../base/limits.ts";
import { resealsMax } from "../base/trustLimits.ts";
import { isGroupAddress } from "../base/text.ts";
import { escapeText } from "../wire/fields.ts";
import type { ChatClient } from "./api.ts";
import type { KeptMessage, StoredOutbox } from "./kept.ts";
import { type Fate, fateOf, fateUnsealed } from "./keptFate.ts";
import type { Sealer } from "./sealing/sealer.ts";
import { SentSequences } from "./sealing/sequences.ts";
import type { UnsentView } from "./views.ts";

/** code and message: of the refusal. kept: it stays for the next time. */
export interface KeptNews {
  readonly fate: "sent" | "kept" | "unknown" | "refused";
  readonly code: string;
  readonly message: string;
}

/** Problems come back in words, null when there is none. */
export interface KeptPlace {
  keep(outbox: StoredOutbox): string | null;
  drop(client: string): string | null;
}

export interface KeptSendingParts {
  readonly client: ChatClient;
  readonly store: KeptPlace;
  readonly sealer: Sealer;
  readonly told: (unsent: UnsentView, news: KeptNews) => void;
}

export class KeptSending {
  readonly #parts: KeptSendingParts;
  /** As it is kept now. */
  #outbox: StoredOutbox;
  #sequences = new SentSequences();
  #resealsLeft = resealsMax;
  /** By their numbers, those of which it was told that they stay. */
  readonly #saidOf = new Set<number>();
  #problem: string | null = null;
  /** No more is tried: what cannot be done now will not be for the next one either. */
  #hasStopped = false;

  constructor(outbox: StoredOutbox, parts: KeptSendingParts) {
    this.#outbox = outbox;
    this.#parts = parts;
  }

  /** Resolves when nothing more can be done now. problem: with this machine, in words. */
  async run(): Promise<{ readonly goesOn: boolean; readonly problem: string | null }> {
    while ((await this.#attempt()) === "stale" && !this.#hasStopped) this.#resealsLeft -= 1;
    return { goesOn: !this.#hasStopped, problem: this.#problem };
  }

  /** stale: some are to be sealed anew. */
  async #attempt(): Promise<"done" | "stale"> {
    const { client, sealer } = this.#parts;
    // Whoever kept it may have used some numbers more, and so may whoever tries next.
    if (!this.#keep({ lastRequest: this.#outbox.lastRequest + outboxNumbersLeftOut }))
      return "done";
    const sealed = await sealer.sealKept(this.#outbox);
    if ("code" in sealed) {
      this.#stop(sealed.message);
      return "done";
    }
    const { ready, refused, sequences } = sealed;
    const byRequest = new Map(ready.map((one) => [one.request, one]));
    const messages = this.#outbox.messages.map((one) => byRequest.get(one.request) ?? one);
    this.#sequences = new SentSequences(new Map(sequences));
    if (!this.#keep({ messages })) return "done";
    for (const { message, why } of refused) this.#settle(message, fateUnsealed(why.code), why);
    // New numbers are beyond those that the sending itself takes.
    const { lastRequest } = this.#outbox;
    this.#outbox = { ...this.#outbox, lastRequest: lastRequest + outboxNumbersLeftOut };
    let end: "done" | "stale" = "done";
    await client.sendKept({ ...this.#outbox, lastRequest }, (request, outcome, said) => {
      const message = this.#outbox.messages.find((one) => one.request === request);
      if (message === undefined) return true;
      const decided = fateOf(message.draft.to, outcome, said);
      // Readers who change all the time have it another time.
      const fate = decided === "stale" && this.#resealsLeft === 0 ? "anew" : decided;
      if (fate === "stale") end = "stale";
      if (fate === "wait") this.#hasStopped = true;
      this.#settle(message, fate, outcome.ok ? unfitting : outcome);
      return !this.#hasStopped;
    });
    return end;
  }

  #settle(
    message: KeptMessage,
    fate: Fate,
    { code, message: words }: { readonly code: string; readonly message: string },
  ): void {
    const unsent = this.#parts.sealer.openKept(this.#outbox, message);
    const { atMs, messages } = this.#outbox;
    const tell = (news: KeptNews["fate"]): void => {
      const view = { to: message.draft.to, text: unsent.text, atMs };
      this.#parts.told(view, { fate: news, code, message: words });
    };
    switch (fate) {
      case "sent":
      case "unknown":
      case "refused":
        tell(fate);
        this.#keep({ messages: messages.filter((one) => one !== message) });
        return;
      case "anew":
        this.#saidOf.add(this.#renumber(message, unsent));
        return tell("kept");
      case "stale":
        return void this.#renumber(message, unsent);
      case "wait":
        if (!this.#saidOf.has(message.request)) tell("kept");
        this.#saidOf.add(message.request);
    }
  }

  /**
   * It was not done: to be sealed again under a number of its own, which is returned, and nobody
   * has the old one.
   */
  #renumber(message: KeptMessage, { text, numbered }: ReturnType<Sealer["openKept"]>): number {
    const { draft } = message;
    // What cannot be opened here cannot be sealed anew.
    if (draft.format === "s" && numbered === null) return message.request;
    if (numbered !== null) this.#sequences.giveBack(numbered.tag, numbered.sequence);
    const request = this.#outbox.lastRequest + 1;
    const unsealed = { ...draft, format: "u", body: escapeText(text) };
    // For whom it was sealed nothing but the tag says.
    const key = numbered === null || isGroupAddress(draft.to) ? {} : { key: numbered.tag };
    const next = draft.format === "s" ? { request, draft: unsealed, ...key } : { request, draft };
    const messages = this.#outbox.messages.map((one) => (one === message ? next : one));
    this.#keep({ messages, lastRequest: request });
    return request;
  }

  /** False when it cannot be: then nothing more goes out. */
  #keep(changes: Pick<Partial<StoredOutbox>, "messages" | "lastRequest">): boolean {
    const { store } = this.#parts;
    const sequences = [...this.#sequences.last()];
    this.#outbox = { ...this.#outbox, ...changes, ...(sequences.length > 0 && { sequences }) };
    const isOver = this.#outbox.messages.length === 0;
    const problem = isOver ? store.drop(this.#outbox.client) : store.keep(this.#outbox);
    if (problem !== null) this.#stop(problem);
    return problem === null;
  }

  #stop(problem: string): void {
    this.#problem = problem;
    this.#hasStopped = true;
  }
}

/** An answer, but not to this. */
const unfitting = {
  code: "outcome-unknown",
  message: "The server's answer is about something else.",
} as const;
