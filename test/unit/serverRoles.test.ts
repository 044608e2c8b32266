// What failovers, leases, full logs, slow readers and time do to clients' connections, under
// virtual time: who is kept, who is sent away, and that nothing asked for is lost or done twice.

import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { loggedOutIdleMs, outstandingRequestsMax, sessionIdleMs } from "../../src/base/limits.ts";
import { opcodeOf } from "../../src/wire/codec.ts";
import { PlainSend } from "../../src/wire/plainSend.ts";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";

const sendOpcode = opcodeOf("send");

test("when another server takes over, all clients are told and their connections end", async () => {
  const world = await makeClientWorld();
  const [alice, guest] = [await loggedIn(world, "alice"), await world.connect()];
  await world.clock.runFor(10);
  world.driver.become({ role: "secondary", primary: asServerId(1) });
  for (const client of [alice, guest]) {
    equal((await client.next("notPrimary")).primary, 2);
    await client.ended();
  }
});

test("while its view changes the primary keeps its clients, and serves them then", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.become({ role: "recovering", ballot: 128 as never });
  const send = alice.sending("alice", "in between");
  alice.say(send);
  const guest = await world.connect();
  await guest.hello();
  guest.say({ type: "ping", query: 1 });
  await world.clock.runFor(300);
  const answers = [alice.of("sent").length, guest.of("pong").length];
  deepEqual([alice.closed, guest.closed, ...answers], [false, false, 0, 0]);
  world.driver.become({ role: "primary" });
  await alice.next("sent");
  await guest.next("pong");
});

test("where its log is cut the primary sends its clients away at once: what they asked may be gone", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const { ballot } = world.driver.status();
  world.driver.become({ role: "recovering", ballot: (ballot - 1) as never });
  await world.clock.runFor(50);
  deepEqual([alice.of("notPrimary").length, alice.closed], [1, true]);
});

test("a view change that does not come to an end sends the clients away", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.become({ role: "recovering", ballot: 128 as never });
  await alice.next("notPrimary");
  await alice.ended();
});

test("a question waits for the leases, and is refused in words when they do not come", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.readable = false;
  alice.say({ type: "search", query: 5, pattern: "*", after: "" });
  await world.clock.runFor(400);
  equal(alice.of("names").length, 0);
  world.driver.readable = true;
  equal((await alice.next("names")).query, 5);
  world.driver.readable = false;
  alice.say({ type: "search", query: 6, pattern: "*", after: "" });
  alice.say({ type: "cluster", query: 7 });
  // The servers' own state waits for nothing.
  match((await alice.next("clusterEnd")).outlook, /All 3 servers hold every message/);
  equal((await alice.next("queryRefused")).code, "unavailable");
});

test("nothing overtakes what waits on its connection, be it sent or asked", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.readable = false;
  const before = world.driver.submitted.length;
  const question = { type: "search", query: 5, pattern: "*", after: "" } as const;
  alice.say(question, alice.sending("alice", "behind it"), { type: "ping", query: 6 });
  await world.clock.runFor(200);
  deepEqual([world.driver.submitted.length - before, alice.of("pong").length], [0, 0]);
  world.driver.readable = true;
  await alice.next("sent");
  const answers = new Set(["names", "sent", "pong"]);
  const order = alice.received.map(({ type }) => type).filter((type) => answers.has(type));
  deepEqual([order.length, order[0]], [3, "names"]);
});

test("what had to wait goes into the log in its bytes, like what had not", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.readable = false;
  const question = { type: "search", query: 5, pattern: "*", after: "" } as const;
  const bodies = Array.from({ length: 20 }, (_, at) => `later ${at}`);
  const before = world.driver.submitted.length;
  alice.say(question, ...bodies.map((body) => alice.sending("alice", body)));
  await world.clock.runFor(200);
  world.driver.readable = true;
  await world.until(() => alice.of("sent").length === bodies.length, "all replies");
  const sent = world.driver.submitted.slice(before).filter(({ opcode }) => opcode === sendOpcode);
  deepEqual(
    sent.map(({ payload }) => payload instanceof PlainSend),
    bodies.map(() => true),
  );
  await world.until(() => alice.of("message").length === bodies.length, "all messages");
  deepEqual(
    alice.of("message").map(({ body }) => body),
    bodies,
  );
});

test("no more than 64 requests of a connection are under way; the rest waits", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.committing = false;
  const before = world.driver.submitted.length;
  const sends = Array.from({ length: 100 }, (_, index) => alice.sending("alice", `m${index}`));
  alice.say(...sends);
  await world.clock.runFor(200);
  equal(world.driver.submitted.length - before, outstandingRequestsMax);
  world.driver.committing = true;
  world.driver.commitAll();
  await world.until(() => alice.of("sent").length === 100, "all replies");
  deepEqual(
    alice.of("sent").map(({ request }) => request),
    sends.map(({ request }) => request),
  );
});

test("when the log is full requests wait for the turn to end, and none is lost", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.roomy = false;
  alice.say(...Array.from({ length: 30 }, (_, index) => alice.sending("alice", `m${index}`)));
  await world.until(() => alice.of("sent").length === 30, "all replies");
  equal(new Set(alice.of("sent").map(({ request }) => request)).size, 30);
});

test("who does not read gets no more than fits, and everything after reading on", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  bob.link.pause();
  const body = "x".repeat(262);
  for (let round = 0; round < 50; round += 1) {
    alice.say(...Array.from({ length: 60 }, () => alice.sending("bob", body)));
    await world.until(() => alice.of("sent").length === (round + 1) * 60, "a round of replies");
  }
  equal(bob.closed, false);
  equal((await alice.send("bob", "the last one")).online, true);
  bob.link.resume();
  await world.until(() => bob.of("message").length === 3_001, "all messages");
  const seqs = bob.of("message").map(({ seq }) => seq);
  deepEqual(
    seqs,
    Array.from({ length: 3_001 }, (_, index) => index + 1),
  );
});

test("sending while lagging behind in one's own mailbox loses nothing of it", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  alice.link.pause();
  const body = "z".repeat(262);
  for (let round = 1; round <= 40; round += 1) {
    bob.say(...Array.from({ length: 60 }, () => bob.sending("alice", body)));
    await world.until(() => bob.of("sent").length === round * 60, "a round of replies");
  }
  alice.say(...Array.from({ length: 10 }, () => alice.sending("bob", "in between")));
  await world.until(() => bob.of("message").length === 10, "alice's messages");
  alice.link.resume();
  await world.until(() => alice.of("message").length === 2_400, "all that bob has sent");
});

test("a connection whose requests are held is not read on", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.committing = false;
  const sends = Array.from({ length: 5_000 }, () => alice.sending("alice", "w".repeat(262)));
  for (let at = 0; at < sends.length; at += 500) alice.say(...sends.slice(at, at + 500));
  await world.clock.runFor(500);
  ok(alice.link.unsentBytes() > 500_000, "the sender feels it");
  world.driver.committing = true;
  world.driver.commitAll();
  await world.until(() => alice.of("sent").length === sends.length, "all replies");
});

test("who asks and asks and reads no answer is dropped, and nobody else is", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  for (let index = 0; index < 100; index += 1) await alice.send("bob", "y".repeat(262));
  await world.until(() => bob.of("message").length === 100, "the messages");
  bob.link.pause();
  for (let index = 0; index < 60; index += 1) {
    bob.say({ type: "list", query: index, after: 0, count: 100, unopened: false });
  }
  await world.clock.runFor(500);
  bob.link.resume();
  await bob.ended();
  equal((await alice.send("bob", "gone")).online, false);
});

// ---- time

test("a connection that says nothing is ended after ten seconds, in words", async () => {
  const world = await makeClientWorld();
  const silent = await world.connect();
  await world.clock.runFor(9_000);
  equal(silent.closed, false);
  equal((await silent.next("error")).code, "too-slow");
  await silent.ended();
});

test("after a stop of the server nobody is ended for what it has not read yet", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.process.pause();
  for (let index = 0; index < 60; index += 1) {
    alice.say({ type: "ping", query: index });
    await world.clock.runFor(1_000);
  }
  world.process.resume();
  await world.clock.runFor(2_000);
  equal(alice.closed, false);
});

test("a logged-out connection is closed after ten idle minutes, pings or not", async () => {
  const world = await makeClientWorld();
  const guest = await world.connect();
  await guest.hello();
  for (let elapsedMs = 0; elapsedMs < loggedOutIdleMs + 10_000; elapsedMs += 5_000) {
    if (!guest.closed) guest.say({ type: "ping", query: 1 });
    await world.clock.runFor(5_000);
  }
  equal(guest.closed, true);
  equal(guest.of("error").length, 0);
});

test("a session ends 30 minutes after its connection, counted anew by each primary", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  alice.link.destroy();
  await world.clock.runFor(sessionIdleMs - 60_000);
  world.driver.become({ role: "secondary", primary: asServerId(1) });
  world.driver.become({ role: "primary", primary: asServerId(0) });
  await world.clock.runFor(sessionIdleMs - 60_000);
  notEqual(world.driver.chat().sessionOf(alice.client), null);
  await world.clock.runFor(120_000);
  equal(world.driver.chat().sessionOf(alice.client), null);
  const ends = world.driver.submitted.filter(({ opcode }) => opcode === opcodeOf("endSessions"));
  equal(ends.length, 1);
});

test("becoming unverified and verified again is told to those who are on", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.become({ verified: false });
  equal((await alice.next("notice")).code, "unverified");
  world.driver.become({ verified: true });
  equal((await alice.next("notice")).code, "verified");
});
