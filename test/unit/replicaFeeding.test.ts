// Feeding from the disk what is no longer in memory: only what is durable there can be read, and
// asking again and again for the rest would leave the disk no turn to become any further.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asOp } from "../../src/base/ids.ts";
import { memoryTailBytes } from "../../src/base/limits.ts";
import { isLeading } from "../../src/replica/state.ts";
import { commandFor } from "../support/replicaCommands.ts";
import { kindsOf, other, ReplicaScene } from "../support/replicaScene.ts";

/** Server 0 leads both, and has appended more than memory holds; nothing of it is durable yet. */
function overfull(): ReplicaScene {
  const scene = new ReplicaScene();
  scene.startView();
  scene.hear({ type: "prepared", ballot: scene.replica.promised, op: asOp(10) });
  assert.equal(isLeading(scene.replica), true);
  const command = commandFor("x".repeat(60_000));
  for (let bytes = 0; bytes < 2 * memoryTailBytes; bytes += 60_000) {
    scene.take({ kind: "commands", commands: [command] });
  }
  return scene;
}

test("what is neither in memory nor durable is not read before it is durable", () => {
  const scene = overfull();
  const { promised, tail } = scene.replica;
  const gap = { type: "rejected", ballot: promised, promised, lastOp: asOp(10) } as const;
  assert.deepEqual(kindsOf(scene.hear({ ...gap, reason: "gap" })), []);
  const effects = scene.take({ kind: "durable", op: tail.lastOp });
  assert.equal(kindsOf(effects).includes("read"), true);
});

test("a disk that has nothing to give is not asked again before it has come further", () => {
  const scene = overfull();
  const { promised } = scene.replica;
  scene.take({ kind: "durable", op: asOp(12) });
  scene.hear({ type: "rejected", ballot: promised, promised, lastOp: asOp(12), reason: "gap" });
  const effects = scene.take({ kind: "records", peer: other, batch: null });
  assert.deepEqual(kindsOf(effects), []);
});
