// Seeds in which one server comes only when the others have founded the cluster without it, and
// later, when all is whole, loses its folder where no other server hears it: it founds anew. Then
// what any other seed has.

import { makePrng } from "../../src/base/prng.ts";
import { endOfFaults } from "./faultTimes.ts";
import type { Fault, Plan } from "./plan.ts";
import { streams } from "./streams.ts";

export const foundingFrom = 1_200_000_000;
export const foundingTo = 1_299_999_999;
/** As long as it takes to go on without the others, and more. */
const apartMs = 14_000;
const behindMs = 20_000;

/** Another plan of the same seed; null for seeds of other ranges. */
export function drawFounding(usual: Plan): Plan | null {
  const { seed, faults } = usual;
  if (seed < foundingFrom || seed > foundingTo) return null;
  const prng = makePrng(seed + streams.founding);
  const servers = Math.max(2, usual.servers);
  const late = prng.below(servers);
  const atMs = 2_000 + prng.below(6_000);
  const how = prng.pick(["silence", "silence", "reset"] as const);
  const isolate = { kind: "isolate", who: late, how, moves: false } as const;
  const story: readonly Fault[] = [
    { atMs, when: null, lastsMs: 300, what: { kind: "wipe", who: late } },
    { atMs: atMs + 50, when: null, lastsMs: apartMs + prng.below(apartMs), what: isolate },
  ];
  const later = faults.map((fault) => ({ ...fault, atMs: fault.atMs + atMs + behindMs + apartMs }));
  const all = prng.chance(0.5) ? story : [...story, ...later];
  const faultsEndMs = endOfFaults(all, 0);
  const plan = { ...usual, kind: "mixed", mode: "plain", minCopies: 1, servers, late } as const;
  return { ...plan, faults: all, faultsEndMs };
}
