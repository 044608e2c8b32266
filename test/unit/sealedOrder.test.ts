// The numbers by which a reader sees that nothing was repeated, reordered or kept back. What is
// shown of it stands in sealedLies.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BackwardOrder, LiveOrder, SentSequences } from "../../src/client/sealing/sequences.ts";

const place = { writer: "vic", client: "c", tag: "t" };

test("numbers of refused messages are used again, unless something newer has gone out", () => {
  const sent = new SentSequences();
  assert.deepEqual(
    [1, 2, 3, 4].map(() => sent.next("t")),
    [1, 2, 3, 4],
  );
  sent.giveBack("t", 3);
  assert.equal(sent.next("t"), 5, "4 may have arrived");
  for (const refused of [4, 5]) sent.giveBack("t", refused);
  assert.equal(sent.next("t"), 3, "3, 4 and 5 are all refused by now");
  assert.equal(sent.next("other"), 1);
});

test("what comes live has to rise by one from where this terminal began to listen", () => {
  const order = new LiveOrder();
  assert.equal(order.judge(place, 7), "next");
  assert.equal(order.judge(place, 8), "next");
  assert.equal(order.judge(place, 10), "gap");
  assert.equal(order.judge(place, 10), "stale");
  assert.equal(order.judge(place, 9), "stale");
  assert.equal(order.judge({ ...place, client: "d" }, 1), "next");
});

test("what was kept back while its writer was blocked is no gap, once for each client", () => {
  const order = new LiveOrder();
  const others = { ...place, writer: "uma", client: "u" };
  for (const one of [place, { ...place, client: "d" }, others]) order.judge(one, 1);
  order.unblocked("Vic");
  assert.equal(order.judge(place, 4), "next");
  assert.equal(order.judge(place, 6), "gap", "only what was sent meanwhile");
  assert.equal(order.judge({ ...place, client: "d" }, 3), "next");
  assert.equal(order.judge({ ...place, client: "d" }, 3), "stale");
  assert.equal(order.judge(others, 3), "gap");
});

test("what is read back has to fall, and may have holes", () => {
  const order = new BackwardOrder();
  assert.equal(order.judge(place, 9), "next");
  assert.equal(order.judge(place, 5), "next");
  assert.equal(order.judge(place, 6), "stale");
  assert.equal(order.judge(place, 5), "stale");
  assert.equal(order.judge(place, 4), "next");
});
