// A proposer gets the history that it is to follow from whoever holds it, and takes nothing but
// what goes on where its own ends. Server 1, which exists in what the test makes it say, has more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asOp } from "../../src/base/ids.ts";
import type { Effect } from "../../src/replica/types.ts";
import { type BatchStart, buildBatch } from "../../src/wire/record.ts";
import { historyOf } from "../support/histories.ts";
import { commandFor } from "../support/replicaCommands.ts";
import { both, kindsOf, other, ReplicaScene } from "../support/replicaScene.ts";

/** Server 0 has nine ops, and has asked for what follows them. */
function fetching(): ReplicaScene {
  const scene = new ReplicaScene();
  const stored = scene.ticks(40).find(({ kind }) => kind === "persist");
  assert.equal(stored?.kind, "persist", "it proposes");
  scene.take({ kind: "persisted", meta: stored.meta });
  const effects = scene.promise(stored.meta.promised, historyOf(12, both));
  assert.equal(kindsOf(effects).includes("fetch"), true);
  return scene;
}

/** One record comes, behind what is said here. */
function comes(scene: ReplicaScene, behind: Partial<BatchStart>): readonly Effect[] {
  const { lastOp, lastAtUs: atUsBefore, lastChain: chainBefore } = scene.replica.tail;
  const end = { ballot: asBallot(64), firstOp: asOp(lastOp + 1), atUsBefore, chainBefore };
  const { batch } = buildBatch({ ...end, wallUs: 1, ...behind }, [commandFor("hello")]);
  const about = { firstOp: batch.firstOp, chainBefore: batch.chainBefore, count: 1 };
  const { promised: ballot } = scene.replica;
  const message = { type: "prepare", ballot, committed: asOp(0), ...about } as const;
  return scene.take({ kind: "message", peer: other, message, batch });
}

test("what follows is taken, and the next of it asked for", () => {
  const scene = fetching();
  assert.deepEqual(kindsOf(comes(scene, {})), ["append", "fetch"]);
  assert.equal(scene.replica.tail.lastOp, 10);
});

for (const [what, behind] of [
  ["leave an op out", { firstOp: asOp(11) }],
  ["repeat an op", { firstOp: asOp(9) }],
  ["go on from another history", { chainBefore: asChain(8) }],
  ["are not later than those before", { atUsBefore: 0 }],
] as const) {
  test(`fetched records that ${what} are not taken, and the proposal is given up`, () => {
    const scene = fetching();
    assert.equal(kindsOf(comes(scene, behind)).includes("append"), false);
    assert.equal(scene.replica.tail.lastOp, 9);
    assert.equal(scene.replica.proposal, null);
  });
}
