// The side that is fed: it asks again when nothing comes, and what comes meanwhile is no branch of
// its own, however old the answer is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asOp } from "../../src/base/ids.ts";
import { proposalTimeoutMs } from "../../src/base/limits.ts";
import { branchToReplace } from "../../src/replica/joining.ts";
import { historyOf } from "../support/histories.ts";
import { Joiner } from "../support/joinerScene.ts";
import { both, kindsOf, newer } from "../support/replicaScene.ts";

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
