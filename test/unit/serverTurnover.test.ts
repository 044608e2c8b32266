// What those who are connected notice when their server's part in the cluster changes, or their
// own session ends: what is for them, in time, and nothing else.

import { equal } from "node:assert/strict";
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
