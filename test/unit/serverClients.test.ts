// The clients' side of a server under virtual time, with a real chat behind it: who may speak for
// whom, what is pushed to which terminal, and what failovers and slow readers do to connections.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
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

test("registration, login, sending and log-out say how many servers hold them", async () => {
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

test("a login's reply proves the server; a wrong password is refused like an unknown name", async () => {
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

test("what came while away is pushed at login, and its sender hears of it", async () => {
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
  deepEqual((await again.next("resumed")).from, 1);
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

test("behind a refused resumption all is refused, and the connection stays", async () => {
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
