// Which messages are meant: the small number beside a message is its position in one's own mailbox,
// the whole id ("client-request") is what --json shows. Ids shown here are known; others are looked
// for in the mailbox, newest first.

import { idPagesMax, itemsPerPage, shownRememberedMax } from "../base/limits.ts";
import type { ChatClient } from "./api.ts";
import { replyOf, type Why } from "./answers.ts";

export class LetterIds {
  readonly #seqs = new Map<string, number>();
  /** Numbers through here were shown beside messages that have others now; 0 for none. */
  #formerThrough = 0;
  #highest = 0;

  note(id: string, seq: number): void {
    this.#seqs.set(id, seq);
    this.#highest = Math.max(this.#highest, seq);
    if (this.#seqs.size <= shownRememberedMax) return;
    const oldest = this.#seqs.keys().next().value;
    if (oldest !== undefined) this.#seqs.delete(oldest);
  }

  /** Numbers, newest first. */
  newest(): readonly string[] {
    return [...new Set(this.#seqs.values())].sort((a, b) => b - a).map(String);
  }

  /** Somebody else's mailbox, maybe: what stands beside its messages comes with them. */
  forget(): void {
    this.#seqs.clear();
    this.#formerThrough = 0;
    this.#highest = 0;
  }

  /** Positions mean other messages from now on; a number means something once it is shown anew. */
  renumber(): void {
    this.#formerThrough = this.#highest;
    this.#seqs.clear();
  }

  /** The positions of these words, or why there are none. */
  async resolve(client: ChatClient, words: readonly string[]): Promise<readonly number[] | Why> {
    const seqs: number[] = [];
    for (const word of words) {
      const seq = await this.#resolveOne(client, word);
      if (typeof seq !== "number") return seq;
      if (!seqs.includes(seq)) seqs.push(seq);
    }
    return seqs;
  }

  #isFormer(seq: number): boolean {
    return seq <= this.#formerThrough && ![...this.#seqs.values()].includes(seq);
  }

  async #resolveOne(client: ChatClient, word: string): Promise<number | Why> {
    const id = word.toLowerCase();
    if (numberForm.test(id)) return this.#isFormer(Number(id)) ? numbersChanged : Number(id);
    if (!idForm.test(id)) return badId;
    const known = this.#seqs.get(id);
    if (known !== undefined) return known;
    let before = 0;
    for (let page = 0; page < idPagesMax; page += 1) {
      const ask = { type: "history", with: "", before, count: itemsPerPage } as const;
      const outcome = await client.query(ask);
      const end = replyOf(outcome, "historyEnd");
      if (!outcome.ok) return outcome;
      for (const part of outcome.replies) {
        if (part.type === "entry" && `${part.client}-${part.request}` === id) return part.seq;
      }
      before = end?.before ?? 0;
      if (before === 0) break;
    }
    return notThere;
  }
}

const numbersChanged: Why = {
  code: "numbers-changed",
  message:
    "The servers had been apart, and your messages have other numbers now. " +
    "Look with inbox or history, and say it again.",
};
const numberForm = /^[1-9][0-9]{0,14}$/;
const idForm = /^[0-9a-f]{32}-[1-9][0-9]{0,14}$/;

const badId: Why = {
  code: "bad-id",
  message: "A message is named by the number beside it, such as 17, or by its whole id.",
};
const notThere: Why = {
  code: "not-yours",
  message: "There is no message of that id in your mailbox.",
};
