// Seeds whose runs last for hours of virtual time: what a seed draws otherwise, spread out. Long
// gaps grow longer, short ones stay (they are what a story is made of), and all keeps its order:
// what was over before something else began still is. Sessions expire here by the product's own
// bounds, leases are renewed for hours, and people leave their terminals for longer than a nap.

import { present } from "../../src/base/assert.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import { endOfFaults } from "./faultTimes.ts";
import type { Fault, PersonPlan, Plan } from "./plan.ts";
import { streams } from "./streams.ts";

/** Beyond all that a test run draws by itself. */
export const longFrom = 3_000_000_000;
export const longTo = 3_099_999_999;
/** What follows so soon is part of one story. */
const storyGapMs = 1_000;
/** In mutations. */
const imageEvery = 300;

/** Another plan of the same seed; null for seeds of other ranges. */
export function drawLong(usual: Plan): Plan | null {
  const { seed } = usual;
  if (seed < longFrom || seed > longTo) return null;
  const prng = makePrng(seed + streams.long);
  const factor = prng.pick([20, 60]);
  const spread = spreading(usual.faults, factor, prng);
  const faults = usual.faults.map((fault) => spreadFault(fault, spread, prng));
  // A state that has grown for hours takes its time to be written out.
  const snapshotEvery = usual.snapshotEvery === 0 ? 0 : imageEvery;
  return {
    ...usual,
    snapshotEvery,
    faults,
    faultsEndMs: endOfFaults(faults, 60_000),
    people: usual.people.map((one) => slowDown(one, factor, prng)),
  };
}

/** Where each instant at which a fault begins or ends comes to lie. */
function spreading(
  faults: readonly Fault[],
  factor: number,
  prng: Prng,
): (instantMs: number) => number {
  const instants = new Set(faults.flatMap(({ atMs, lastsMs }) => [atMs, atMs + lastsMs]));
  const places = new Map<number, number>();
  let before = 0;
  let placeMs = 0;
  for (const instant of [...instants].sort((one, other) => one - other)) {
    const gapMs = instant - before;
    placeMs += gapMs <= storyGapMs ? gapMs : gapMs * factor * (0.5 + prng.unit());
    places.set(instant, placeMs);
    before = instant;
  }
  return (instantMs) => present(places.get(instantMs), "its place");
}

/** Half of the faults last as long as ever, however long it is until the next one. */
function spreadFault(fault: Fault, spread: (ms: number) => number, prng: Prng): Fault {
  const atMs = spread(fault.atMs);
  const endMs = prng.chance(0.5) ? spread(fault.atMs + fault.lastsMs) : atMs + fault.lastsMs;
  return { ...fault, atMs, lastsMs: endMs - atMs };
}

function slowDown(person: PersonPlan, factor: number, prng: Prng): PersonPlan {
  return {
    ...person,
    startsMs: person.startsMs * factor,
    thinkMs: Math.max(2_000, person.thinkMs * prng.pick([1, 3, 10])),
    awayMs: person.awayMs * prng.pick([1, 10, 100, 600]),
  };
}
