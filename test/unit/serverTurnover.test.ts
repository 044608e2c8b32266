// What those who are connected notice when their server's part in the cluster changes, or their
// own session ends: what is for them, in time, and nothing else.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asServerId } from "../../src/base/ids.ts";
import { viewChangeGraceMs } from "../../src/base/limits.ts";
import { presenceFoldMs } from "../../src/base/talkLimits.ts";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";

test("clients that stayed while their server took the lead again are not sent away later", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.become({ role: "secondary", ballot: asBallot(128) });
  await world.clock.runFor(viewChangeGraceMs / 2);
  world.driver.become({ role: "primary" });
  await world.clock.runFor(2 * viewChangeGraceMs);
  equal(alice.closed, false);
  await alice.send("alice", "still here");
});

test("who comes while the view is begun is let in, and answered once it is led, or sent away", async () => {
  for (const isLed of [true, false]) {
    const world = await makeClientWorld();
    world.driver.become({ role: "secondary", ballot: asBallot(128), primary: asServerId(0) });
    const guest = await world.connect();
    await guest.hello();
    guest.say({ type: "ping", query: 1 });
    await world.clock.runFor(viewChangeGraceMs / 2);
    equal(guest.of("pong").length, 0);
    equal(guest.closed, false);
    if (isLed) world.driver.become({ role: "primary" });
    else world.driver.become({ role: "recovering", primary: null });
    await guest.next(isLed ? "pong" : "notPrimary");
  }
});

test("clients of a server that stops do not wait for the view that it would lead", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.clients.prepareStop();
  world.driver.become({ role: "secondary", ballot: asBallot(128), primary: asServerId(0) });
  await world.clock.runFor(viewChangeGraceMs / 2);
  equal(alice.closed, true);
});

test("whether confirmed messages may be missing is told when that changes, each time once", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const toldAfter = async (verified: boolean): Promise<number> => {
    world.driver.become({ verified });
    await world.clock.runFor(100);
    return alice.of("notice").length;
  };
  equal(await toldAfter(true), 0);
  equal(await toldAfter(false), 1);
  equal(await toldAfter(false), 1);
  equal(await toldAfter(true), 2);
});

test("who comes and goes is not told to the session behind the one that had asked for it", async () => {
  for (const isLeft of [false, true]) {
    const world = await makeClientWorld();
    const alice = await loggedIn(world, "alice");
    alice.say({ type: "watch", query: 1, on: true });
    await alice.next("pong");
    if (isLeft) {
      alice.say({ type: "logout", request: (alice.lastRequest += 1), received: 1 });
      await alice.next("loggedOut");
      equal((await alice.login("alice")).type, "loggedIn");
    }
    await loggedIn(world, "carol");
    await world.clock.runFor(2 * presenceFoldMs);
    equal(alice.of("presence").length, isLeft ? 0 : 1);
  }
});

test("a log that is cut back to an earlier view sends the clients of every later one away", async () => {
  const world = await makeClientWorld();
  world.driver.become({ role: "recovering", ballot: 192 as never });
  world.driver.become({ role: "primary" });
  const alice = await loggedIn(world, "alice");
  world.driver.become({ role: "recovering", ballot: 128 as never });
  await world.clock.runFor(50);
  deepEqual([alice.of("notPrimary").length, alice.closed], [1, true]);
});

test("from when a member is gone, confirmations count those that are left", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  equal((await alice.send("alice", "held by all")).copies, 3);
  world.driver.become({ members: [asServerId(0), asServerId(2)] });
  equal((await alice.send("alice", "held by two")).copies, 2);
});

test("who comes to a server that is about to stop is let go at once", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.clients.prepareStop();
  const late = await world.connect();
  await world.clock.runFor(50);
  deepEqual([late.closed, late.received, alice.closed], [true, [], false]);
});
