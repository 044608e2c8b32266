// A joiner whose history is the better one: the leader stands down for it if it can lead itself,
// and goes on serving if it cannot (REPLICATION §7).

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asIncarnation, asOp, asServerId, noBallot } from "../../src/base/ids.ts";
import { isLeading, ownHistory, type Replica } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import type { Effect, Input, View } from "../../src/replica/types.ts";
import type { Message } from "../../src/wire/messages.ts";
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
