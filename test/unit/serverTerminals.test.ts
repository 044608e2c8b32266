// What a server says to a terminal, and what it keeps from it, where the usual way is not taken:
// letters of groups, connections that have said nothing yet, a log that is full.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";

test("a resumed terminal does not get its own sends to a group, and others' it does", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  const change = { type: "groupChange", received: 0, group: "#team" } as const;
  for (const [what, member] of [
    ["create", ""],
    ["add", "bob"],
  ] as const) {
    alice.say({ ...change, request: (alice.lastRequest += 1), change: what, member });
    await alice.next("grouped");
  }
  await bob.send("#team", "from bob");
  await alice.send("#team", "from alice");
  alice.link.destroy();
  await world.clock.runFor(10);
  const again = await world.connect(alice.client);
  await again.hello();
  again.say(again.resumption(0));
  await again.next("resumed");
  await world.clock.runFor(100);
  deepEqual(
    again.of("message").map(({ body }) => body),
    ["from bob"],
  );
});

test("whether confirmed messages may be missing is told to whoever has said hello", async () => {
  const world = await makeClientWorld();
  const stranger = await world.connect();
  const alice = await loggedIn(world, "alice");
  world.driver.become({ verified: false });
  await world.clock.runFor(100);
  equal(alice.of("notice").length, 1);
  deepEqual(stranger.of("notice"), []);
});

test("a password that cannot be looked at yet is no wrong try, however long it waits", async () => {
  const world = await makeClientWorld();
  await loggedIn(world, "alice");
  const other = await world.connect();
  await other.hello();
  world.driver.writable = false;
  other.say(other.challenge("alice"), other.proof("alice", "wrong"));
  await world.clock.runFor(1_000);
  deepEqual(other.of("refused"), []);
  world.driver.writable = true;
  await other.next("refused");
});

test("whoever has the name that he registered is told of no other when he is back", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const again = await world.connect(alice.client);
  await again.hello();
  again.say(again.resumption(0));
  await again.next("resumed");
  const other = await world.connect();
  await other.hello();
  equal((await other.login("alice")).type, "loggedIn");
  await world.clock.runFor(100);
  deepEqual([...again.of("notice"), ...other.of("notice")], []);
});
