// Random trouble for a stage, from a seed: servers are killed (-9 and Ctrl+C), stopped, resumed and
// started. One server that has everything stays alive and awake at any time: up to date is a member
// of the newest view, awake for a while. The draws follow from the seed; the servers' pace does
// not.

import type { Prng } from "../../src/base/prng.ts";
import type { Stage } from "../../src/demo/stage.ts";

export interface StormOptions {
  readonly stage: Stage;
  readonly prng: Prng;
  readonly clock: { nowMs(): number };
  readonly say: (line: string) => void;
}

type Act = "kill" | "interrupt" | "pause" | "resume" | "start";

/** Each as often as it is to be tried first. */
const acts: readonly Act[] = ["kill", "kill", "kill", "interrupt", "pause", "resume", "start"];

/** Longer than what a stopped member takes to hear that the others went on without it. */
const awakeMs = 1_000;
const actMs = { quickMax: 50, usualMin: 150, usualMax: 900 } as const;
const quickShare = 0.3;
/** How often a server may be killed that does not serve yet. */
const immatureShare = 0.2;
/** Below the ten seconds after which servers go on unverified. */
const pauseMsMax = 3_000;

export class Storm {
  readonly #options: StormOptions;

  constructor(options: StormOptions) {
    this.#options = options;
  }

  async rage(durationMs: number): Promise<void> {
    const { stage, clock, prng } = this.#options;
    const endMs = clock.nowMs() + durationMs;
    while (clock.nowMs() < endMs) {
      const isQuick = prng.chance(quickShare);
      const { quickMax, usualMin, usualMax } = actMs;
      const delayMs = isQuick ? prng.below(quickMax) : usualMin + prng.below(usualMax - usualMin);
      await stage.wait(delayMs);
      this.#act();
    }
    for (const id of stage.resumeAll()) this.#options.say(`resume ${id}`);
  }

  #act(): void {
    const { stage, prng, clock } = this.#options;
    const overdue = stage.cluster.all().find(({ condition, sinceMs }) => {
      return condition === "paused" && clock.nowMs() - sinceMs > pauseMsMax;
    });
    const isCruel = prng.chance(immatureShare);
    const first = prng.below(stage.hosts.length);
    const wishes = shuffled(prng, acts);
    if (overdue !== undefined) return this.#do("resume", overdue.id);
    for (const act of wishes) {
      for (let step = 0; step < stage.hosts.length; step += 1) {
        const id = (first + step) % stage.hosts.length;
        if (this.#may(act, id, isCruel)) return this.#do(act, id);
      }
    }
  }

  #may(act: Act, id: number, isCruel: boolean): boolean {
    const { condition } = this.#options.stage.cluster.seen(id);
    switch (act) {
      case "start":
        return condition === "down";
      case "resume":
        return condition === "paused";
      case "pause":
        return condition === "serving" && this.#isSpared(id);
      case "kill":
      case "interrupt":
        if (condition === "down" || condition === "leaving") return false;
        return (condition === "serving" || isCruel) && this.#isSpared(id);
    }
  }

  /** Without this one there still is a server that has everything. */
  #isSpared(id: number): boolean {
    const { stage, clock } = this.#options;
    return stage.cluster
      .members()
      .some((member) => member.id !== id && clock.nowMs() - member.sinceMs > awakeMs);
  }

  #do(act: Act, id: number): void {
    const { stage, say } = this.#options;
    say(`${act} ${id}`);
    switch (act) {
      case "kill":
        return void stage.cluster.kill(id, "SIGKILL");
      case "interrupt":
        return void stage.cluster.kill(id, "SIGINT");
      case "pause":
        return stage.pause(id);
      case "resume":
        return stage.resume(id);
      case "start":
        return stage.cluster.start(id);
    }
  }
}

function shuffled<T>(prng: Prng, items: readonly T[]): readonly T[] {
  const left = [...items];
  return items.map(() => left.splice(prng.below(left.length), 1)[0] as T);
}
