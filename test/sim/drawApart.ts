// The story of sides that live apart, for as long as it takes to go on without the other, or
// longer: each has its own newcomers, who write and are written to, and makes images of its own.
// Then they meet, and who has to give up a branch dies in the middle of it.

import type { Prng } from "../../src/base/prng.ts";
import { delaysMs, spellMs, type Scene } from "./drawTrouble.ts";
import type { Fault, PersonPlan, Plan } from "./plan.ts";

/** Of people who are there from the start, half come while the first faults are on. */
const comesInTheMiddle = 0.5;

/** More people, some of whom come late; often images that are made soon. */
export function drawLivingApart(plan: Plan, prng: Prng): Plan {
  const more = prng.below(3);
  const people = Array.from({ length: plan.people.length + more }, (_, at): PersonPlan => {
    const one = plan.people[at % plan.people.length] as PersonPlan;
    const thinkMs = prng.chance(0.6) ? Math.min(one.thinkMs, 500) : one.thinkMs;
    const startsMs = prng.chance(comesInTheMiddle) ? 3_000 + prng.below(16_000) : 0;
    return { ...one, name: `p${at}`, thinkMs, startsMs };
  });
  const snapshotEvery = prng.pick([plan.snapshotEvery, 3, 12]);
  return { ...plan, people, snapshotEvery };
}

export function apart({ servers, places, prng }: Scene): Fault[] {
  const faults: Fault[] = [];
  let atMs = 1_500 + prng.below(3_000);
  for (let rounds = 1 + prng.below(3); rounds > 0; rounds -= 1) {
    const lastsMs = prng.pick([1_800, 4_000, 13_000, 16_000, 22_000, 30_000]) + prng.below(2_000);
    const alone = prng.below(servers);
    const isAlone = prng.chance(0.6);
    const left = Array.from({ length: places }, (_, at) => at).filter((at) => {
      return isAlone && at < servers ? at === alone : prng.chance(0.5);
    });
    faults.push({ atMs, when: null, lastsMs, what: { kind: "split", left, how: "silence" } });
    for (let deaths = prng.below(3); deaths > 0; deaths -= 1) {
      const event = prng.pick([
        "standing-down",
        "tail-set-aside",
        "joining",
        "says keep",
        "proposing",
      ]);
      faults.push({
        atMs: atMs + lastsMs * prng.pick([0.5, 1]),
        when: { event, delayMs: prng.pick(delaysMs) },
        lastsMs: spellMs(prng),
        what: { kind: "crash", who: "teller", how: "killed", effect: prng.pick([0, 1, 3, 8]) },
      });
    }
    atMs += lastsMs + prng.pick([200, 3_000, 15_000]);
  }
  return faults;
}
