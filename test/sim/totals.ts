// What many runs came to, in a few lines for people: how much was simulated, how fast, how many
// faults of each kind, and how much was confirmed and checked.

import type { Played } from "./play.ts";

export class Totals {
  readonly failedSeeds: number[] = [];
  twice = 0;
  #runs = 0;
  #simulatedMs = 0;
  #events = 0;
  #confirmed = 0;
  #views = 0;
  #unverified = 0;
  readonly #faults = new Map<string, number>();

  add(played: Played): void {
    this.#runs += 1;
    this.#simulatedMs += played.simulatedMs;
    this.#events += played.events;
    this.#confirmed += played.confirmed;
    this.#views += played.views;
    this.#unverified += played.wasUnverified ? 1 : 0;
    for (const [kind, count] of played.faults) {
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
    }
  }

  text(wallMs: number): string {
    const seconds = this.#simulatedMs / 1_000;
    const wall = wallMs / 1_000;
    const cpu = process.cpuUsage().user / 1_000_000;
    const faults = [...this.#faults.values()].reduce((sum, count) => sum + count, 0);
    const kinds = [...this.#faults].sort((one, other) => other[1] - one[1]);
    const whole = (value: number): string => Math.round(value).toLocaleString("en");
    return [
      `${whole(this.#runs)} runs (${this.twice} of them twice), ` +
        `${whole(this.#unverified)} with a fork possible`,
      `${(seconds / 3_600).toFixed(2)} hours simulated in ${wall.toFixed(1)} s: ` +
        `${whole(seconds / wall)} seconds a second (${whole(seconds / cpu)} of CPU time), ` +
        `${whole(this.#events / seconds)} events a simulated second`,
      `${whole(this.#confirmed)} requests confirmed (${(this.#confirmed / seconds).toFixed(2)} a ` +
        `simulated second), ${whole(faults)} faults (${(faults / seconds).toFixed(3)}), ` +
        `${whole(this.#views)} views`,
      kinds.map(([kind, count]) => `${kind} ${whole(count)}`).join(", "),
      `${this.failedSeeds.length} failed`,
    ].join("\n");
  }
}
