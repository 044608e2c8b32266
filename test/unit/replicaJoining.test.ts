// A joiner whose history is the better one: the leader stands down for it if it can lead itself,
// and goes on serving if it cannot (REPLICATION §7). And when a joiner is taken in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asIncarnation, asOp, asServerId, noBallot } from "../../src/base/ids.ts";
import { isLeading, metaOf, ownHistory, type Replica } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import type { Effect, Input, View } from "../../src/replica/types.ts";
import type { Message } from "../../src/wire/messages.ts";
import { joinPatienceMs, joinUnappliedOpsMax } from "../../src/base/limits.ts";
import { ReplicaNet } from "../support/replicaNet.ts";

const joiner = asServerId(2);

/** Servers 0 and 1 go on without server 2, which comes back with a branch of a higher ballot. */
function joinWith(newestMembers: readonly number[]): {
  readonly leader: Replica;
  readonly effects: readonly Effect[];
} {
  const net = new ReplicaNet(3);
  net.run(1_000);
  net.crash(2);
  net.run(1_000);
  const leader = net.replica(0);
  assert.equal(isLeading(leader), true);
  const [first, second] = ownHistory(leader).views;
  assert.ok(first !== undefined && second !== undefined);
  const members = newestMembers.map(asServerId);
  const incarnations = members.map(() => asIncarnation(1));
  const ballot = asBallot(second.ballot + 640);
  const views: View[] = [first, { ...second, ballot, members, incarnations }];
  const take = (input: Input): readonly Effect[] => step(leader, input, leader.now);
  const hear = (message: Message): readonly Effect[] =>
    take({ kind: "message", peer: joiner, message, batch: null });
  const incarnation = asIncarnation(2);
  take({ kind: "peerUp", peer: joiner, incarnation, cluster: "0a" });
  for (const view of views) hear({ type: "viewInfo", ...view });
  const lastOp = asOp(second.startOp + 5);
  const lastChain = leader.tail.lastChain;
  const join = { type: "join", incarnation, active: noBallot, lastOp, lastChain } as const;
  return { leader, effects: hear({ ...join, views: views.length }) };
}

test("a leader stands down for a joiner that is a member of the better history's newest view", () => {
  const { leader, effects } = joinWith([0, 1, 2]);
  const answers = effects.map((effect) => (effect.kind === "send" ? effect.message.type : ""));
  assert.equal(answers.includes("joinRefused"), true);
  assert.equal(isLeading(leader), false);
});

test("a leader goes on for a joiner that had only been on its way into that view, and says why", () => {
  const { leader, effects } = joinWith([0, 1]);
  assert.equal(isLeading(leader), true);
  const answers = effects.map((effect) => (effect.kind === "send" ? effect.message.type : ""));
  assert.deepEqual(answers, ["joinRefused"]);
});

test("what a joiner was fed ahead of its feeder's disk, and nobody else has, keeps nobody out", () => {
  const net = new ReplicaNet(3);
  net.run(1_000);
  net.crash(2);
  net.run(1_000);
  net.crash(1);
  net.run(1_000);
  const leader = net.replica(0);
  const { views } = ownHistory(leader);
  const [, pair] = views;
  assert.deepEqual([pair?.members.length, views.length, isLeading(leader)], [2, 3, true]);
  leader.views[2] = { ...(views[2] as View), verified: false };
  const incarnation = asIncarnation(2);
  const take = (input: Input): readonly Effect[] => step(leader, input, leader.now);
  take({ kind: "peerUp", peer: joiner, incarnation, cluster: "0a" });
  const hear = (message: Message): readonly Effect[] =>
    take({ kind: "message", peer: joiner, message, batch: null });
  for (const view of views.slice(0, 2)) hear({ type: "viewInfo", ...view });
  const lastOp = asOp((views[2]?.startOp ?? 0) + 5);
  const { lastChain } = leader.tail;
  const join = {
    type: "join",
    incarnation,
    active: noBallot,
    lastOp,
    lastChain,
    views: 2,
  } as const;
  const answers = hear(join).map((effect) => (effect.kind === "send" ? effect.message.type : ""));
  assert.deepEqual([answers.includes("joinRefused"), answers.includes("keep")], [false, true]);
});

/** Server 2 is back, holds all that `others` have committed without it, and has applied nothing. */
function joinUnapplied(others: readonly number[]): {
  readonly leader: Replica;
  readonly takesIn: (applied: number) => boolean;
} {
  const net = new ReplicaNet(3);
  net.run(1_000);
  for (const id of [2, 1]) if (!others.includes(id)) net.crash(id);
  net.run(1_000);
  const leader = net.replica(0);
  const take = (input: Input): readonly Effect[] => step(leader, input, leader.now);
  const hear = (from: number, message: Message): readonly Effect[] =>
    take({ kind: "message", peer: asServerId(from), message, batch: null });
  const common = leader.tail.lastOp;
  const many = Array.from({ length: joinUnappliedOpsMax + 10 }, () => "so many");
  net.commands(0, many);
  net.run(100);
  assert.equal(leader.committed - common, joinUnappliedOpsMax + 10);
  const { heartbeat } = leader.peers.get(asServerId(1)) ?? {};
  const incarnation = asIncarnation(2);
  take({ kind: "peerUp", peer: joiner, incarnation, cluster: "0a" });
  for (const view of leader.views) hear(2, { type: "viewInfo", ...view });
  const { lastOp, lastChain } = leader.tail;
  const views = leader.views.length;
  hear(2, { type: "join", incarnation, active: noBallot, lastOp, lastChain, views });
  assert.ok(heartbeat);
  const here = { ...heartbeat, receiver: leader.incarnation };
  const ballot = leader.promised;
  const takesIn = (applied: number): boolean => {
    if (others.includes(1)) hear(1, { ...here, hears: [leader.config.id, joiner] });
    hear(2, { ...here, incarnation, normal: false, active: false, hears: others.map(asServerId) });
    hear(2, { type: "caughtUp", ballot, op: lastOp, applied: asOp(applied) });
    const sent = take({ kind: "tick" });
    const proposal = leader.proposal?.members ?? [];
    return sent.length > 0 && proposal.includes(joiner);
  };
  return { leader, takesIn };
}

test("a joiner that has not applied what it holds would keep clients waiting: it is taken in when it has", () => {
  const { leader, takesIn } = joinUnapplied([0, 1]);
  assert.equal(takesIn(leader.committed - joinUnappliedOpsMax - 1), false);
  assert.equal(takesIn(leader.committed - joinUnappliedOpsMax), true);
});

test("a server that is alone takes a joiner in as soon as that one holds all", () => {
  assert.equal(joinUnapplied([0]).takesIn(0), true);
});

test("a joiner that takes too long to apply is taken in all the same", () => {
  const { leader, takesIn } = joinUnapplied([0, 1]);
  const follower = leader.followers.get(joiner);
  assert.ok(follower);
  leader.followers.set(joiner, { ...follower, sinceMs: leader.now.nowMs - joinPatienceMs });
  assert.equal(takesIn(0), false);
  leader.followers.set(joiner, { ...follower, sinceMs: leader.now.nowMs - joinPatienceMs - 1 });
  assert.equal(takesIn(0), true);
});

test("who comes with a life before those that the history names is fed first, and joins in another", () => {
  const { leader, takesIn } = joinUnapplied([0]);
  const [first] = leader.views;
  assert.ok(first !== undefined && first.members.includes(joiner));
  leader.views[0] = { ...first, incarnations: first.incarnations.map(() => asIncarnation(3)) };
  assert.equal(takesIn(leader.committed), false, "its number was drawn from a clock set back");
  leader.views[0] = first;
  assert.equal(takesIn(leader.committed), true);
});

test("a joiner whose grants keep it from joining is not asked again before they have run out", () => {
  const { leader, takesIn } = joinUnapplied([0]);
  const peer = leader.peers.get(joiner);
  assert.ok(peer);
  peer.joinsFromMs = leader.now.nowMs + 1;
  assert.equal(takesIn(leader.committed), false);
  peer.joinsFromMs = leader.now.nowMs;
  assert.equal(takesIn(leader.committed), true);
  const { ballot } = leader.proposal ?? {};
  assert.ok(ballot);
  const decline = { type: "decline", ballot, promised: ballot, waitMs: 700 } as const;
  const hear = (message: Message): readonly Effect[] => {
    return step(leader, { kind: "message", peer: joiner, message, batch: null }, leader.now);
  };
  hear({ ...decline, reason: "granted" });
  assert.deepEqual([leader.proposal, peer.joinsFromMs], [null, leader.now.nowMs + 700]);
});

test("a leader that is about to take a joiner in keeps its own history when the joiner promises with a better one", () => {
  const { leader, takesIn } = joinUnapplied([0]);
  assert.equal(takesIn(leader.committed), true);
  const before = ownHistory(leader);
  const take = (input: Input): readonly Effect[] => step(leader, input, leader.now);
  const hear = (message: Message): readonly Effect[] =>
    take({ kind: "message", peer: joiner, message, batch: null });
  take({ kind: "persisted", meta: metaOf(leader) });
  const { ballot, phase } = leader.proposal ?? {};
  assert.ok(ballot !== undefined && phase === "asking");
  const own = before.views.at(-1) as View;
  const members = [leader.config.id, joiner];
  const [startOp, incarnations] = [asOp(before.lastOp + 1), [1, 2].map(asIncarnation)];
  const newer = { ...own, ballot: asBallot(own.ballot + 1), startOp, members, incarnations };
  for (const view of [...before.views, newer]) hear({ type: "viewInfo", ...view });
  const [incarnation, views, lastOp] = [asIncarnation(2), before.views.length + 1, startOp];
  const life = { incarnation, born: asIncarnation(1), normal: false, since: noBallot };
  const end = { active: noBallot, lastOp, lastChain: leader.tail.lastChain };
  const told = hear({ type: "promise", ballot, ...life, ...end, views, proofs: [] });
  const asked = told.map((effect) => (effect.kind === "send" ? effect.message.type : effect.kind));
  assert.deepEqual([leader.proposal, asked.includes("fetch")], [null, false]);
  assert.deepEqual(ownHistory(leader), before);
});
