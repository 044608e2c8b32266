// The record of what is confirmed takes short cuts by the chain: it must know and refuse exactly
// what one would that looks at every op, each time.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asChain, asOp, asServerId, makeBallot } from "../../src/base/ids.ts";
import { makePrng } from "../../src/base/prng.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import { ConfirmedOps } from "../support/confirmedOps.ts";

const ballot = makeBallot({ round: 1, proposer: asServerId(0) });

/** A server that has committed a branch, and can tell its chain behind `floor`. */
function serverWith(branch: readonly number[], floor: number): Inspection {
  return {
    committed: asOp(branch.length),
    chainAt: (op: number) => (op > floor ? asChain(branch[op - 1] ?? 0) : null),
  } as unknown as Inspection;
}

/** Longer than the branch, or leaving it somewhere; chain values that no other branch has. */
function grown(branch: readonly number[], keep: number, upTo: number): number[] {
  const next = branch.slice(0, keep);
  while (next.length < upTo) next.push(Math.floor(1e6 * (next.length + 1) + serial));
  serial += 1;
  return next;
}
let serial = 1;

test("what is confirmed is known, and what differs is told, as if every op were looked at", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const prng = makePrng(seed);
    const confirmed = new ConfirmedOps();
    const known = new Map<number, number>();
    const branches = [grown([], 0, 1 + prng.below(12))];
    for (let turn = 0; turn < 25; turn += 1) {
      let branch = prng.pick(branches);
      if (prng.chance(0.6)) {
        const keep = prng.chance(0.8) ? branch.length : prng.below(branch.length + 1);
        branch = grown(branch, keep, keep + prng.below(6));
        branches.push(branch);
      }
      const floor = prng.chance(0.5) ? 0 : prng.below(branch.length + 1);
      const from = prng.chance(0.5) ? 0 : prng.below(branch.length + 1);
      const differing: number[] = [];
      for (let op = branch.length; op > Math.max(from, floor); op -= 1) {
        const chain = branch[op - 1] as number;
        if (!known.has(op)) known.set(op, chain);
        else if (known.get(op) !== chain) differing.push(op);
      }
      const told: number[] = [];
      confirmed.note(serverWith(branch, floor), { from, ballot }, ({ op }) => told.push(op));
      deepEqual(told, differing, `seed ${seed}, turn ${turn}`);
      equal(confirmed.size, known.size, `seed ${seed}, turn ${turn}`);
    }
  }
});
