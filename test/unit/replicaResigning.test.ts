// Whoever resigns is needed until others serve without it: the process ends only then (driver.ts).
// Server 0 leads the view of both; server 1 exists in what the test makes it say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot } from "../../src/base/ids.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { kindsOf, ReplicaScene } from "../support/replicaScene.ts";

/** It has resigned; what server 1 beats. */
function resigned(): { readonly scene: ReplicaScene; readonly said: MessageOf<"heartbeat"> } {
  const scene = new ReplicaScene();
  const said = scene.beActive();
  const effects = scene.take({ kind: "resign", reason: "the disk is almost full" });
  assert.equal(kindsOf(effects).includes("resign"), true);
  assert.equal(scene.replica.isSucceeded, false);
  return { scene, said };
}

test("it is succeeded when another view is active, not when one is being made", () => {
  const { scene, said } = resigned();
  const ballot = asBallot(said.ballot + 64);
  scene.hear({ ...said, promised: ballot });
  scene.hear({ ...said, ballot, promised: ballot, active: false });
  assert.equal(scene.replica.isSucceeded, false, "nobody serves yet");
  scene.hear({ ...said, ballot, promised: ballot, active: true });
  assert.equal(scene.replica.isSucceeded, true);
});

test("whoever has resigned already, and is stopped then, is no less needed", () => {
  const { scene } = resigned();
  assert.deepEqual(scene.take({ kind: "resign", reason: "stopping" }), []);
  assert.equal(scene.replica.isSucceeded, false);
});

test("whoever has nobody beside it waits for nobody", () => {
  const scene = new ReplicaScene();
  scene.take({ kind: "resign", reason: "stopping" });
  assert.equal(scene.replica.isSucceeded, true);
});
