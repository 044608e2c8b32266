// Who counts as heard and who as silent, and what heartbeats grant one another (REPLICATION §3).
// What follows from silence is tested with the views.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import { grantMs, leaseMs } from "../../src/base/limits.ts";
import { holdsLease, isSilent } from "../../src/replica/liveness.ts";
import { beginNewLife } from "../../src/replica/membership.ts";
import { peerOf } from "../../src/replica/state.ts";
import type { Effect } from "../../src/replica/types.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { heartbeat, kindsOf, other, ReplicaScene } from "../support/replicaScene.ts";

test("time in which this server itself stood still is nobody's silence", () => {
  const scene = new ReplicaScene();
  scene.ticks(1);
  scene.nowMs += 3_600_000;
  const logged = scene.ticks(1).filter((effect) => effect.kind === "log");
  assert.equal(isSilent(scene.replica, peerOf(scene.replica, other)), false);
  const said = logged.find(({ event }) => event === "stood-still");
  assert.ok(Number(said?.fields["ms"]) >= 3_600_000);
});

test("whoever was heard after this server had stood still is missed as soon as ever", () => {
  const scene = new ReplicaScene();
  scene.ticks(1);
  scene.nowMs += 3_600_000;
  scene.hear(heartbeat);
  scene.ticks(1 + 1_500 / 25);
  assert.equal(isSilent(scene.replica, peerOf(scene.replica, other)), true);
});

/** Server 0 is a member of an active view of both, and what server 1 beats in it. */
function memberScene(): { readonly scene: ReplicaScene; readonly beat: MessageOf<"heartbeat"> } {
  const scene = new ReplicaScene();
  return { scene, beat: scene.beActive() };
}

function beatsOf(effects: readonly Effect[]): MessageOf<"heartbeat">[] {
  return effects.flatMap((effect) =>
    effect.kind === "send" && effect.message.type === "heartbeat" ? [effect.message] : [],
  );
}

/** The same, where both hold leases from one another. */
function leasedScene(): ReturnType<typeof memberScene> {
  const { scene, beat } = memberScene();
  scene.hear({ ...beat, answers: scene.nowMs, granted: true });
  scene.ticks(8);
  return { scene, beat };
}

test("a heartbeat is answered once, by the next one that goes out, and by its name", () => {
  const { scene, beat } = leasedScene();
  scene.hear({ ...beat, sentAtMs: 770 });
  const grants = beatsOf(scene.ticks(40)).filter(({ granted }) => granted);
  assert.deepEqual(
    grants.map(({ answers }) => answers),
    [770],
  );
});

test("a grant runs from when the heartbeat came, not from when it is answered", () => {
  const { scene, beat } = leasedScene();
  const peer = peerOf(scene.replica, other);
  const cameMs = scene.nowMs;
  scene.hear(beat);
  assert.equal(peer.grantUntilMs < cameMs + grantMs, true, "it has not been answered");
  scene.ticks(8);
  assert.equal(peer.grantUntilMs, cameMs + grantMs);
});

test("a lease runs from when the heartbeat was sent that is answered", () => {
  const { scene, beat } = leasedScene();
  const sentMs = scene.nowMs;
  scene.nowMs += 120;
  scene.hear({ ...beat, answers: sentMs, granted: true });
  assert.equal(peerOf(scene.replica, other).leaseUntilMs, sentMs + leaseMs);
});

test("what was granted to the life before is no lease of the next one", () => {
  const { scene, beat } = memberScene();
  scene.hear({ ...beat, granted: true, answers: scene.nowMs });
  const peer = peerOf(scene.replica, other);
  assert.equal(holdsLease(scene.replica, peer), true);
  beginNewLife(scene.replica, scene.replica.incarnation);
  assert.equal(holdsLease(scene.replica, peer), false);
});

test("what one grants before any view holds its new life proves nothing of the life before", () => {
  const { scene, beat } = memberScene();
  const peer = peerOf(scene.replica, other);
  const incarnation = asIncarnation(6);
  scene.take({ kind: "peerDown", peer: other });
  scene.take({ kind: "peerUp", peer: other, incarnation, cluster: "0a" });
  scene.hear({ ...beat, normal: false, incarnation, answers: scene.nowMs, granted: true });
  assert.equal(holdsLease(scene.replica, peer), true);
  scene.take({ kind: "peerDown", peer: other });
  scene.take({ kind: "probed", peer: other, refused: true });
  assert.equal(peer.provenDead, 0, "it may have gone on alone before it was started anew");
});

test("a member that promises somebody of another view, who feeds it, grants nothing with it", () => {
  const { scene, beat } = leasedScene();
  const ballot = asBallot(beat.ballot + 65);
  scene.hear({ ...beat, ballot, active: false, sentAtMs: 770 });
  assert.equal(scene.replica.status, "normal");
  scene.replica.feed = { ballot, from: other, keep: asOp(10), fits: true };
  const members = [asServerId(0), other];
  const proposal = { ballot: asBallot(ballot + 64), cluster: "0a", members, proofs: [] };
  const stored = scene
    .hear({ type: "propose", ...proposal })
    .find(({ kind }) => kind === "persist");
  assert.equal(stored?.kind, "persist");
  const said = scene.take({ kind: "persisted", meta: stored.meta });
  assert.equal(kindsOf(said).includes("promise"), true);
  assert.equal(
    beatsOf(said).some(({ granted }) => granted),
    false,
  );
});

test("an answer to what has not been said yet brings no lease", () => {
  const { scene, beat } = memberScene();
  scene.hear({ ...beat, answers: scene.nowMs + 1, granted: true });
  assert.equal(holdsLease(scene.replica, peerOf(scene.replica, other)), false);
  scene.hear({ ...beat, answers: scene.nowMs, granted: true });
  assert.equal(holdsLease(scene.replica, peerOf(scene.replica, other)), true);
});

test("what grants nothing brings no lease, whatever it answers", () => {
  const { scene, beat } = memberScene();
  scene.hear({ ...beat, answers: scene.nowMs, granted: false });
  assert.equal(holdsLease(scene.replica, peerOf(scene.replica, other)), false);
});

test("whether to grant is judged when the answer goes: a promise in between forbids it", () => {
  const { scene, beat } = leasedScene();
  const { grantUntilMs } = peerOf(scene.replica, other);
  scene.hear(beat);
  scene.replica.promisedTo = new Set([asServerId(0)]);
  const beats = beatsOf(scene.ticks(8));
  assert.equal(beats.length > 0, true);
  assert.equal(
    beats.some(({ granted }) => granted),
    false,
  );
  assert.equal(peerOf(scene.replica, other).grantUntilMs, grantUntilMs);
});

test("who lacks a lease asks at once, and is answered at once", () => {
  const { scene, beat } = memberScene();
  scene.nowMs += 30;
  const asked = beatsOf(scene.hear(beat));
  assert.deepEqual([asked[0]?.granted, asked[0]?.wants], [true, true]);
  scene.nowMs += 30;
  const granting = { ...beat, answers: scene.nowMs, granted: true };
  assert.deepEqual(kindsOf(scene.hear(granting)), [], "who holds one waits for the next beat");
  scene.nowMs += 30;
  const answered = beatsOf(scene.hear({ ...granting, wants: true }));
  assert.deepEqual([answered[0]?.granted, answered[0]?.wants], [true, false]);
});

test("answers that come too late to be of use are not asked for over and over", () => {
  const { scene, beat } = memberScene();
  scene.ticks(8);
  const frames = Array.from({ length: 20 }, () => {
    scene.nowMs += 1;
    return kindsOf(scene.hear({ ...beat, wants: true })).length;
  });
  assert.deepEqual(
    frames.filter((count) => count > 0),
    [1],
  );
});
