// The primary alone feeds the members of a view: whoever only started it for another one, or
// follows in it, sends no records to anybody.

import assert from "node:assert/strict";
import { test } from "node:test";
import { proposerOf } from "../../src/base/ids.ts";
import { currentView, isLeading } from "../../src/replica/state.ts";
import { ReplicaNet } from "../support/replicaNet.ts";

/** Server 0 leads all three. */
function founded(): ReplicaNet {
  const net = new ReplicaNet(3);
  assert.equal(
    net.until(() => isLeading(net.replica(0)), 5_000),
    true,
  );
  net.run(500);
  return net;
}

/** Who sends records once the primary has got a command. */
function feeders(net: ReplicaNet): readonly number[] {
  net.sent.length = 0;
  const before = net.replica(0).committed;
  net.command(0, "hello");
  net.run(100);
  assert.equal(net.replica(0).committed, before + 1);
  return [...new Set(net.sent.filter(({ message }) => message.type === "prepare").map(from))];
}

function from({ from: id }: { readonly from: number }): number {
  return id;
}

test("who follows in a view sends no records to anybody", () => {
  assert.deepEqual(feeders(founded()), [0]);
});

test("who has started a view for a primary that goes on sends no records in it", () => {
  const net = founded();
  net.replica(0).retryAtMs = Number.POSITIVE_INFINITY;
  net.crash(2);
  assert.equal(
    net.until(() => currentView(net.replica(0))?.members.length === 2, 5_000),
    true,
  );
  net.run(500);
  const view = currentView(net.replica(0));
  assert.ok(view !== undefined);
  assert.deepEqual([proposerOf(view.ballot), view.primary], [1, 0]);
  assert.deepEqual(feeders(net), [0]);
});
