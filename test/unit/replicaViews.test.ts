// View changes among replicas alone: who leads, how soon, and who must not.
// Messages and syncs take a while here, and nothing is lost but by a cut or a crash.

import assert from "node:assert/strict";
import { test } from "node:test";
import { currentView, isActive, isLeading, type Replica } from "../../src/replica/state.ts";
import { ReplicaNet } from "../support/replicaNet.ts";

function founded(count = 3): ReplicaNet {
  const net = new ReplicaNet(count);
  assert.equal(
    net.until(() => isLeading(net.replica(0)), 5_000),
    true,
    "server 0 leads",
  );
  net.run(500);
  return net;
}

function isConfirming(replica: Replica): boolean {
  return isLeading(replica) && replica.committed === replica.tail.lastOp;
}

function membersOf(replica: Replica): readonly number[] {
  return currentView(replica)?.members ?? [];
}

test("all configured servers found a verified view, led by the lowest id", () => {
  const net = founded();
  for (const id of [0, 1, 2]) {
    assert.deepEqual(membersOf(net.replica(id)), [0, 1, 2]);
    assert.equal(isActive(net.replica(id)), true);
    assert.equal(currentView(net.replica(id))?.verified, true);
  }
});

test("a command is committed when it is durable on every member, and not before", () => {
  const net = founded();
  net.cut(0, 2);
  net.command(0, "hello");
  net.run(300);
  assert.equal(net.replica(0).committed, 1, "server 2 does not have it");
  const open = founded();
  open.command(0, "hello");
  open.run(20);
  assert.equal(open.replica(0).committed, 2);
});

const orders = [
  [0, 1],
  [1, 0],
  [0, 2],
  [2, 0],
  [1, 2],
  [2, 1],
] as const;
for (const [first, second] of orders) {
  test(`${first}, then ${second} crash, however close: the last one confirms at once`, () => {
    for (const gapMs of [0, 1, 2, 3, 5, 10, 20, 50]) {
      const net = founded();
      net.command(0, "before");
      net.run(20);
      net.crash(first);
      net.run(gapMs);
      net.crash(second);
      const last = net.replica(3 - first - second);
      assert.equal(
        net.until(() => isConfirming(last), 100),
        true,
        `${gapMs} ms apart`,
      );
      assert.equal(currentView(last)?.verified, true);
      assert.equal(last.tail.lastOp >= 2, true, "what was confirmed is there");
    }
  });
}

test("a primary that is cut off does not go on; the others do, after the grants have run out", () => {
  const net = founded();
  net.cut(0, 1);
  net.cut(0, 2);
  net.run(1_400);
  assert.equal(isLeading(net.replica(1)), false, "too early");
  net.command(0, "nobody hears this");
  assert.equal(
    net.until(() => isConfirming(net.replica(1)), 1_000),
    true,
  );
  assert.deepEqual(membersOf(net.replica(1)), [1, 2]);
  net.run(5_000);
  assert.equal(net.replica(0).committed < net.replica(0).tail.lastOp, true);
});

test("after ten seconds alone a cut-off minority goes on, marked unverified", () => {
  const net = founded();
  net.cut(0, 1);
  net.cut(0, 2);
  net.run(13_000);
  assert.deepEqual(membersOf(net.replica(0)), [0]);
  assert.equal(currentView(net.replica(0))?.verified, false);
  assert.equal(currentView(net.replica(1))?.verified, true);
});

for (const [a, b] of [
  [0, 1],
  [0, 2],
  [1, 2],
] as const) {
  test(`when only the link ${a}–${b} is cut, two go on and one waits, without flapping`, () => {
    const net = founded();
    net.cut(a, b);
    const serves = (): boolean => {
      return [0, 1, 2].some((id) => {
        return isConfirming(net.replica(id)) && membersOf(net.replica(id)).length === 2;
      });
    };
    assert.equal(net.until(serves, 6_000), true);
    // The one left out may ask once more before it hears of the view.
    net.run(1_000);
    const promised = Math.max(...[0, 1, 2].map((id) => net.replica(id).promised));
    net.run(10_000);
    assert.equal(serves(), true);
    assert.equal(Math.max(...[0, 1, 2].map((id) => net.replica(id).promised)), promised);
  });
}

test("a member whose disk does not answer is asked to resign, and the others go on", () => {
  const net = founded();
  net.hangDisk(2);
  net.command(0, "waits for the slow disk");
  net.run(3_000);
  assert.deepEqual(membersOf(net.replica(0)), [0, 1, 2], "slow is not dead");
  assert.equal(
    net.until(() => isConfirming(net.replica(0)), 3_000),
    true,
  );
  assert.deepEqual(membersOf(net.replica(0)), [0, 1]);
  assert.equal(net.replica(2).status, "resigned");
});

test("slowness alone never shrinks a view below two", () => {
  const net = founded(2);
  net.hangDisk(1);
  net.command(0, "waits for the slow disk");
  net.run(20_000);
  assert.deepEqual(membersOf(net.replica(0)), [0, 1]);
  assert.equal(net.replica(0).committed, 1, "one copy is not what the view promises");
});
