// One account's drafts: numbered 1, 2, 3 …, no number used twice. A draft is known on every branch
// of the history by the request that wrote it last; so is what was sent of late, in case another
// branch sent it as well. It sends nothing and decides no refusals.

import { sentDraftsKept } from "../base/talkLimits.ts";
import { type Origin, originWord } from "./origin.ts";

export interface Draft {
  readonly number: number;
  /** The request that wrote it as it is now. */
  readonly writtenBy: Origin;
  /** The op of that: who sends it says which writing is meant. */
  readonly version: number;
  readonly atMs: number;
  /** A name, or a group's behind a #, as it was typed. */
  readonly to: string;
  readonly format: string;
  readonly body: string;
}

export class Drafts {
  /** The highest number ever given. */
  last = 0;
  readonly #byNumber = new Map<number, Draft>();
  /** By the writing that was sent, the request that sent it; the oldest first. */
  readonly #sent = new Map<string, Origin>();

  get count(): number {
    return this.#byNumber.size;
  }

  get(number: number): Draft | undefined {
    return this.#byNumber.get(number);
  }

  /** In place of the one with its number, or as the newest. */
  put(draft: Draft): void {
    this.last = Math.max(this.last, draft.number);
    this.#byNumber.set(draft.number, draft);
  }

  remove(number: number): boolean {
    return this.#byNumber.delete(number);
  }

  /** It is a message now: of one writing there is one. */
  noteSent(writing: Origin, sentBy: Origin): void {
    this.#sent.set(originWord(writing), sentBy);
    if (this.#sent.size <= sentDraftsKept) return;
    const oldest = this.#sent.keys().next().value;
    if (oldest !== undefined) this.#sent.delete(oldest);
  }

  sentBy(writing: Origin): Origin | undefined {
    return this.#sent.get(originWord(writing));
  }

  sent(): Iterable<readonly [writing: string, sentBy: Origin]> {
    return this.#sent;
  }

  writtenBy({ client, request }: Origin): Draft | undefined {
    for (const draft of this.#byNumber.values()) {
      if (draft.writtenBy.request === request && draft.writtenBy.client === client) return draft;
    }
    return undefined;
  }

  /** By number: numbers only rise, and an edited one keeps its place. */
  all(): Iterable<Draft> {
    return this.#byNumber.values();
  }
}
