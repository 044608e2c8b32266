// A view is being started, and something comes between: nobody waits for what will not come.
// Server 0 starts a view of both; what server 1 says is the test's.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerId } from "../../src/base/ids.ts";
import { asIncarnation, asOp, asServerId, makeBallot, noOp } from "../../src/base/ids.ts";
import { welcomesImage } from "../../src/replica/joining.ts";
import { isActive, isNormal, metaOf } from "../../src/replica/state.ts";
import type { Effect } from "../../src/replica/types.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { historyOf } from "../support/histories.ts";
import { commandFor } from "../support/replicaCommands.ts";
import { both, heartbeat, kindsOf, other, ReplicaScene } from "../support/replicaScene.ts";

function rejection(scene: ReplicaScene, reason: string): MessageOf<"rejected"> {
  const { promised } = scene.replica;
  return { type: "rejected", ballot: promised, promised, lastOp: asOp(9), reason };
}

/** Ticks in which the other server goes on saying that it is there. */
function ticksHeard(scene: ReplicaScene, count: number): Effect[] {
  return ticksSaying(scene, { count, said: heartbeat });
}

function ticksSaying(
  scene: ReplicaScene,
  { count, said }: { readonly count: number; readonly said: Message },
): Effect[] {
  return Array.from({ length: count }, () => {
    scene.hear(said);
    return scene.ticks(1);
  }).flat();
}

test("what to keep is said again on a new link: it may have been lost with the old one", () => {
  const scene = new ReplicaScene();
  scene.startView();
  const incarnation = asIncarnation(5);
  const effects = scene.take({ kind: "peerUp", peer: other, incarnation, cluster: "0a" });
  assert.deepEqual(kindsOf(effects), ["keep", "sendRecords"]);
});

test("a view is not active before its record is durable on the proposer's own disk as well", () => {
  const scene = new ReplicaScene();
  scene.startViewInMemory();
  const { promised: ballot } = scene.replica;
  const effects = scene.hear({ type: "prepared", ballot, op: asOp(10) });
  assert.equal(isActive(scene.replica), false);
  assert.equal(kindsOf(effects).includes("activate"), false);
  const later = scene.take({ kind: "durable", op: asOp(10) });
  assert.equal(isActive(scene.replica), true);
  assert.equal(kindsOf(later).includes("activate"), true);
});

/** Server 0 leads the view of both, and has an op that its disk is still writing. */
function writingScene(): ReplicaScene {
  const scene = new ReplicaScene();
  scene.startView();
  const { promised: ballot } = scene.replica;
  scene.hear({ type: "prepared", ballot, op: asOp(10) });
  scene.take({ kind: "commands", commands: [commandFor("still being written")] });
  assert.equal(scene.replica.tail.lastOp, 11);
  return scene;
}

test("what a member has taken while it was still catching up does not make a view active", () => {
  const scene = new ReplicaScene();
  scene.startView();
  scene.hear({ type: "caughtUp", ballot: scene.replica.promised, op: asOp(10), applied: noOp });
  assert.equal(isActive(scene.replica), false);
});

test("a promise waits until all that it tells of is on the own disk", () => {
  const scene = writingScene();
  const ballot = makeBallot({ round: 9, proposer: other });
  const members = [asServerId(0), other];
  const asked = scene.hear({ type: "propose", ballot, cluster: "0a", members, proofs: [] });
  const stored = asked.find(({ kind }) => kind === "persist");
  assert.equal(stored?.kind, "persist", "it means to promise");
  const early = scene.take({ kind: "persisted", meta: stored.meta });
  assert.equal(kindsOf(early).includes("promise"), false);
  const later = scene.take({ kind: "durable", op: asOp(11) });
  assert.equal(kindsOf(later).includes("promise"), true);
});

test("a member that has promised a view takes an image where it lacks too much for it", () => {
  const scene = writingScene();
  scene.take({ kind: "durable", op: asOp(11) });
  const ballot = makeBallot({ round: 9, proposer: other });
  const members = [asServerId(0), other];
  assert.equal(welcomesImage(scene.replica, other, ballot), false, "nothing was promised");
  scene.hear({ type: "propose", ballot, cluster: "0a", members, proofs: [] });
  scene.hear({ type: "keep", ballot, op: asOp(11), committed: noOp, cluster: "0a" });
  assert.equal(isNormal(scene.replica), true, "still a member of the view before");
  assert.equal(welcomesImage(scene.replica, other, ballot), false, "not promised yet");
  scene.take({ kind: "persisted", meta: metaOf(scene.replica) });
  scene.hear({ type: "keep", ballot, op: asOp(11), committed: noOp, cluster: "0a" });
  assert.equal(welcomesImage(scene.replica, other, ballot), true);
});

test("a proposer decides when all that it counts on is on its own disk", () => {
  const scene = writingScene();
  const higher = makeBallot({ round: 9, proposer: other });
  const { promised: ballot } = scene.replica;
  const said = { ...heartbeat, normal: true, ballot, promised: higher };
  const stored = ticksSaying(scene, { count: 80, said }).find(({ kind }) => kind === "persist");
  assert.equal(stored?.kind, "persist", "it proposes anew");
  scene.take({ kind: "persisted", meta: stored.meta });
  const early = scene.promise(stored.meta.promised, historyOf(9, both));
  assert.equal(kindsOf(early).includes("keep"), false);
  const later = scene.take({ kind: "durable", op: asOp(11) });
  assert.equal(kindsOf(later).includes("keep"), true);
});

for (const reason of ["chain", "stranger", "promised"]) {
  test(`a view that a member rejects (${reason}) is given up, and another one asked for`, () => {
    const scene = new ReplicaScene();
    scene.startView();
    scene.hear(rejection(scene, reason));
    assert.equal(kindsOf(ticksHeard(scene, 60)).includes("persist"), true);
  });
}

test("a view of which nothing is heard is given up, though everybody is there", () => {
  const scene = new ReplicaScene();
  scene.startView();
  assert.equal(kindsOf(ticksHeard(scene, 120)).includes("persist"), false, "patience");
  assert.equal(kindsOf(ticksHeard(scene, 120)).includes("persist"), true);
});

test("a proposer whose ballot is below that of the view it would follow asks with a higher one", () => {
  const scene = new ReplicaScene();
  const asked = scene.ticks(40).find(({ kind }) => kind === "persist");
  assert.equal(asked?.kind, "persist");
  scene.take({ kind: "persisted", meta: asked.meta });
  const { promised: ballot } = asked.meta;
  const fed = { ballot: ballot + 64, at: 8, members: [0, 1], parent: 64 };
  assert.equal(kindsOf(scene.promise(ballot, historyOf(9, both, fed))).includes("fetch"), false);
  const again = ticksSaying(scene, { count: 40, said: heartbeat });
  const stored = again.find(({ kind }) => kind === "persist");
  assert.ok(stored?.kind === "persist" && stored.meta.promised > fed.ballot);
});

/** Server 1 has promised a higher ballot, of which nothing comes: whether server 0 asks anew. */
function asksAnew(before: (scene: ReplicaScene) => void): boolean {
  const scene = new ReplicaScene();
  const beat = scene.beActive();
  before(scene);
  const said = { ...beat, promised: makeBallot({ round: 9, proposer: other }) };
  const effects = ticksSaying(scene, { count: 80, said });
  return kindsOf(effects).includes("persist");
}

test("who has found that another one is to lead asks for no view itself while that one is here", () => {
  const longAfter = { untilMs: Number.POSITIVE_INFINITY };
  const follows = (leader: ServerId) => (scene: ReplicaScene) => {
    scene.replica.precedence = { leader, ...longAfter };
  };
  assert.equal(asksAnew(follows(other)), false);
  assert.equal(asksAnew(follows(asServerId(0))), true, "it is to lead itself");
});

test("who has stopped granting for another one's proposal asks for no view until that is over", () => {
  const excludes = (forMs: number) => (scene: ReplicaScene) => {
    const members = [asServerId(0), other];
    scene.replica.excluding = { members, untilMs: scene.nowMs + forMs };
  };
  assert.equal(asksAnew(excludes(2_500)), false);
  assert.equal(asksAnew(excludes(0)), true);
});
