// When the members of a view hold leases from one another, so that it may confirm: in the lives in
// which they are members. How leases come about is tested with the heartbeats.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asIncarnation, asServerId } from "../../src/base/ids.ts";
import type { Incarnation } from "../../src/base/ids.ts";
import { leaseSpareMs, leaseToldMs } from "../../src/base/doubtLimits.ts";
import { areMutual } from "../../src/replica/mutualLeases.ts";
import { currentView, peerOf } from "../../src/replica/state.ts";
import type { View } from "../../src/replica/types.ts";
import { other, ReplicaScene } from "../support/replicaScene.ts";

const self = asServerId(0);

/** Server 0 leads an active view of both, and each holds a lease from the other. */
function leasedScene(): { readonly scene: ReplicaScene; readonly view: View } {
  const scene = new ReplicaScene();
  const beat = scene.beActive();
  const leased = { leases: [self], hears: [self], granted: true, answers: scene.nowMs };
  scene.hear({ ...beat, ...leased });
  return { scene, view: currentView(scene.replica) as View };
}

/** The view behind it, in which the lives of servers 0 and 1 are these. */
function nextView(view: View, lives: readonly [Incarnation, Incarnation]): View {
  return { ...view, ballot: asBallot(view.ballot + 64), incarnations: lives };
}

test("members that said so hold leases from one another", () => {
  const { scene, view } = leasedScene();
  assert.equal(areMutual(scene.replica, view), true);
});

test("a lease about to end does not count, nor does old word of one", () => {
  const { scene, view } = leasedScene();
  const peer = peerOf(scene.replica, other);
  const { leaseUntilMs, heartbeatAtMs } = peer;
  peer.leaseUntilMs = scene.replica.now.nowMs + leaseSpareMs - 1;
  assert.equal(areMutual(scene.replica, view), false);
  peer.leaseUntilMs = leaseUntilMs;
  assert.equal(areMutual(scene.replica, view), true);
  peer.heartbeatAtMs = scene.replica.now.nowMs - leaseToldMs - 1;
  assert.equal(areMutual(scene.replica, view), false);
  peer.heartbeatAtMs = heartbeatAtMs;
  assert.equal(areMutual(scene.replica, view), true);
});

test("what was told in the view before counts in the next, of the same lives", () => {
  const { scene, view } = leasedScene();
  const [mine, others] = view.incarnations as readonly [Incarnation, Incarnation];
  assert.equal(areMutual(scene.replica, nextView(view, [mine, others])), true);
});

test("what a life before told, or granted, does not count for the one that is a member now", () => {
  const { scene, view } = leasedScene();
  const [mine, others] = view.incarnations as readonly [Incarnation, Incarnation];
  const restarted = nextView(view, [mine, asIncarnation(others + 1)]);
  assert.equal(areMutual(scene.replica, restarted), false);
  const peer = peerOf(scene.replica, other);
  assert.ok(peer.heartbeat !== null);
  peer.heartbeat = { ...peer.heartbeat, incarnation: asIncarnation(others + 1) };
  assert.equal(areMutual(scene.replica, restarted), false, "the lease is the former life's");
});

test("a lease that a member holds from somebody's life before does not count", () => {
  const { scene, view } = leasedScene();
  const [mine, others] = view.incarnations as readonly [Incarnation, Incarnation];
  const restarted = nextView(view, [asIncarnation(mine + 1), others]);
  assert.equal(areMutual(scene.replica, restarted), false);
});
