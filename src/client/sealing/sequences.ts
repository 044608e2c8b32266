// What comes when: each client numbers what it seals for one reader, from 1. PURE. The numbers of
// what is shown as it comes must rise by one; those of a history must rise. What is out of order
// says that a server replays, reorders or withholds.

import { foldName } from "../../base/text.ts";
import { sequencesKeptMax, sequencesStoredMax } from "../../base/trustLimits.ts";

/** Of one client, by the tag of the reader. */
export class SentSequences {
  readonly #last: Map<string, number>;
  /** Below what is under way still. */
  readonly #refused = new Set<string>();

  constructor(last: ReadonlyMap<string, number> = new Map()) {
    this.#last = new Map(last);
  }

  next(tag: string): number {
    const sequence = (this.#last.get(tag) ?? 0) + 1;
    this.#last.set(tag, sequence);
    return sequence;
  }

  /** It was refused: nobody has it, and if it was the newest its number is free again. */
  giveBack(tag: string, sequence: number): void {
    if (this.#refused.size >= sequencesKeptMax) this.#refused.clear();
    this.#refused.add(`${tag} ${sequence}`);
    let last = this.#last.get(tag) ?? 0;
    while (this.#refused.delete(`${tag} ${last}`)) last -= 1;
    this.#last.set(tag, last);
  }

  last(): ReadonlyMap<string, number> {
    return this.#last;
  }
}

/** again: it was shown here before the client was started. */
export type Order = "next" | "gap" | "stale" | "again";

/** What is numbered together: by one client of the writer's, for one reader. */
export interface Numbered {
  readonly writer: string;
  readonly client: string;
  readonly tag: string;
}

/** As messages come, one by one. */
export class LiveOrder {
  readonly #last = new Map<string, number>();
  readonly #before: ReadonlyMap<string, number>;
  /** Of writers who were blocked here: what has come from them since, by place. */
  readonly #unblocked = new Map<string, Set<string>>();

  /** `before`: what `newest` gave in an earlier life. */
  constructor(before: ReadonlyMap<string, number> = new Map()) {
    this.#before = before;
  }

  /** What the writer has sent meanwhile was kept back by the reader's own wish. */
  unblocked(writer: string): void {
    this.#unblocked.set(foldName(writer), new Set());
  }

  judge(place: Numbered, sequence: number): Order {
    const key = `${place.client} ${place.tag}`;
    const last = this.#last.get(key);
    if (last !== undefined && sequence <= last) return "stale";
    if (last === undefined && sequence <= (this.#before.get(key) ?? 0)) return "again";
    // Where this one began to listen nothing is known of what was before.
    this.#last.delete(key);
    this.#last.set(key, sequence);
    if (this.#last.size > sequencesKeptMax) {
      const oldest = this.#last.keys().next().value;
      if (oldest !== undefined) this.#last.delete(oldest);
    }
    const isFirst = this.#isFirstUnblocked(place.writer, key);
    return last === undefined || sequence === last + 1 || isFirst ? "next" : "gap";
  }

  #isFirstUnblocked(writer: string, key: string): boolean {
    const name = foldName(writer);
    const heard = this.#unblocked.get(name);
    if (heard === undefined || heard.has(key)) return false;
    heard.add(key);
    if (heard.size > sequencesKeptMax) this.#unblocked.delete(name);
    return true;
  }

  /** What is to be known after a restart, oldest first. */
  newest(): ReadonlyMap<string, number> {
    const all = [...this.#before].filter(([key]) => !this.#last.has(key));
    return new Map([...all, ...this.#last].slice(-sequencesStoredMax));
  }
}

/** As a history is read back, from the newest on. Messages may have been taken out of it. */
export class BackwardOrder {
  readonly #first = new Map<string, number>();

  judge(place: Numbered, sequence: number): Order {
    const key = `${place.client} ${place.tag}`;
    const first = this.#first.get(key);
    if (first !== undefined && sequence >= first) return "stale";
    this.#first.set(key, sequence);
    return "next";
  }
}
