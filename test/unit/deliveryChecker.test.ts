// The judge of deliveries must see each broken promise: every rule is broken once here.
// Whether servers keep them is for scenarios to show.

import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { makeDeliveryChecker, type DeliveryChecker } from "../support/deliveryChecker.ts";

const bob = { name: "bob's terminal", user: "bob" };

function given(): DeliveryChecker {
  const checker = makeDeliveryChecker();
  checker.sent({ id: "a-1", from: "alice", to: "bob", body: "one" });
  checker.sent({ id: "a-2", from: "alice", to: "bob", body: "two" });
  return checker;
}

const show = (checker: DeliveryChecker, id: string, body: string, late = false): void =>
  checker.shown(bob, { id, from: "alice", body, late });

test("a message confirmed and shown once, in order, is as promised", () => {
  const checker = given();
  checker.confirmed("a-1");
  show(checker, "a-1", "one");
  show(checker, "a-2", "two");
  checker.confirmed("a-2");
  checker.expectAllDelivered(() => []);
  deepEqual(checker.counts(), { sent: 2, confirmed: 2, shown: 2 });
});

test("a message shown twice by one terminal is noticed, but not one shown by two", () => {
  const checker = given();
  show(checker, "a-1", "one");
  checker.shown({ name: "bob's other terminal", user: "bob" }, {
    id: "a-1", from: "alice", body: "one", late: false,
  }); // prettier-ignore
  throws(() => show(checker, "a-1", "one"), /twice/);
});

test("a message out of order is noticed, unless it is marked late", () => {
  const checker = given();
  show(checker, "a-2", "two");
  show(checker, "a-1", "one", true);
  const other = given();
  show(other, "a-2", "two");
  throws(() => show(other, "a-1", "one"), /out of order/);
});

test("a confirmed message that is neither shown nor unread is noticed", () => {
  const checker = given();
  checker.confirmed("a-1");
  checker.expectAllDelivered(() => ["a-1"]);
  throws(() => checker.expectAllDelivered(() => ["a-2"]), /neither saw it nor has it unread/);
});

test("messages changed, invented, refused or meant for others are noticed", () => {
  const checker = given();
  throws(() => show(checker, "a-1", "else"), /another text/);
  throws(() => show(checker, "a-9", "one"), /never sent/);
  checker.sent({ id: "a-3", from: "alice", to: "carol", body: "secret" });
  throws(() => show(checker, "a-3", "secret"), /for carol/);
  checker.refused("a-2");
  throws(() => show(checker, "a-2", "two"), /refused/);
  throws(() => checker.confirmed("a-2"), /refused and is now confirmed/);
});

test("a refused message is shown on no other branch, unless it was repeated and there is one", () => {
  const checker = given();
  checker.refused("a-1", { wasRepeated: true });
  throws(() => show(checker, "a-1", "one"), /refused/);
  checker.allowDisorder();
  show(checker, "a-1", "one");
  checker.refused("a-2");
  throws(() => show(checker, "a-2", "two"), /refused/);
});
