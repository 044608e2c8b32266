// Who counts as heard and who as silent (REPLICATION §3). What follows from silence is tested with
// the views.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSilent } from "../../src/replica/liveness.ts";
import { peerOf } from "../../src/replica/state.ts";
import { heartbeat, other, ReplicaScene } from "../support/replicaScene.ts";

test("time in which this server itself stood still is nobody's silence", () => {
  const scene = new ReplicaScene();
  scene.ticks(1);
  scene.nowMs += 3_600_000;
  scene.ticks(1);
  assert.equal(isSilent(scene.replica, peerOf(scene.replica, other)), false);
});

test("whoever was heard after this server had stood still is missed as soon as ever", () => {
  const scene = new ReplicaScene();
  scene.ticks(1);
  scene.nowMs += 3_600_000;
  scene.hear(heartbeat);
  scene.ticks(1 + 1_500 / 25);
  assert.equal(isSilent(scene.replica, peerOf(scene.replica, other)), true);
});
