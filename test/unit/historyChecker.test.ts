// The judge of histories must see each broken invariant: every rule is broken once here.
// Whether servers keep them is for scenarios to show.

import { doesNotThrow, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { asChain, asIncarnation, asOp, asServerId, makeBallot } from "../../src/base/ids.ts";
import type { View } from "../../src/replica/types.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import { makeHistoryChecker } from "../support/historyChecker.ts";

const ids = [0, 1, 2].map(asServerId);

function viewOf(round: number, startOp: number, members = ids, verified = true): View {
  return {
    ballot: makeBallot({ round, proposer: asServerId(0) }),
    startOp: asOp(startOp),
    primary: members[0] ?? asServerId(0),
    verified,
    parent: makeBallot({ round: 0, proposer: asServerId(0) }),
    parentActive: true,
    members,
    incarnations: members.map(() => asIncarnation(1)),
  };
}

/** A server whose log has these chain values, all durable and committed unless told otherwise. */
function server(id: number, views: readonly View[], chains: number[], told = {}): Inspection {
  const lastOp = asOp(chains.length);
  const newest = views.at(-1)?.ballot ?? makeBallot({ round: 0, proposer: asServerId(0) });
  return {
    id: asServerId(id),
    incarnation: asIncarnation(1),
    status: "normal",
    views,
    active: newest,
    promised: newest,
    lastOp,
    lastChain: asChain(chains.at(-1) ?? 0),
    durable: lastOp,
    committed: lastOp,
    leaseFrom: () => 1,
    leaseUntilMs: () => 0,
    isMerged: true,
    chainAt: (op) => {
      const chain = chains[op - 1];
      return chain === undefined ? null : asChain(chain);
    },
    digest: () => "same",
    ...told,
  };
}

const first = viewOf(1, 1);

test("servers that agree break no rule", () => {
  const checker = makeHistoryChecker(ids);
  checker.look(ids.map((id) => server(id, [first], [11, 12, 13])));
  checker.look(ids.map((id) => server(id, [first], [11, 12, 13, 14])));
  equal(checker.confirmedOps(), 4);
});

test("a promise that falls is noticed, over a restart too, but not after a wipe", () => {
  const checker = makeHistoryChecker(ids);
  const low = makeBallot({ round: 0, proposer: asServerId(1) });
  checker.look([server(0, [first], [11])]);
  checker.forget(asServerId(0), "process");
  throws(() => checker.look([server(0, [first], [11], { promised: low })]), /promised/);
  checker.forget(asServerId(0), "disk");
  checker.look([server(0, [first], [11], { promised: low })]);
});

test("two records under one ballot and op are noticed, committed or not", () => {
  const checker = makeHistoryChecker(ids);
  const uncommitted = { committed: asOp(1) };
  checker.look([server(0, [first], [11, 12], uncommitted)]);
  throws(
    () => checker.look([server(1, [first], [11, 99], uncommitted)]),
    /different records as op 64:2/,
  );
});

test("a record that replaces another under the same ballot is noticed on one server alone", () => {
  const checker = makeHistoryChecker(ids);
  checker.look([server(0, [first], [11, 12])]);
  throws(() => checker.look([server(0, [first], [11, 99, 100])]), /different records/);
});

test("two verified branches that confirm are noticed; an unverified one is let be", () => {
  const checker = makeHistoryChecker(ids);
  const zero = viewOf(3, 2, [asServerId(0)]);
  const one = viewOf(2, 2, [asServerId(1)]);
  const oneUnverified = viewOf(2, 2, [asServerId(1)], false);
  checker.look([server(0, [first, zero], [11, 12])]);
  checker.look([server(1, [first, oneUnverified], [11, 99])]);
  checker.forget(asServerId(1), "process");
  throws(() => checker.look([server(1, [first, one], [11, 99])]), /two verified branches/);
});

test("what would win against a confirmed history must hold all of it, though it confirms nothing", () => {
  const zero = viewOf(2, 3, [asServerId(0)]);
  const confirmed = server(0, [first, zero], [11, 12, 13]);
  const look = (views: readonly View[], chains: readonly number[]): boolean => {
    const checker = makeHistoryChecker(ids);
    checker.look([confirmed]);
    const told = { status: "recovering", committed: asOp(1), active: first.ballot };
    return checker.look([confirmed, server(1, views, [...chains], told)]);
  };
  throws(() => look([first, viewOf(3, 2, [asServerId(1)])], [11, 99]), /would win.*lacks op 3/);
  for (const [views, chains] of [
    [
      [first, viewOf(3, 2, [asServerId(1)], false)],
      [11, 99],
    ],
    [
      [first, zero, viewOf(3, 4, [asServerId(1)])],
      [11, 12, 13, 99],
    ],
  ] as const) {
    doesNotThrow(() => look(views, chains));
  }
});

test("who counts as verified again is held to all that was confirmed meanwhile", () => {
  const checker = makeHistoryChecker(ids);
  const zero = viewOf(2, 2, [asServerId(0)]);
  const apart = viewOf(3, 2, [asServerId(1)], false);
  checker.look([server(0, [first, zero], [11, 12])]);
  checker.look([server(1, [first, apart], [11, 99])]);
  const together = [first, apart, viewOf(4, 3)];
  throws(() => checker.look([server(1, together, [11, 99, 100])]), /would win, and its history/);
});

test("where copies were lost, whoever goes on without saying so is noticed all the same", () => {
  const zero = viewOf(2, 2, [asServerId(0)]);
  for (const [isSaid, rule] of [
    [true, null],
    [false, /two verified branches/],
  ] as const) {
    const checker = makeHistoryChecker(ids);
    checker.allowLosses();
    checker.look([server(0, [first, zero], [11, 12])]);
    const without = viewOf(3, 2, ids, !isSaid);
    const look = (): boolean => checker.look([server(1, [first, without], [11, 99])]);
    if (rule === null) doesNotThrow(look);
    else throws(look, rule);
  }
});

test("once the loss of copies was said, and all are one again, what they held is gone", () => {
  for (const isSaid of [true, false]) {
    const checker = makeHistoryChecker(ids);
    checker.allowLosses();
    checker.look([server(0, [first, viewOf(2, 2, [asServerId(0)])], [11, 12])]);
    if (isSaid) checker.look([server(2, [first, viewOf(3, 2, ids, false)], [11, 98])]);
    const together = server(1, [first, viewOf(4, 2)], [11, 99]);
    if (isSaid) doesNotThrow(() => checker.look([together]));
    else throws(() => checker.look([together]), /two verified branches/);
  }
});

test("confirming before every member has it durable is noticed, even of a member that died", () => {
  const checker = makeHistoryChecker(ids);
  const behind = { durable: asOp(1), committed: asOp(1) };
  checker.look([server(0, [first], [11]), server(1, [first], [11, 12], behind)]);
  throws(() => checker.look([server(0, [first], [11, 12])]), /durable only through 1 on server 1/);
});

test("confirming with fewer copies than were asked for is noticed", () => {
  const checker = makeHistoryChecker(ids, 2);
  const alone = viewOf(2, 2, [asServerId(0)]);
  checker.look([server(0, [first], [11])]);
  throws(() => checker.look([server(0, [first, alone], [11, 12])]), /of 1 copies, not 2/);
});

test("different states as of the same op are noticed", () => {
  const checker = makeHistoryChecker(ids);
  checker.lookAtDigest(server(0, [first], [11]));
  const other = server(1, [first], [11], { digest: () => "other" });
  throws(() => checker.lookAtDigest(other), /differ in the state as of op 1/);
});
