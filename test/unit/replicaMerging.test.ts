// What the replication core does for the merging of forks: what it says was confirmed of a branch
// that is set aside, which cluster it belongs to then, and by whom it lets itself be taken in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import { makeBallot, noOp } from "../../src/base/ids.ts";
import { precedenceMs } from "../../src/base/limits.ts";
import { branchBehind } from "../../src/replica/membership.ts";
import { propose } from "../../src/replica/proposing.ts";
import { makeReplica, type Replica } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import type { Effect, Input } from "../../src/replica/types.ts";
import type { Message } from "../../src/wire/messages.ts";
import { historyOf } from "../support/histories.ts";
import { heartbeat, kindsOf } from "../support/replicaScene.ts";

const [self, one, two] = [asServerId(0), asServerId(1), asServerId(2)];
const incarnation = asIncarnation(2);

/** Server 0 of three, started with nine ops, which it led (or followed) in this life or before. */
function given(led: { readonly members: readonly number[]; readonly in: number }): Replica {
  const incarnations = led.members.map(() => led.in);
  const { views } = historyOf(9, { ballot: 64, at: 1, members: led.members, incarnations });
  const config = { id: self, servers: [self, one, two], majority: false, strict: false } as const;
  return makeReplica(
    { ...config, force: false, minCopies: 1, freshCluster: "0a" },
    {
      cluster: "0a",
      incarnation,
      born: asIncarnation(1),
      promised: asBallot(64),
      views,
      lastOp: asOp(9),
      lastChain: asChain(9),
      lastAtUs: 9,
      committed: asOp(6),
    },
    { nowMs: 1_000, wallUs: 1_000_000 },
  );
}

function take(replica: Replica, input: Input): readonly Effect[] {
  return step(replica, input, replica.now);
}

function hear(replica: Replica, peer: typeof one, message: Message): readonly Effect[] {
  return take(replica, { kind: "message", peer, message, batch: null });
}

/** Server `peer` is here, primary of an active view of its own. */
function meet(replica: Replica, peer: typeof one, cluster: string): void {
  const theirs = asIncarnation(5);
  take(replica, { kind: "peerUp", peer, incarnation: theirs, cluster });
  const ballot = makeBallot({ round: 9, proposer: peer });
  const { incarnation: receiver } = replica;
  const leading = { normal: true, active: true, ballot, primary: peer + 1, receiver };
  hear(replica, peer, { ...heartbeat, ...leading } as Message);
}

test("only who led in this life knows what of its branch was not confirmed", () => {
  const confirmed = (led: Parameters<typeof given>[0]): number =>
    branchBehind(given(led), asOp(3)).confirmed;
  assert.equal(confirmed({ members: [0, 1], in: 2 }), 6);
  assert.equal(confirmed({ members: [0, 1], in: 1 }), 9, "it has been started since");
  assert.equal(confirmed({ members: [1, 2], in: 2 }), 9, "it was none but a follower");
});

test("what was there when one began to lead may have been confirmed, though not in this life", () => {
  const replica = given({ members: [0, 1], in: 1 });
  const own = { ballot: 128, at: 8, members: [0], incarnations: [2] };
  replica.views.push(...historyOf(9, own).views);
  assert.equal(branchBehind(replica, asOp(3)).confirmed, 7, "all before the own view");
  replica.committed = asOp(8);
  assert.equal(branchBehind(replica, asOp(3)).confirmed, 8);
});

test("the id of the cluster that one belongs to now is on the disk before its log is cut", () => {
  const replica = given({ members: [0, 1, 2], in: 1 });
  meet(replica, one, "0b");
  replica.joinAskedOp = replica.tail.lastOp;
  const ballot = makeBallot({ round: 9, proposer: one });
  const keep = { type: "keep", ballot, op: asOp(0), committed: noOp, cluster: "0b" } as const;
  const first = hear(replica, one, keep);
  assert.deepEqual(
    kindsOf(first).filter((kind) => kind === "persist" || kind === "truncate"),
    ["persist"],
  );
  assert.equal(kindsOf(hear(replica, one, keep)).includes("truncate"), false, "not stored yet");
  const stored = first.find(({ kind }) => kind === "persist");
  assert.ok(stored?.kind === "persist" && stored.meta.cluster === "0b");
  take(replica, { kind: "persisted", meta: stored.meta });
  assert.equal(kindsOf(hear(replica, one, keep)).includes("truncate"), true);
});

test("until its new cluster's id is on the disk, and no other, a server neither cuts nor asks again", () => {
  const replica = given({ members: [0, 1, 2], in: 1 });
  meet(replica, one, "0b");
  const asks = (): boolean => kindsOf(take(replica, { kind: "tick" })).includes("join");
  assert.equal(asks(), true);
  const ballot = makeBallot({ round: 9, proposer: one });
  const keep = { type: "keep", ballot, op: asOp(0), committed: noOp, cluster: "0b" } as const;
  const stored = hear(replica, one, keep).find(({ kind }) => kind === "persist");
  assert.ok(stored?.kind === "persist");
  take(replica, { kind: "persisted", meta: { ...stored.meta, cluster: "0a" } });
  assert.equal(kindsOf(hear(replica, one, keep)).includes("truncate"), false);
  assert.equal(asks(), false);
  take(replica, { kind: "persisted", meta: stored.meta });
  assert.equal(asks(), true, "at once: what came meanwhile was not taken");
  take(replica, { kind: "persisted", meta: stored.meta });
  assert.equal(asks(), false, "for that it has asked");
});

test("who stood down for one server follows the other that feeds it that history", () => {
  for (const isFed of [false, true]) {
    const replica = given({ members: [0, 1, 2], in: 1 });
    meet(replica, one, "0a");
    take(replica, { kind: "peerUp", peer: two, incarnation: asIncarnation(5), cluster: "0a" });
    replica.precedence = { leader: two, untilMs: replica.now.nowMs + precedenceMs };
    const ballot = makeBallot({ round: 9, proposer: one });
    if (isFed)
      hear(replica, one, { type: "keep", ballot, op: asOp(9), committed: noOp, cluster: "0a" });
    const proposed = makeBallot({ round: 10, proposer: one });
    const members = [self, one, two];
    const propose = { type: "propose", ballot: proposed, cluster: "0a", members, proofs: [] };
    const answers = kindsOf(hear(replica, one, propose as Message));
    assert.equal(answers.includes("decline"), !isFed);
  }
});

test("whoever was fed views that it never promised proposes above their ballots", () => {
  const replica = given({ members: [1, 2], in: 1 });
  replica.views.push(...historyOf(9, { ballot: 641, at: 8, members: [1, 2] }).views);
  propose(replica, [self], false);
  assert.ok(replica.promised > 641, `its ballot is ${replica.promised}`);
});
