// Draws one of several things, each as likely as its weight against the others.
// Things of no weight are never drawn, unless there are no others.

import { present } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";

export function pickWeighted<T>(weights: ReadonlyMap<T, number>, prng: Prng): T {
  let total = 0;
  for (const weight of weights.values()) total += weight;
  let left = prng.unit() * total;
  for (const [item, weight] of weights) {
    left -= weight;
    if (left < 0) return item;
  }
  return present([...weights.keys()].at(-1), "something to draw");
}
