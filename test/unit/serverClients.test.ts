// The clients' side of a server under virtual time, with a real chat behind it: who may speak for
// whom, what is pushed to which terminal, and what failovers and slow readers do to connections.

import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { loggedOutIdleMs, outstandingRequestsMax, sessionIdleMs } from "../../src/base/limits.ts";
import { opcodeOf } from "../../src/wire/codec.ts";
import type { Message } from "../../src/wire/messages.ts";
import { clientIdOf } from "../support/rawClient.ts";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";

test("hello is answered by a welcome, and a client's newer ballot is looked into", async () => {
  const world = await makeClientWorld();
  const client = await world.connect();
  const welcome = await client.hello(640);
  deepEqual([welcome.server, welcome.verified, welcome.nonce.length], [0, true, 32]);
  deepEqual(world.driver.hints, [640]);
});

test("a secondary sends clients to the primary and ends their connections", async () => {
  const world = await makeClientWorld();
  world.driver.become({ role: "secondary", primary: asServerId(2) });
  const client = await world.connect();
  client.say({ type: "hello", version: 1, client: client.client, ballot: 0 as never });
  equal((await client.next("notPrimary")).primary, 3);
  await client.ended();
});

test("registration, login, sending and log-out are answered with how many servers hold them", async () => {
  const world = await makeClientWorld();
  const alice = await world.connect();
  await alice.hello();
  const registered = await alice.register("alice");
  deepEqual([registered.name, registered.copies], ["alice", 3]);
  const sent = await alice.send("alice", "note");
  deepEqual([sent.copies, sent.online], [3, true]);
  alice.say({ type: "logout", request: (alice.lastRequest += 1), received: 2 });
  equal((await alice.next("loggedOut")).name, "alice");
  equal((await alice.login("alice")).type, "loggedIn");
  equal(alice.of("sessionEnded").length, 0, "one's own log-out is not told a second time");
});

test("a login's reply proves the server, and a wrong password is refused like an unknown name", async () => {
  const world = await makeClientWorld();
  await loggedIn(world, "alice");
  const other = await world.connect();
  await other.hello();
  const wrong = await other.login("alice", "wrong");
  const unknown = await world.connect();
  await unknown.hello();
  const nobody = await unknown.login("nobody", "wrong");
  deepEqual({ ...wrong, request: 0 }, { ...nobody, request: 0 });
  equal(wrong.type === "refused" && wrong.code, "login-refused");
  const right = await world.connect();
  await right.hello();
  const reply = await right.login("ALICE", "alice");
  ok(reply.type === "loggedIn");
  equal(reply.signature.length, 64);
});

test("an unknown name is challenged like a known one, with the same salt each time", async () => {
  const world = await makeClientWorld();
  const client = await world.connect();
  await client.hello();
  const salts = new Set<string>();
  for (const name of ["nobody", "Nobody", "nobody", "somebody"]) {
    client.say(client.challenge(name));
    const { salt, cost } = await client.next("challenged");
    equal(salt.length, 32);
    equal(cost, 16_384);
    salts.add(salt);
  }
  equal(salts.size, 2);
});

test("wrong tries slow an account down, and a right one is not taken meanwhile", async () => {
  const world = await makeClientWorld();
  await loggedIn(world, "alice");
  const guesser = await world.connect();
  await guesser.hello();
  for (let index = 0; index < 6; index += 1) {
    guesser.say(guesser.challenge("alice"), guesser.proof("alice", `guess${index}`));
  }
  await world.until(() => guesser.of("refused").length === 6, "six answers");
  const codes = guesser.of("refused").map(({ code }) => code);
  deepEqual(codes, [...Array<string>(5).fill("login-refused"), "too-many-tries"]);
  guesser.say(guesser.challenge("alice"), guesser.proof("alice"));
  match((await guesser.next("refused")).message, /./);
  await world.clock.runFor(1_100);
  guesser.say(guesser.challenge("alice"), guesser.proof("alice"));
  await guesser.next("loggedIn");
});

test("a message reaches every terminal of both users but the one that sent it", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const secondAlice = await world.connect();
  await secondAlice.hello();
  await secondAlice.login("alice");
  const bob = await loggedIn(world, "bob");
  const sent = await alice.send("bob", "hello");
  equal(sent.online, true);
  equal((await bob.next("message")).body, "hello");
  equal((await secondAlice.next("message")).own, true);
  await world.clock.runFor(100);
  equal(alice.of("message").length, 0);
});

test("what came while away is pushed at login, and status comes back when it is shown", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  bob.say({ type: "logout", request: (bob.lastRequest += 1), received: 1 });
  await bob.next("loggedOut");
  for (const body of ["one", "two", "three"]) equal((await alice.send("bob", body)).online, false);
  await bob.login("bob");
  await world.until(() => bob.of("message").length === 3, "three messages");
  deepEqual(
    bob.of("message").map(({ body }) => body),
    ["one", "two", "three"],
  );
  bob.say({ type: "acknowledge", request: 4, received: 3, through: 3 });
  await world.until(() => alice.of("status").length === 3, "three statuses");
});

test("a resumed terminal goes on behind what it has shown, without its own sends", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  await alice.send("bob", "one");
  await bob.send("alice", "from bob");
  await alice.send("bob", "two");
  bob.link.destroy();
  await world.clock.runFor(10);
  const again = await world.connect(bob.client);
  await again.hello();
  again.say(again.resumption(1));
  deepEqual((await again.next("resumed")).last, 3);
  await world.until(() => again.of("message").length === 1, "the missed message");
  await world.clock.runFor(100);
  deepEqual(
    again.of("message").map(({ body }) => body),
    ["two"],
  );
});

test("a request repeated on a new connection is answered from what was kept", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  await loggedIn(world, "bob");
  const send = alice.sending("bob", "once");
  alice.say(send);
  const first = await alice.next("sent");
  const count = world.driver.submitted.length;
  const again = await world.connect(alice.client);
  await again.hello();
  again.say(again.resumption(0), send);
  deepEqual(await again.next("sent"), first);
  equal(world.driver.submitted.length, count, "no second op");
});

test("behind a refused resumption all is refused, however large, and the connection stays", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const again = await world.connect(clientIdOf(99));
  await again.hello();
  const large = again.sending("alice", "%E4%B8%AD".repeat(262));
  again.say(again.resumption(0), large);
  equal((await again.next("queryRefused")).code, "not-logged-in");
  equal((await again.next("refused")).code, "not-logged-in");
  again.say({ type: "ping", query: 10 });
  await again.next("pong");
  equal(alice.closed, false);
});

// ---- who may speak for whom

test("a client id alone lets nobody speak for it, nor puts its owner out", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  await loggedIn(world, "bob");
  const thief = await world.connect(alice.client);
  await thief.hello();
  thief.lastRequest = 5;
  thief.say(thief.sending("bob", "I am alice"));
  equal((await thief.next("refused")).code, "not-logged-in");
  thief.say(thief.resumption(0, Buffer.alloc(32, 7)));
  equal((await thief.next("queryRefused")).code, "not-logged-in");
  thief.say({ ...thief.registration("mallory"), tokenHash: "00".repeat(32) });
  equal((await thief.next("refused")).code, "already-logged-in");
  await alice.send("bob", "still here");
  equal(alice.closed, false);
  equal(thief.of("sent").length, 0);
});

test("a login under another name does not take a client id from whom it belongs to", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  await loggedIn(world, "mallory");
  const thief = await world.connect(alice.client);
  await thief.hello();
  thief.lastRequest = 5;
  const reply = await thief.login("mallory");
  equal(reply.type === "refused" && reply.code, "already-logged-in");
  await alice.send("alice", "still here");
  equal(alice.closed, false);
});

test("a registration that is repeated with its own token is told its outcome", async () => {
  const world = await makeClientWorld();
  const alice = await world.connect();
  await alice.hello();
  const registration = alice.registration("alice");
  alice.say(registration);
  await alice.next("registered");
  alice.link.destroy();
  const again = await world.connect(alice.client);
  await again.hello();
  again.say(registration);
  equal((await again.next("registered")).name, "alice");
  again.lastRequest = 1;
  await again.send("alice", "logged in already");
});

test("the newer of two proven connections of a client stays, the older is told and ended", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const again = await world.connect(alice.client);
  await again.hello();
  again.say(again.resumption(0));
  await again.next("resumed");
  equal((await alice.next("error")).code, "replaced");
  await alice.ended();
  again.lastRequest = alice.lastRequest;
  await again.send("alice", "here");
});

test("who has not logged in can search and be challenged, and nothing else", async () => {
  const world = await makeClientWorld();
  await loggedIn(world, "alice");
  const guest = await world.connect();
  await guest.hello();
  const requests: Message[] = [
    guest.sending("alice", "hello"),
    { type: "logout", request: 2, received: 0 },
    { type: "delete", request: 3, received: 0, name: "alice" },
    { type: "acknowledge", request: 4, received: 0, through: 1 },
    { type: "mark", request: 5, received: 0, mark: "read", seqs: [1] },
  ];
  guest.say(...requests);
  await world.until(() => guest.of("refused").length === 5, "five refusals");
  ok(guest.of("refused").every(({ code }) => code === "not-logged-in"));
  guest.say({ type: "list", query: 1, after: 0, count: 10, unopened: false });
  equal((await guest.next("queryRefused")).code, "not-logged-in");
  guest.say({ type: "search", query: 2, pattern: "a*", after: "" });
  deepEqual(await guest.next("names"), {
    type: "names",
    query: 2,
    names: ["alice"],
    online: [1],
    more: false,
  });
  equal(world.driver.submitted.length, 1, "only the registration made an op");
});

test("deleting an account ends its other sessions in words", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const second = await world.connect();
  await second.hello();
  await second.login("alice");
  alice.say({ type: "delete", request: 2, received: 1, name: "alice" });
  await alice.next("deleted");
  equal((await second.next("sessionEnded")).code, "account-deleted");
  equal(alice.of("sessionEnded").length, 0);
  second.say(second.sending("alice", "hello"));
  equal((await second.next("refused")).code, "not-logged-in");
});

// ---- roles, leases, room

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

test("while its own view changes the primary keeps its clients, and serves them afterwards", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.become({ role: "recovering", ballot: 128 as never });
  const send = alice.sending("alice", "in between");
  alice.say(send);
  const guest = await world.connect();
  guest.say({ type: "hello", version: 1, client: guest.client, ballot: 0 as never });
  await world.clock.runFor(300);
  deepEqual([alice.closed, alice.of("sent").length, guest.received.length], [false, 0, 0]);
  world.driver.become({ role: "primary" });
  await alice.next("sent");
  await guest.next("welcome");
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
  equal((await alice.next("queryRefused")).code, "unavailable");
  match((await alice.next("clusterEnd")).outlook, /All 3 servers hold every message/);
});

test("no more than 64 requests of a connection are under way; the rest waits its turn", async () => {
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

test("when the log is full nothing more is taken until the turn ends, and nothing is lost", async () => {
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

test("after a stop of the server nobody is ended for what the server has not read yet", async () => {
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
  for (let elapsedMs = 0; elapsedMs < loggedOutIdleMs + 10_000; elapsedMs += 10_000) {
    if (!guest.closed) guest.say({ type: "ping", query: 1 });
    await world.clock.runFor(10_000);
  }
  equal(guest.closed, true);
  equal(guest.of("error").length, 0);
});

test("a session ends 30 minutes after its last connection, counted anew by each primary", async () => {
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
