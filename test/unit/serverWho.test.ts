// Who may speak for whom: a client id stands in every message that its owner sent, so it proves
// nothing; a token, a password or the secret of one's own registration does.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../src/wire/messages.ts";
import { type ClientWorld, greeted, loggedIn, makeClientWorld } from "../support/clientWorld.ts";
import type { RawClient } from "../support/rawClient.ts";

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

/** Says again what `alice` said to register, which stands in every server's journal. */
async function repeated(world: ClientWorld, alice: RawClient): Promise<RawClient> {
  const again = await greeted(world, alice.client);
  again.say({ ...alice.registration("alice"), request: 1 });
  return again;
}

test("whoever repeats a registration is told its outcome once he has proven its token", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  alice.link.destroy();
  const again = await greeted(world, alice.client);
  again.say(again.resumption(0), { ...alice.registration("alice"), request: 1 });
  equal((await again.next("registered")).name, "alice");
  again.lastRequest = 1;
  await again.send("alice", "logged in already");
});

test("a registration that is done while its repetition waits for room lets its owner in", async () => {
  const world = await makeClientWorld();
  const bob = await loggedIn(world, "bob");
  const { driver } = world;
  driver.committing = false;
  const alice = await greeted(world);
  const registration = alice.registration("alice");
  alice.say(registration);
  await world.until(() => driver.submitted.length === 2, "the registration in the log");
  alice.link.destroy();
  const again = await greeted(world, alice.client);
  driver.roomy = false;
  bob.say(bob.sending("bob", "the log is full now"));
  await world.until(() => driver.submitted.length === 3, "the last that there is room for");
  again.say(again.resumption(0), registration);
  equal((await again.next("queryRefused")).code, "not-logged-in");
  [driver.roomy, driver.committing] = [true, true];
  driver.commitAll();
  equal((await again.next("registered")).name, "alice");
  again.lastRequest = 1;
  await again.send("alice", "logged in already");
});

test("a registration is never refused in words and carried out when it is repeated", async () => {
  const world = await makeClientWorld();
  const owner = await loggedIn(world, "alice");
  const { driver } = world;
  driver.committing = false;
  const first = await greeted(world);
  const registration = first.registration("alice");
  first.say(registration);
  await world.until(() => driver.submitted.length === 2, "the registration in the log");
  first.link.destroy();
  owner.say({ type: "delete", request: 2, received: 1, name: "alice" });
  await world.until(() => driver.submitted.length === 3, "the name to become free");
  const again = await greeted(world, first.client);
  again.say(again.resumption(0), registration);
  await again.next("queryRefused");
  driver.commitAll();
  driver.committing = true;
  driver.commitAll();
  equal((await again.next("registered")).name, "alice");
  deepEqual(again.of("refused"), []);
});

test("who has read a token's hash on a server's disk cannot log in with it", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const thief = await repeated(world, alice);
  equal((await thief.next("refused")).code, "already-logged-in");
  thief.say({ ...thief.registration("alice"), request: 2 });
  equal((await thief.next("refused")).code, "already-logged-in");
  thief.lastRequest = 5;
  thief.say(thief.sending("alice", "I am alice"));
  equal((await thief.next("refused")).code, "not-logged-in");
  deepEqual([thief.of("registered"), alice.closed], [[], false]);
  alice.lastRequest = 1;
  await alice.send("alice", "her second request is hers");
});

test("who has read the verifier there uses up none of the numbers of who has logged out", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  alice.say({ type: "logout", request: 2, received: 0 });
  await alice.next("loggedOut");
  const thief = await repeated(world, alice);
  equal((await thief.next("registered")).name, "alice", "which he knew, and no more");
  for (const request of [3, 4]) {
    thief.say({ ...thief.registration("alice"), request });
    equal((await thief.next("refused")).code, "client-taken");
  }
  equal(world.driver.chat().fateOf(alice.client, 4).kind, "new");
  thief.say(thief.sending("alice", "I am alice"));
  equal((await thief.next("refused")).code, "not-logged-in");
});

test("the newer of two proven connections of a client stays, the older is ended", async () => {
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

test("hellos under somebody's id keep him neither from resuming nor from logging in", async () => {
  const world = await makeClientWorld();
  const first = await loggedIn(world, "alice");
  first.link.destroy();
  const greet = (): Promise<RawClient> => greeted(world, first.client);
  const alice = await greet();
  const [early, late] = [await greet(), await greet()];
  alice.say(alice.resumption(0));
  await alice.next("resumed");
  const again = await greet();
  again.say(again.challenge("alice"));
  await again.next("challenged");
  const last = await greet();
  again.lastRequest = 5;
  again.say(again.proof("alice"));
  await again.next("loggedIn");
  await again.send("alice", "in");
  const closed = [early, late, last].map((thief) => thief.closed);
  deepEqual(closed, [false, false, false], "they harm nobody, and nobody them");
});

test("of two who register under one id at once, he is let in whose session it became", async () => {
  const world = await makeClientWorld();
  const alice = await world.connect();
  await alice.hello();
  const thief = await world.connect(alice.client);
  await thief.hello();
  world.driver.committing = false;
  const registration = alice.registration("alice");
  alice.say(registration);
  await world.clock.runFor(20);
  thief.say({ ...thief.registration("mallory"), tokenHash: "00".repeat(32) });
  await alice.ended();
  world.driver.commitAll();
  thief.say(thief.sending("alice", "let in"));
  await world.clock.runFor(100);
  // Both outcomes of that request come by, hers and what became of his repeating it.
  const refusals = ["already-logged-in", "already-logged-in", "not-logged-in"];
  deepEqual(
    thief.of("refused").map(({ code }) => code),
    refusals,
  );
  deepEqual([thief.of("registered"), thief.of("sent"), thief.of("message")], [[], [], []]);
  world.driver.committing = true;
  const again = await world.connect(alice.client);
  await again.hello();
  again.say(again.resumption(0), registration);
  equal((await again.next("registered")).name, "alice");
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

test("who was refused to delete his account is told when another terminal does", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const second = await world.connect();
  await second.hello();
  await second.login("alice");
  second.say({ type: "delete", request: 2, received: 1, name: "bob" });
  await second.next("refused");
  alice.say({ type: "delete", request: 2, received: 1, name: "alice" });
  equal((await second.next("sessionEnded")).code, "account-deleted");
});

test("what a client asked for is not told to whoever comes next under its id", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.committing = false;
  alice.say(alice.sending("alice", "private"));
  await world.clock.runFor(20);
  alice.link.destroy();
  await world.clock.runFor(20);
  const thief = await world.connect(alice.client);
  await thief.hello();
  world.driver.commitAll();
  await world.clock.runFor(100);
  deepEqual(
    thief.received.map(({ type }) => type),
    ["welcome"],
  );
});
