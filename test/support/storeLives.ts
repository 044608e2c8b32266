// Whole lives of a store: fixed or random steps, and at every disk operation the ends that the life
// could have had there, each recovered, cut short once more, continued and checked.

import { makePrng, type Prng } from "../../src/base/prng.ts";
import { makeSimClock } from "./simClock.ts";
import type { SimDisk } from "./simDisk.ts";
import * as bench from "./storeBench.ts";
import { closeModel, openModel, runStep, type Step } from "./storeModel.ts";
import { copyModel, makeStoreModel, type StoreModel } from "./storeModelCheck.ts";

/** A life of some steps with anything in it; images and cuts stay near the end. */
export function randomSteps(prng: Prng, count: number): Step[] {
  const steps: Step[] = [{ kind: "promise" }];
  while (steps.length < count) {
    const choice = prng.below(12);
    if (choice < 5) {
      const groups = Array.from({ length: 1 + prng.below(3) }, () => 1 + prng.below(9));
      steps.push({ kind: "append", groups });
    } else if (choice < 6) steps.push({ kind: "promise" });
    else if (choice < 8) steps.push({ kind: "image", back: prng.below(12) });
    else if (choice < 9) steps.push({ kind: "seal" });
    else if (choice < 11) steps.push({ kind: "cut", back: prng.below(20) });
    else steps.push({ kind: "install", ahead: prng.below(40) - 10 });
  }
  return steps;
}

export interface Ends {
  readonly seed: number;
  /** How many ends to try at each disk operation; a fraction is a chance. */
  readonly perChange: number;
}

interface End {
  readonly disk: SimDisk;
  readonly clock: bench.SimPlace["clock"];
  readonly model: StoreModel;
  readonly words: string;
}

/** Returns how many ends were tried; throws with the words of the one that broke a promise. */
export async function liveThrough(steps: readonly Step[], ends: Ends): Promise<number> {
  const prng = makePrng(ends.seed);
  const model = makeStoreModel();
  const at = bench.simPlace(ends.seed);
  const waiting: End[] = [];
  let count = 0;
  at.disk.onChange(() => {
    const whole = Math.floor(ends.perChange);
    const wanted = whole + (prng.chance(ends.perChange - whole) ? 1 : 0);
    for (let index = 0; index < wanted; index += 1) waiting.push(possibleEnd(model, at.disk, prng));
  });
  await openModel(model, at);
  for (const step of steps) {
    await runStep(model, step);
    for (const end of waiting.splice(0)) {
      count += 1;
      await survive(end, prng).catch((cause: unknown) => {
        throw new Error(`seed ${ends.seed}, end ${count}, ${step.kind}: ${end.words}`, { cause });
      });
    }
  }
  await closeModel(model);
  return count;
}

function possibleEnd(model: StoreModel, disk: SimDisk, prng: Prng): End {
  const clock = makeSimClock();
  const kind = prng.chance(0.6) ? "crash" : "kill";
  const words = `${kind} at disk operation ${disk.changeCount()}`;
  return { disk: disk.foreseen(kind, prng, clock), clock, model: copyModel(model), words };
}

/**
 * Recovers, by chance interrupted; what was found then counts as durable, so the power fails again.
 */
async function survive(end: End, prng: Prng): Promise<void> {
  const { model, clock } = end;
  let { disk } = end;
  disk.freezeAt(prng.below(12));
  await openModel(model, bench.simPlace(1, disk, clock));
  disk = prng.chance(0.7) ? disk.crash(prng, clock) : disk.kill(prng, clock);
  await openModel(model, bench.simPlace(1, disk, clock));
  await runStep(model, { kind: "promise" });
  await runStep(model, { kind: "append", groups: [3, 4] });
  await closeModel(model);
}
