// Seeds in whose runs sessions end within seconds instead of half an hour: nothing else of what
// they draw is different, but that in the upper half of them people leave their terminals alone for
// longer, and more often, so that they come back to a session that is over. (Records of clients are
// kept as long as ever: a tail that comes back later may bring a message twice, which is a limit
// that is known.)

import { makePrng } from "../../src/base/prng.ts";
import type { PersonPlan } from "./plan.ts";
import { streams } from "./streams.ts";

export const briefFrom = 800_000_000;
/** From here on people are away for long. */
export const briefAwayFrom = 850_000_000;
export const briefTo = 899_999_999;

/** Bounds of the product; none for other seeds. */
export function drawBrief(seed: number): Readonly<Record<string, number>> {
  if (seed < briefFrom || seed > briefTo) return {};
  const prng = makePrng(seed + streams.brief);
  return { sessionSweepMs: 500, sessionIdleMs: prng.pick([1_000, 3_000, 10_000]) };
}

const awayMs = 20_000;
const freezesAsOften = 3;

/** Whoever is drawn for such a seed; the same for any other. */
export function drawAway(seed: number, people: PersonPlan[]): PersonPlan[] {
  if (seed < briefAwayFrom || seed > briefTo) return people;
  return people.map((one) => ({
    ...one,
    awayMs,
    habits: { ...one.habits, freeze: freezesAsOften },
  }));
}
