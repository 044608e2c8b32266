// The side that is fed: it asks again when nothing comes, and what comes meanwhile is no branch of
// its own, however old the answer is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asOp } from "../../src/base/ids.ts";
import { proposalTimeoutMs } from "../../src/base/limits.ts";
import { branchToReplace } from "../../src/replica/joining.ts";
import type { Effect } from "../../src/replica/types.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { commandFor } from "../support/replicaCommands.ts";
import { historyOf } from "../support/histories.ts";
import { both, heartbeat, kindsOf, newer, other, ReplicaScene } from "../support/replicaScene.ts";

const ballot = asBallot(129);
const beat = { ...heartbeat, normal: true, active: true, primary: 2, ballot, promised: ballot };

/** Server 1 leads without server 0, which has asked to be taken in with its nine ops. */
class Joiner {
  readonly scene = new ReplicaScene();

  constructor() {
    assert.equal(kindsOf(this.ticks(20)).includes("join"), true);
  }

  keep(op: number, view = ballot): readonly Effect[] {
    const message = {
      type: "keep",
      ballot: view,
      op: asOp(op),
      committed: asOp(0),
      cluster: "0a",
    } as const;
    return this.scene.hear(message);
  }

  /** One record behind what it holds. */
  feed(): readonly Effect[] {
    const { tail } = this.scene.replica;
    const { lastOp, lastAtUs: atUsBefore, lastChain: chainBefore } = tail;
    const end = { ballot, firstOp: asOp(lastOp + 1), atUsBefore, chainBefore, wallUs: 10 };
    const { batch } = buildBatch(end, [commandFor("hello")]);
    const { firstOp } = batch;
    const about = { ballot, firstOp, chainBefore, committed: asOp(0), count: 1 };
    const message = { type: "prepare", ...about } as const;
    const effects = this.scene.take({ kind: "message", peer: other, message, batch });
    this.scene.take({ kind: "durable", op: batch.lastOp });
    return effects;
  }

  /** Server 1 beats all the while. */
  ticks(count: number): readonly Effect[] {
    const effects: Effect[] = [];
    for (let tick = 0; tick < count; tick += 1) {
      effects.push(...this.scene.hear(beat), ...this.scene.ticks(1));
    }
    return effects;
  }
}

const patienceTicks = (10 * proposalTimeoutMs) / 25;

test("what came while it had asked again is not set aside: it is the history of who feeds it", () => {
  const joiner = new Joiner();
  joiner.keep(9);
  assert.equal(kindsOf(joiner.ticks(patienceTicks + 10)).includes("join"), true);
  assert.equal(kindsOf(joiner.feed()).includes("append"), true);
  assert.deepEqual(kindsOf(joiner.keep(9)), ["caughtUp"]);
  assert.equal(joiner.scene.replica.tail.lastOp, 10);
});

test("an answer to what it asked before it was fed, in a view since, cuts nothing: it asks again", () => {
  const joiner = new Joiner();
  joiner.keep(9);
  joiner.feed();
  assert.equal(kindsOf(joiner.keep(9, asBallot(193))).includes("truncate"), false);
  assert.equal(joiner.scene.replica.tail.lastOp, 10);
  assert.equal(kindsOf(joiner.ticks(1)).includes("join"), true);
  const answer = kindsOf(joiner.keep(9, asBallot(193)));
  assert.equal(answer.includes("truncate"), true, "this one knows of all ten");
});

test("whoever is still being fed does not ask again", () => {
  const joiner = new Joiner();
  joiner.keep(9);
  for (let fed = 0; fed < 10; fed += 1) {
    joiner.feed();
    assert.equal(kindsOf(joiner.ticks(patienceTicks / 5)).includes("join"), false);
  }
});

test("what was fed is no branch that an image from the same server would replace", () => {
  const joiner = new Joiner();
  joiner.keep(9);
  joiner.feed();
  assert.equal(branchToReplace(joiner.scene.replica), null);
});

test("a branch of its own is set aside, or replaced where it cannot be cut, however often it asks", () => {
  const joiner = new Joiner();
  assert.equal(kindsOf(joiner.keep(5)).includes("truncate"), true);
  joiner.scene.take({ kind: "notTruncated" });
  assert.equal(branchToReplace(joiner.scene.replica)?.keep, 5);
  assert.equal(kindsOf(joiner.keep(5)).includes("truncate"), true);
  joiner.scene.take({ kind: "truncated", keep: asOp(5), chain: asChain(5), lastAtUs: 5 });
  joiner.feed();
  assert.deepEqual(kindsOf(joiner.keep(5)), ["caughtUp"]);
});

test("it vouches for no life of the folder before it, though its own number has passed that life", () => {
  const { scene } = new Joiner();
  const image = { kind: "installed", op: asOp(12), chain: asChain(12), atUs: 12 } as const;
  scene.take({ ...image, views: historyOf(12, both).views });
  assert.equal(scene.replica.born, 1, "it promised that view: it is a member that has restarted");
  const effects = scene.take({ ...image, views: historyOf(12, both, newer).views });
  assert.equal(scene.replica.born, 2, "nobody becomes a member without having promised it");
  const stored = effects.find(({ kind }) => kind === "persist");
  assert.equal(stored?.kind === "persist" && stored.meta.born, 2, "which it remembers");
});
