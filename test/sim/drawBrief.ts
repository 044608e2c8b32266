// Seeds in whose runs sessions end within seconds instead of half an hour: nothing else of what
// they draw is different. (Records of clients are kept as long as ever: a tail that comes back
// later may bring a message twice, which is a limit that is known.)

import { makePrng } from "../../src/base/prng.ts";

export const briefFrom = 800_000_000;
export const briefTo = 899_999_999;
/** A stream that no other draw of a seed takes. */
const stream = 6 * 2 ** 33;

/** Bounds of the product; none for other seeds. */
export function drawBrief(seed: number): Readonly<Record<string, number>> {
  if (seed < briefFrom || seed > briefTo) return {};
  const prng = makePrng(seed + stream);
  return { sessionSweepMs: 500, sessionIdleMs: prng.pick([1_000, 3_000, 10_000]) };
}
