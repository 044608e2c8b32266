// Which ballots a server takes: above all it knows, and none that a folder of its own that is lost
// may have used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asIncarnation, makeBallot, noBallot, noOp, roundOf } from "../../src/base/ids.ts";
import { propose } from "../../src/replica/proposing.ts";
import { nextRound } from "../../src/replica/rounds.ts";
import { ReplicaScene } from "../support/replicaScene.ts";

/** Its folder is new, and holds nothing, or what it has been fed; `born` is its only life. */
function wiped(born: number, what: "nothing" | "fed"): ReplicaScene {
  const scene = new ReplicaScene();
  const { replica } = scene;
  replica.born = asIncarnation(born);
  replica.incarnation = replica.born;
  replica.promised = noBallot;
  replica.seenBallot = noBallot;
  if (what === "nothing") {
    replica.views = [];
    replica.tail.lastOp = noOp;
  }
  return scene;
}

test("who was in a view with this folder goes on from the highest round it knows", () => {
  const { replica } = new ReplicaScene();
  assert.equal(nextRound(replica, false), 2);
  replica.seenBallot = makeBallot({ round: 7, proposer: replica.config.id });
  assert.equal(nextRound(replica, false), 8);
});

test("a folder that was never in a view begins where none before it has been", () => {
  for (const what of ["nothing", "fed"] as const) {
    const rounds = new Set<number>();
    for (let born = 1_767_225_600_000; born < 1_767_225_601_000; born += 1) {
      const round = nextRound(wiped(born, what).replica, false);
      assert.ok(round > 1 || what === "nothing", "above what it was fed");
      assert.ok(round <= 65_536, `a number that can be read: ${round}`);
      rounds.add(round);
    }
    assert.ok(rounds.size > 990, `${rounds.size} of a thousand births apart`);
  }
});

test("a cluster that all found together begins with its first view", () => {
  assert.equal(nextRound(wiped(1_767_225_600_000, "nothing").replica, true), 1);
});

test("what it proposes bears that round, and the next one follows it", () => {
  const { replica } = wiped(1_767_225_600_000, "fed");
  const round = nextRound(replica, false);
  propose(replica, [replica.config.id], false);
  assert.equal(roundOf(replica.promised), round);
  assert.equal(nextRound(replica, false), round + 1);
});
