// The bell: who is rung for, and that it rings once, whatever else is drawn. What `set` itself does
// is shown where settings are tested.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId } from "../../src/base/ids.ts";
import { names, rings } from "../../src/client/bell.ts";
import type { LetterView } from "../../src/client/views.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";

const letter: LetterView = {
  id: { client: asClientId("ab".repeat(16)), request: 1 },
  seq: 1,
  from: "alice",
  to: "bob",
  group: "",
  text: "hi",
  atMs: 0,
  own: false,
  event: "",
  late: false,
};
const group = { ...letter, group: "#team" };
const mention = { ...group, text: "ask @Bob, please" };

test("the bell rings for what it is set to, and never for one's own", () => {
  const user = "bob";
  const rung = (bell: "off" | "dm" | "mention" | "all"): readonly boolean[] =>
    [letter, group, mention, { ...letter, own: true }].map((one) => rings(one, { bell, user }));
  assert.deepEqual(rung("off"), [false, false, false, false]);
  assert.deepEqual(rung("dm"), [true, false, false, false]);
  assert.deepEqual(rung("mention"), [true, false, true, false]);
  assert.deepEqual(rung("all"), [true, true, true, false]);
});

test("a name is mentioned as a word of its own", () => {
  assert.ok(names("bob: look", "bob") && names("(BOB)", "bob"));
  assert.ok(!names("bobsleigh", "bob") && !names("kebob", "bob"));
});

test("a terminal's bell is silent until it is set, and rings once for a message", async () => {
  const cluster = await started(64);
  const bob = await bobAt(cluster, { columns: 60 });
  await run(cluster, ["register alice", password, "send bob one"]);
  await cluster.until(() => shows(bob, "alice: one"), "the first");
  assert.equal(bob.screen.bells, 0);
  bob.type(`set bell dm${enter}`);
  await cluster.until(() => shows(bob, "bell"), "the setting");
  await run(cluster, ["login alice", password, "send bob two"]);
  await cluster.until(() => shows(bob, "alice: two"), "the second");
  bob.type("some keys");
  await cluster.run(100);
  assert.equal(bob.screen.bells, 1);
});
