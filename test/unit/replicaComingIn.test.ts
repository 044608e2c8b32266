// What who is on the way in grants (REPLICATION §3): from its promise to who feeds it until it is a
// member, those with whom it is to be one, so that its death can be proven as soon as they hold the
// view; and nobody else, and nothing at any other time.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerId } from "../../src/base/ids.ts";
import { asBallot, asIncarnation, asServerId, serverClientId } from "../../src/base/ids.ts";
import { joinerGrantsMs } from "../../src/base/limits.ts";
import { beginNewLife } from "../../src/replica/membership.ts";
import { notePromise } from "../../src/replica/promising.ts";
import { isNormal } from "../../src/replica/state.ts";
import type { Effect, Input } from "../../src/replica/types.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { CommandBytes } from "../../src/wire/record.ts";
import { ballot, beat, Joiner } from "../support/joinerScene.ts";
import { kindsOf, other, type ReplicaScene } from "../support/replicaScene.ts";

const own = asServerId(0);
const next = asBallot(193);

function grantsIn(effects: readonly Effect[]): number {
  return effects.filter(
    (effect) =>
      effect.kind === "send" && effect.message.type === "heartbeat" && effect.message.granted,
  ).length;
}

/** Server 1 feeds it, and has beaten since. */
function fedJoiner(): Joiner {
  const joiner = new Joiner();
  joiner.keep(9);
  joiner.ticks(1);
  return joiner;
}

/** Server 1 asks both to be one view: what it has to store for that. */
function asked(scene: ReplicaScene, about = { ballot: next }): Input {
  const proposal = { type: "propose", cluster: "0a", members: [own, other], proofs: [] } as const;
  const stored = scene.hear({ ...proposal, ...about }).find(({ kind }) => kind === "persist");
  assert.equal(stored?.kind, "persist");
  return { kind: "persisted", meta: stored.meta };
}

/** The same, and what it says once that is on its disk. */
function promises(scene: ReplicaScene, about = { ballot: next }): readonly Effect[] {
  const said = scene.take(asked(scene, about));
  assert.equal(kindsOf(said).includes("promise"), true);
  return said;
}

test("who is being fed grants nothing", () => {
  const joiner = new Joiner();
  joiner.keep(9);
  joiner.feed();
  assert.equal(grantsIn(joiner.ticks(60)), 0);
});

test("who comes in grants with its promise, and on while a slow round may go on", () => {
  const joiner = fedJoiner();
  assert.equal(grantsIn(promises(joiner.scene)), 1);
  const ticks = joinerGrantsMs / 25 - 1;
  assert.equal(grantsIn(joiner.ticks(ticks)) > 1, true);
  joiner.ticks(2);
  assert.equal(grantsIn(joiner.ticks(60)), 0, "it is not kept from joining others for ever");
});

test("how long its own disk takes over the promise does not count", () => {
  const joiner = fedJoiner();
  const stored = asked(joiner.scene);
  joiner.ticks((2 * joinerGrantsMs) / 25);
  assert.equal(grantsIn(joiner.scene.take(stored)), 1);
});

test("who comes in helps no view without those whom it granted until that has run out", () => {
  const joiner = fedJoiner();
  const { scene } = joiner;
  promises(scene);
  const without = { type: "propose", cluster: "0a", members: [own], proofs: [] } as const;
  const said = scene.hear({ ...without, ballot: asBallot(257) });
  const answers = said.flatMap((it) => (it.kind === "send" ? [it.message] : []));
  const decline = answers.find(({ type }) => type === "decline");
  assert.equal(decline?.type === "decline" && decline.reason, "granted");
  assert.equal(grantsIn(joiner.ticks(60)), 0, "nor does it renew what keeps others waiting");
  const later = scene.hear({ ...without, ballot: asBallot(321) });
  assert.equal(kindsOf(later).includes("persist"), true);
});

test("the start of the promised view itself does not end its grants", () => {
  const joiner = fedJoiner();
  promises(joiner.scene);
  joiner.keep(9, next);
  assert.equal(grantsIn(joiner.ticks(8)) > 0, true);
});

test("it grants nothing to whom a promise of this life has left out", () => {
  const joiner = fedJoiner();
  joiner.scene.replica.promisedTo = new Set<ServerId>([own]);
  assert.equal(grantsIn([...promises(joiner.scene), ...joiner.ticks(60)]), 0);
});

test("what a life before had promised binds the next one no more", () => {
  const joiner = new Joiner();
  const { replica } = joiner.scene;
  replica.promisedTo = new Set<ServerId>([own]);
  beginNewLife(replica, replica.incarnation);
  const receiver = replica.incarnation;
  joiner.keep(9);
  joiner.scene.hear({ ...beat, receiver });
  assert.equal(grantsIn(promises(joiner.scene)), 1);
});

test("it grants nothing any more when it is fed anew: that promise came to nothing", () => {
  const joiner = fedJoiner();
  promises(joiner.scene);
  joiner.keep(9);
  assert.equal(grantsIn(joiner.ticks(60)), 0);
});

test("it grants nothing any more in a new life", () => {
  const joiner = fedJoiner();
  const { replica } = joiner.scene;
  promises(joiner.scene);
  beginNewLife(replica, replica.incarnation);
  joiner.scene.hear({ ...beat, receiver: replica.incarnation });
  assert.equal(grantsIn(joiner.scene.ticks(60)), 0);
});

test("who does not feed it is granted nothing with a promise, nor anything after it", () => {
  const joiner = new Joiner();
  joiner.ticks(1);
  assert.equal(grantsIn([...promises(joiner.scene), ...joiner.ticks(60)]), 0);
  const fed = fedJoiner();
  promises(fed.scene);
  const { replica } = fed.scene;
  assert.equal(replica.feed, null, "each promise ends the feed");
  const later = promises(fed.scene, { ballot: asBallot(257) });
  assert.equal(grantsIn([...later, ...fed.ticks(60)]), 0);
});

test("who takes no part in a view is granted nothing", () => {
  const joiner = fedJoiner();
  joiner.scene.hear({ ...beat, normal: false });
  assert.equal(grantsIn([...promises(joiner.scene), ...joiner.scene.ticks(60)]), 0);
});

/** By its leader, the members in the lives that the scene has them in. */
function viewRecord(): CommandBytes {
  const about = { verified: true, parent: ballot, parentActive: true };
  const lives = { members: [own, other], incarnations: [asIncarnation(2), asIncarnation(5)] };
  const payload = encodePayload({ type: "view", primary: other, ...about, ...lives });
  return { client: serverClientId, opcode: opcodeOf("view"), payload };
}

test("once it is a member it grants by its view: nothing to who is of another one", () => {
  const joiner = fedJoiner();
  const { replica } = joiner.scene;
  promises(joiner.scene);
  joiner.keep(9, next);
  joiner.feed(viewRecord(), next);
  assert.equal(isNormal(replica), true);
  assert.equal(grantsIn(joiner.ticks(60)), 0, "server 1 says that it is of the view before");
  assert.equal(grantsIn(joiner.scene.hear({ ...beat, ballot: next })), 1);
});

test("a promise to itself takes it in nowhere", () => {
  const joiner = fedJoiner();
  promises(joiner.scene);
  notePromise(joiner.scene.replica, asBallot(257), [own, other]);
  assert.equal(grantsIn(joiner.ticks(60)), 0);
});
