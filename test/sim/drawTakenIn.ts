// Seeds in which servers die while one is being taken in: it dies and comes back, and right behind
// one of the steps by which it becomes a member again it dies once more, and another one with it.
// Whoever stays was a member all the time, so that he has all that was confirmed.

import { makePrng, type Prng } from "../../src/base/prng.ts";
import { cueWaitMs } from "./cues.ts";
import { shuffled } from "./drawTrouble.ts";
import { endOfFaults } from "./faultTimes.ts";
import type { Fault, Plan } from "./plan.ts";
import { streams } from "./streams.ts";

export const takenInFrom = 700_000_000;
export const takenInTo = 799_999_999;

const stepsOfJoiner = [
  "says join",
  "says caughtUp",
  "says prepared",
  "says promise",
  "says promise",
  "says promise",
  "view-installed",
  "view-active",
] as const;
const stepsOfOthers = ["says propose", "view-installed", "says activate", "view-active"] as const;

/** Another plan of the same seed; null for seeds of other ranges. */
export function drawTakenIn(usual: Plan): Plan | null {
  const { seed } = usual;
  if (seed < takenInFrom || seed > takenInTo) return null;
  const prng = makePrng(seed + streams.takenIn);
  const servers = prng.pick([3, 3, 3, 3, 4, 5]);
  const mode = prng.pick(["plain", "plain", "plain", "plain", "majority", "strict"] as const);
  const faults: Fault[] = [];
  let atMs = 1_500 + prng.below(2_000);
  for (let rounds = 1 + prng.below(4); rounds > 0; rounds -= 1) {
    const round = drawRound(servers, atMs, prng);
    faults.push(...round.faults);
    atMs = round.endMs + 14_000;
  }
  const faultsEndMs = endOfFaults(faults, 0);
  return { ...usual, kind: "crashes", servers, mode, minCopies: 1, faults, faultsEndMs };
}

interface Round {
  readonly faults: readonly Fault[];
  readonly endMs: number;
}

function drawRound(servers: number, atMs: number, prng: Prng): Round {
  const [joiner = 0, other = 1, ...stay] = shuffled(servers, prng);
  const awayMs = prng.pick([60, 400, 1_500, 4_000]) * (0.5 + prng.unit());
  // Now and then the other one has been away as well, and comes back at about the same time.
  const areTwo = prng.chance(0.25);
  const first = { kind: "crashes", who: areTwo ? [joiner, other] : [joiner], gapMs: 0 } as const;
  const backMs = atMs + awayMs;
  const when = {
    event: prng.pick(stepsOfJoiner),
    delayMs: prng.pick([0, 0, 0.3, 1, 3, 10, 30, 150, 600]) * (0.5 + prng.unit()),
    of: [joiner],
  };
  const seenByOthers = { ...when, event: prng.pick(stepsOfOthers), of: [other, ...stay] };
  const cue = prng.chance(0.25) ? seenByOthers : when;
  const victims = prng.chance(0.5) ? [joiner, other] : [other, joiner];
  const gapMs = prng.pick([0, 0, 0.2, 1, 2, 5, 20, 60]);
  // Long enough, half of the time, for somebody to give up waiting.
  const lastsMs = prng.chance(0.5) ? 13_000 : 50 + prng.below(6_000);
  const second = { kind: "crashes", who: victims, gapMs } as const;
  return {
    faults: [
      { atMs, when: null, lastsMs: awayMs, what: first },
      { atMs: backMs, when: cue, lastsMs, what: second },
    ],
    endMs: backMs + cueWaitMs + lastsMs,
  };
}
