// The talkers and rovers of a run, if its seed has any (talkSeeds.ts): a few who know one another,
// talk in groups and keep drafts beside what everybody else does, and a few who do anything at all.

import type { Cluster } from "../support/cluster.ts";
import type { Keeping } from "./keeping.ts";
import { TalkBook } from "./talkBook.ts";
import { judgeTalk, judgeTalkLeniently } from "./talkJudge.ts";
import { Rover } from "./rover.ts";
import { type TalkEnd, Talker } from "./talker.ts";
import { roveFrom, sealFrom, talkFrom, talkTo } from "./talkSeeds.ts";

export class Circle {
  readonly #book = new TalkBook();
  readonly #cluster: Cluster;
  readonly #talkers: readonly Talker[];
  readonly #rovers: readonly Rover[];
  #ends: readonly TalkEnd[] = [];

  constructor(cluster: Cluster, run: { readonly seed: number; readonly isOver: () => boolean }) {
    const { seed, isOver } = run;
    this.#cluster = cluster;
    const count = seed >= talkFrom && seed <= talkTo ? 2 + (seed % 3) : 0;
    const names = namesOf("t", count);
    const seals = seed >= sealFrom;
    const world = { cluster, book: this.#book, names, seals, isOver };
    this.#talkers = names.map((name, index) => new Talker(world, name, seed * 100 + index));
    const rovers = seed >= roveFrom ? namesOf("r", count) : [];
    this.#rovers = rovers.map((name, index) => {
      return new Rover({ cluster, names: rovers, isOver }, name, seed * 100 + 50 + index);
    });
  }

  start(): void {
    for (const one of [...this.#talkers, ...this.#rovers]) one.start();
  }

  isIdle(): boolean {
    return [...this.#talkers, ...this.#rovers].every((one) => one.isIdle());
  }

  /** Everybody reads all there is, at a new terminal. */
  async audit(limitMs: number): Promise<void> {
    const ends: TalkEnd[] = [];
    for (const talker of this.#talkers) void talker.audit().then((end) => ends.push(end));
    const isDone = (): boolean => ends.length === this.#talkers.length;
    await this.#cluster.until(isDone, "the talkers to log in and read", limitMs);
    this.#ends = ends;
  }

  /** isWhole: nothing that was confirmed can have been lost with a disk. */
  judge(keeping: Keeping, how: { readonly isStrict: boolean; readonly isWhole: boolean }): void {
    const kept = { book: this.#book, ends: this.#ends, keeping };
    if (how.isStrict) judgeTalk(kept);
    else if (how.isWhole) judgeTalkLeniently(kept);
  }
}

function namesOf(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index}`);
}
