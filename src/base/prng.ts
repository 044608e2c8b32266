// A small seeded generator (sfc32, Chris Doty-Humphrey's PractRand) for simulation and jitter.
// Not for secrets: those come from the Entropy port.

export interface Prng {
  /** Uniform 32-bit unsigned integer. */
  next32(): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
  /** Uniform float in [0, 1). */
  unit(): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One element of a non-empty list. */
  pick<T>(items: readonly T[]): T;
}

export function makePrng(seed: number): Prng {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = seed | 0;
  let counter = Math.floor(seed / 0x1_0000_0000) | 1;
  function next32(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  }
  for (let round = 0; round < 12; round += 1) next32();
  const unit = (): number => next32() / 0x1_0000_0000;
  const below = (bound: number): number => Math.floor(unit() * bound);
  return {
    next32,
    below,
    unit,
    chance: (probability) => unit() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError("pick from an empty list");
      return item;
    },
  };
}
