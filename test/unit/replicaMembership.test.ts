// Which view records make who receives them a member, and since when it counts as one without a
// break (REPLICATION §4): only a view that it has promised, and that names it in its present life.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ballot } from "../../src/base/ids.ts";
import { asBallot, asIncarnation, asOp, asServerId, serverClientId } from "../../src/base/ids.ts";
import { isNormal } from "../../src/replica/state.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { Joiner } from "../support/joinerScene.ts";
import { kindsOf, other, ReplicaScene } from "../support/replicaScene.ts";

const own = asServerId(0);

interface RecordOf {
  readonly ballot: number;
  /** In which lives these are members; left out: it is none. */
  readonly lives: readonly (readonly [server: number, incarnation: number])[];
  readonly parent: number;
  readonly parentActive?: boolean;
}

/** Server 1 feeds the record of a view, in the feed of that ballot. */
function feedView(scene: ReplicaScene, feed: Ballot, view: RecordOf): void {
  const { lastOp, lastAtUs: atUsBefore, lastChain: chainBefore } = scene.replica.tail;
  const payload = encodePayload({
    type: "view",
    primary: other,
    verified: true,
    parent: asBallot(view.parent),
    parentActive: view.parentActive ?? false,
    members: view.lives.map(([server]) => asServerId(server)),
    incarnations: view.lives.map(([, incarnation]) => asIncarnation(incarnation)),
  });
  const firstOp = asOp(lastOp + 1);
  const start = { ballot: asBallot(view.ballot), firstOp, atUsBefore, chainBefore };
  const command = { client: serverClientId, opcode: opcodeOf("view"), payload };
  const { batch } = buildBatch({ ...start, wallUs: scene.nowMs * 1_000 }, [command]);
  const about = { ballot: feed, firstOp, chainBefore, committed: asOp(0), count: 1 };
  const message = { type: "prepare", ...about } as const;
  scene.take({ kind: "message", peer: other, message, batch });
  scene.take({ kind: "durable", op: batch.lastOp });
  assert.equal(scene.replica.views.at(-1)?.ballot, view.ballot, "it is history, in any case");
}

/** Server 1 asks both to be one view, and is promised that. */
function promises(scene: ReplicaScene, ballot: Ballot): void {
  const proposal = { type: "propose", cluster: "0a", members: [own, other], proofs: [] } as const;
  const stored = scene.hear({ ...proposal, ballot }).find(({ kind }) => kind === "persist");
  assert.equal(stored?.kind, "persist");
  const said = scene.take({ kind: "persisted", meta: stored.meta });
  assert.equal(kindsOf(said).includes("promise"), true);
}

function keeps(scene: ReplicaScene, ballot: Ballot): void {
  const { lastOp: op } = scene.replica.tail;
  scene.hear({ type: "keep", ballot, op, committed: asOp(0), cluster: "0a" });
}

test("a view that was promised, and given up for a later one, makes nobody a member who is fed it", () => {
  const { scene } = new Joiner();
  const [given, later] = [asBallot(129), asBallot(193)];
  promises(scene, given);
  promises(scene, later);
  keeps(scene, later);
  const lives = [[0, 2] as const, [1, 5] as const];
  feedView(scene, later, { ballot: given, lives, parent: 64 });
  assert.equal(isNormal(scene.replica), false);
  feedView(scene, later, { ballot: later, lives, parent: given });
  assert.equal(isNormal(scene.replica), true);
  assert.equal(scene.replica.since, later);
});

test("a view that a life before had promised does not make the present life a member", () => {
  const { scene } = new Joiner();
  const [before, feed] = [asBallot(65), asBallot(129)];
  scene.replica.promised = before;
  keeps(scene, feed);
  feedView(scene, feed, {
    ballot: before,
    lives: [
      [0, 1],
      [1, 5],
    ],
    parent: 64,
  });
  assert.equal(isNormal(scene.replica), false);
});

test("who was left out of a view is a member without a break only since the view that took it in again", () => {
  const scene = new ReplicaScene();
  scene.beActive();
  const { since } = scene.replica;
  const first = Math.ceil(since / 64) * 64;
  const [alone, again] = [asBallot(first + 65), asBallot(first + 129)];
  promises(scene, again);
  keeps(scene, again);
  assert.equal(isNormal(scene.replica), true);
  feedView(scene, again, { ballot: alone, lives: [[1, 5]], parent: since });
  assert.equal(isNormal(scene.replica), false);
  feedView(scene, again, {
    ballot: again,
    lives: [
      [0, 2],
      [1, 5],
    ],
    parent: alone,
  });
  assert.deepEqual([isNormal(scene.replica), scene.replica.since], [true, again]);
});

test("a view's record says whether the view before it is known to have been active", () => {
  for (const parentActive of [false, true]) {
    const { scene } = new Joiner();
    const feed = asBallot(129);
    keeps(scene, feed);
    assert.equal(scene.replica.active, 0);
    feedView(scene, feed, { ballot: feed, lives: [[1, 5]], parent: 64, parentActive });
    assert.equal(scene.replica.active, parentActive ? 64 : 0);
  }
});
