// Who has lost its folder and is being fed: what it may promise, and to whom; and who is asked by
// a server that has found itself left out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot } from "../../src/base/ids.ts";
import { whomToAsk } from "../../src/replica/coldStart.ts";
import { currentView } from "../../src/replica/state.ts";
import { heartbeat, kindsOf, ReplicaScene } from "../support/replicaScene.ts";

const proposal = {
  type: "propose",
  ballot: asBallot(129),
  cluster: "0a",
  members: [0, 1] as never[],
  proofs: [],
} as const;

/** Server 0 has forgotten what it promised, and holds a part of what it is fed. */
function forgetful(): ReplicaScene {
  const scene = new ReplicaScene();
  scene.replica.isForgetful = true;
  scene.hear(heartbeat);
  return scene;
}

test("a part of a history is nothing to vote with", () => {
  const scene = forgetful();
  assert.deepEqual(kindsOf(scene.hear(proposal)), ["decline"]);
});

test("who has promised the proposer's newest view since counts for what follows it", () => {
  const scene = forgetful();
  scene.replica.promisedInLife.add(heartbeat.ballot);
  assert.equal(kindsOf(scene.hear(proposal)).includes("persist"), true);
  assert.equal(scene.replica.promised, proposal.ballot);
});

test("whoever finds itself left out still asks in its own name", () => {
  const { replica } = new ReplicaScene();
  const view = currentView(replica);
  assert.ok(view !== undefined);
  replica.outsiders = { view: view.ballot, servers: [replica.config.id] };
  const peers = [...replica.peers.values()].map((peer) => ({
    ...peer,
    heartbeat: { ...heartbeat, ballot: asBallot(1) },
  }));
  assert.deepEqual(whomToAsk(replica, view, peers), [0, 1]);
});
