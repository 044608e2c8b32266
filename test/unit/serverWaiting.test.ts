// Who says hello to a server that does not lead yet waits while it may be the next one, hears at
// once who serves, and is sent on when that takes too long. Under virtual time.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { queryHoldMs, successionHoldMs } from "../../src/base/limits.ts";
import { successorOf } from "../../src/server/standing.ts";
import { makeClientWorld } from "../support/clientWorld.ts";
import type { RawClient } from "../support/rawClient.ts";
import { ReplicaNet } from "../support/replicaNet.ts";

test("a client that waits tells of its newer ballot once, however many turns go by", async () => {
  const world = await makeClientWorld();
  world.driver.become({ role: "secondary", ballot: 128 as never, primary: asServerId(1) });
  world.driver.following = "unknown";
  const guest = await world.connect();
  guest.say({ type: "hello", version: 1, client: guest.client, ballot: 640 as never });
  await world.clock.runFor(50);
  for (let turns = 0; turns < 5; turns += 1) world.driver.commitAll();
  await world.clock.runFor(250);
  deepEqual([world.driver.hints, guest.received.length], [[640], 0]);
  // Taken once more, and there is still nothing new about it.
  world.driver.become({ role: "primary" });
  await guest.next("welcome");
  deepEqual(world.driver.hints, [640]);
});

test("a turn costs a server that is about to lead the same, however many wait for it", async () => {
  const world = await makeClientWorld();
  world.driver.become({ role: "secondary", primary: asServerId(1) });
  world.driver.following = asServerId(0);
  const guests: RawClient[] = [];
  while (guests.length < 20) {
    const guest = await world.connect();
    guests.push(guest);
    guest.say({ type: "hello", version: 1, client: guest.client, ballot: 0 as never });
  }
  await world.clock.runFor(10);
  const successor = world.driver.successor.bind(world.driver);
  let looks = 0;
  world.driver.successor = () => {
    looks += 1;
    return successor();
  };
  for (let turns = 0; turns < 5; turns += 1) world.driver.commitAll();
  equal(looks, 5);
  world.driver.become({ role: "primary" });
  for (const guest of guests) await guest.next("welcome");
});

test("who waits for the next primary is sent on after a second, with all that he has asked", async () => {
  const world = await makeClientWorld();
  world.driver.become({ role: "secondary", primary: asServerId(1) });
  world.driver.following = asServerId(0);
  const [guest, eager] = [await world.connect(), await world.connect()];
  for (const one of [guest, eager]) {
    one.say({ type: "hello", version: 1, client: one.client, ballot: 0 as never });
  }
  eager.say({ type: "ping", query: 1 });
  await world.clock.runFor(queryHoldMs - 100);
  deepEqual([guest.closed, eager.closed], [false, false]);
  await world.clock.runFor(200);
  for (const one of [guest, eager]) {
    equal((await one.next("notPrimary")).primary, 2);
    await one.ended();
  }
});

test("who comes to a secondary whose primary has just died waits, and hears at once who serves", async () => {
  const world = await makeClientWorld();
  world.driver.become({ role: "secondary", primary: asServerId(1) });
  world.driver.following = "unknown";
  const [alice, bob] = [await world.connect(), await world.connect()];
  for (const guest of [alice, bob]) {
    guest.say({ type: "hello", version: 1, client: guest.client, ballot: 0 as never });
  }
  await world.clock.runFor(100);
  deepEqual([alice.received.length, bob.received.length], [0, 0]);
  world.driver.following = asServerId(2);
  equal((await alice.next("notPrimary")).primary, 3);
  equal((await bob.next("notPrimary")).primary, 3);
});

test("it waits no longer than a death takes to be found out, and is sent on then", async () => {
  const net = new ReplicaNet(3);
  net.run(1_000);
  const secondary = net.replica(1);
  const diedAtMs = net.nowMs;
  equal(successorOf(secondary, diedAtMs), null);
  net.cut(1, 2);
  net.crash(0);
  net.run(1);
  equal(successorOf(secondary, diedAtMs + 100), "unknown");
  net.run(2);
  equal(successorOf(secondary, diedAtMs + 100), 1);
  equal(successorOf(net.replica(2), diedAtMs + 100), 1);
  equal(successorOf(secondary, diedAtMs + successionHoldMs), null);
  const world = await makeClientWorld();
  world.driver.become({ role: "secondary", primary: asServerId(1) });
  world.driver.following = asServerId(0);
  const guest = await world.connect();
  guest.say({ type: "hello", version: 1, client: guest.client, ballot: 0 as never });
  await world.clock.runFor(100);
  equal(guest.received.length, 0);
  world.driver.following = null;
  equal((await guest.next("notPrimary")).primary, 2);
});
