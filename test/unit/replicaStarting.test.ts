// A view is being started, and something comes between: nobody waits for what will not come.
// Server 0 starts a view of both; what server 1 says is the test's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asIncarnation, asOp } from "../../src/base/ids.ts";
import type { Effect } from "../../src/replica/types.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { heartbeat, kindsOf, other, ReplicaScene } from "../support/replicaScene.ts";

function rejection(scene: ReplicaScene, reason: string): MessageOf<"rejected"> {
  const { promised } = scene.replica;
  return { type: "rejected", ballot: promised, promised, lastOp: asOp(9), reason };
}

/** Ticks in which the other server goes on saying that it is there. */
function ticksHeard(scene: ReplicaScene, count: number): Effect[] {
  return Array.from({ length: count }, () => {
    scene.hear(heartbeat);
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
