// A log that is being cut or replaced on disk is neither told to anybody nor extended: what others
// would decide on, or the store be given, might be gone a moment later.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asOp, asServerId } from "../../src/base/ids.ts";
import type { Message } from "../../src/wire/messages.ts";
import { historyOf } from "../support/histories.ts";
import { both, kindsOf, newer, other, ReplicaScene } from "../support/replicaScene.ts";

test("whoever cuts its log to follow another promises nothing before the cut is done", () => {
  const scene = new ReplicaScene();
  scene.cutForProposal();
  const asked: Message = {
    type: "propose",
    ballot: asBallot(64 * 90 + 1),
    cluster: "0a",
    members: [asServerId(0), other],
    proofs: [],
  };
  assert.deepEqual(kindsOf(scene.hear(asked)), ["decline"]);
  assert.deepEqual(kindsOf(scene.cutIsDone()).includes("fetch"), true, "it goes on");
  assert.deepEqual(kindsOf(scene.hear(asked)).includes("persist"), true, "now it promises");
});

test("whoever cuts its log proposes nothing else meanwhile, though it gave up what for", () => {
  const scene = new ReplicaScene();
  scene.cutForProposal();
  scene.take({ kind: "peerDown", peer: other });
  const meanwhile = kindsOf(scene.ticks(600));
  assert.deepEqual(meanwhile.includes("persist") || meanwhile.includes("append"), false);
  scene.cutIsDone();
  assert.equal(scene.replica.tail.lastOp, 5);
  assert.equal(kindsOf(scene.ticks(600)).includes("persist"), true, "alone, marked unverified");
});

test("whoever is installing an image promises nothing and proposes nothing", () => {
  const scene = new ReplicaScene();
  scene.take({ kind: "installing" });
  const meanwhile = kindsOf(scene.ticks(600));
  assert.deepEqual(meanwhile.includes("persist"), false);
  const { views } = historyOf(40, both, newer);
  const end = { op: asOp(40), chain: asChain(40), atUs: 40 };
  scene.take({ kind: "installed", views, ...end });
  assert.equal(kindsOf(scene.ticks(600)).includes("persist"), true);
});
