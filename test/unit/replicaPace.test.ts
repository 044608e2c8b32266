// When servers wake and beat: a view in which nothing happens costs next to nothing, and notices
// whatever happens as soon as ever. Replicas alone, under virtual time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { grantMs, heartbeatMs, leaseMs, paceSlackMs, tickMs } from "../../src/base/limits.ts";
import { currentView, isActive, peerOf } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import { ReplicaNet } from "../support/replicaNet.ts";

const ids = [0, 1, 2];
const pairs = ids.flatMap((a) => ids.filter((b) => b !== a).map((b) => [a, b] as const));

/** Three servers in a view in which nothing has happened for a while. */
function quiet(): ReplicaNet {
  const net = new ReplicaNet(3);
  const isQuiet = (): boolean => ids.every((id) => net.replica(id).isQuiet);
  assert.equal(net.until(isQuiet, 10_000), true, "all come to rest");
  net.run(2 * heartbeatMs);
  net.sent.length = 0;
  net.ticks = 0;
  return net;
}

function leaseLeftMs(net: ReplicaNet, holder: number, from: number): number {
  return peerOf(net.replica(holder), asServerId(from)).leaseUntilMs - net.nowMs;
}

test("servers with nothing to do send one frame per pair, direction and heartbeat", () => {
  const net = quiet();
  net.run(20 * heartbeatMs);
  for (const [from, to] of pairs) {
    const frames = net.sent.filter((one) => one.from === from && one.to === to);
    assert.equal(frames.length <= 21 && frames.length >= 19, true, `${frames.length} frames`);
    assert.equal(
      frames.every(({ message }) => message.type === "heartbeat"),
      true,
    );
  }
});

test("one server's timer wakes all, and only for heartbeats", () => {
  const net = quiet();
  net.run(20 * heartbeatMs);
  assert.equal(net.ticks <= 21, true, `${net.ticks} ticks`);
});

test("answers that ride on the next heartbeat leave every lease half its time and more", () => {
  const net = quiet();
  for (let ms = 0; ms < 10 * heartbeatMs; ms += 1) {
    net.run(1);
    for (const [holder, from] of pairs) {
      const leftMs = leaseLeftMs(net, holder, from);
      assert.equal(leftMs >= leaseMs - 2 * (heartbeatMs + paceSlackMs) - 10, true, `${leftMs} ms`);
    }
  }
});

test("a view that starts has all its leases as soon as its members have heard one another", () => {
  const net = new ReplicaNet(3);
  const areActive = (): boolean => ids.every((id) => isActive(net.replica(id)));
  assert.equal(net.until(areActive, 5_000), true);
  net.run(5);
  for (const [holder, from] of pairs) {
    assert.equal(leaseLeftMs(net, holder, from) > 0, true, `${holder} of ${from}`);
  }
});

for (const waitMs of [0, 37, 74, 111]) {
  test(`a silent member is missed when its last grants have run out, ${waitMs} ms on`, () => {
    const net = quiet();
    net.run(waitMs);
    for (const id of [0, 1]) net.cut(2, id);
    const heardMs = [0, 1].map((id) => peerOf(net.replica(id), asServerId(2)).heardMs);
    const isLeftOut = (): boolean => currentView(net.replica(0))?.members.join(" ") === "0 1";
    assert.equal(net.until(isLeftOut, 5_000), true);
    const tookMs = net.nowMs - Math.max(...heardMs);
    assert.equal(tookMs >= grantMs && tookMs <= grantMs + 2 * tickMs, true, `${tookMs} ms`);
  });
}

test("a server at rest wakes when a member will have been silent for too long", () => {
  const net = quiet();
  const replica = net.replica(0);
  peerOf(replica, asServerId(2)).heardMs = net.nowMs - grantMs + 40;
  step(replica, { kind: "tick" }, { nowMs: net.nowMs, wallUs: net.nowMs * 1_000 });
  assert.equal(replica.tickDueMs, net.nowMs + 40);
});

test("the others beat on at their own pace when the one that sets it is gone", () => {
  const net = quiet();
  const count = (id: number): number => net.sent.filter(({ from }) => from === id).length;
  net.cut(0, 1);
  net.cut(0, 2);
  net.run(6 * (heartbeatMs + paceSlackMs));
  for (const id of [1, 2]) assert.equal(count(id) >= 10, true, `${count(id)} frames`);
});

test("whatever happens in a view at rest is judged at once, not with the next heartbeat", () => {
  const net = quiet();
  const untilDueMs = (): number => net.replica(0).tickDueMs - net.nowMs;
  assert.equal(
    net.until(() => untilDueMs() > 2 * tickMs, 1_000),
    true,
  );
  const now = { nowMs: net.nowMs, wallUs: net.nowMs * 1_000 };
  step(net.replica(0), { kind: "probed", peer: asServerId(2), refused: false }, now);
  assert.equal(untilDueMs() <= tickMs, true);
  step(net.replica(0), { kind: "tick" }, now);
  assert.equal(untilDueMs(), tickMs);
});
