// Keys and sealed messages at a server's door, and on its clients' connections: what form they must
// have, who is told of which keys, and when.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { serverClientId } from "../../src/base/ids.ts";
import { sealedLettersMax } from "../../src/base/sealLimits.ts";
import { checkRequest, readClientFrame } from "../../src/server/door.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";
import { clientIdOf, type RawClient } from "../support/rawClient.ts";
import { publicsOf, sealedFor } from "../support/keyScript.ts";

const salt = "5a".repeat(16);

function checked(message: Message): string {
  const payload = encodePayload(message);
  const decoded = readClientFrame(opcodeOf(message.type), payload);
  if (!decoded.ok) return decoded.code;
  const verdict = checkRequest(decoded.message, payload);
  return typeof verdict === "string" ? "as it came" : verdict.code;
}

function keysPut(over: Partial<MessageOf<"keysPut">> = {}): MessageOf<"keysPut"> {
  const keys = { publics: publicsOf("ours"), salt, wrapped: Buffer.from("wrapped") };
  return { type: "keysPut", request: 1, received: 0, ...keys, ...over };
}

async function putKeys(client: RawClient, word: string): Promise<void> {
  const request = (client.lastRequest += 1);
  client.say(keysPut({ request, publics: publicsOf(word) }));
  await client.next("keysKept");
}

test("keys of the right lengths pass the door, others do not", () => {
  equal(checked(keysPut()), "as it came");
  equal(checked(keysPut({ request: 0 })), "bad-request");
  equal(checked(keysPut({ publics: Buffer.alloc(127) })), "bad-keys");
  equal(checked(keysPut({ publics: Buffer.alloc(129) })), "bad-keys");
  equal(checked(keysPut({ wrapped: Buffer.alloc(0) })), "bad-keys");
  equal(checked(keysPut({ wrapped: Buffer.alloc(256) })), "as it came");
  equal(checked(keysPut({ wrapped: Buffer.alloc(257) })), "bad-keys");
  equal(checked(keysPut({ salt: "" })), "bad-keys");
  equal(checked(keysPut({ salt: "5a".repeat(33) })), "bad-keys");
});

test("a sealed body is a tag and base64url, of bounded length, in sends and drafts alike", () => {
  const send = { type: "send", request: 1, received: 0, to: "bob", format: "s" } as const;
  const outcomes = {
    "a.b": "as it came",
    [sealedFor("bob's", "x".repeat(sealedLettersMax - 12))]: "as it came",
    [sealedFor("bob's", "x".repeat(sealedLettersMax - 11))]: "too-long",
    "": "bad-format",
    "a.": "bad-format",
    ".b": "bad-format",
    "a.b.c": "bad-format",
    "a b.c": "bad-format",
    "a.b%7C": "bad-format",
    "a.b=": "bad-format",
  };
  for (const [body, outcome] of Object.entries(outcomes)) {
    equal(checked({ ...send, body }), outcome, body.slice(0, 20));
    equal(checked({ ...send, type: "draftPut", draft: 0, body }), outcome, body.slice(0, 20));
    const draft = { draft: 1, version: 1 };
    equal(checked({ ...send, ...draft, type: "draftSend", body }), outcome, body.slice(0, 20));
  }
  const long = sealedFor("any", "x".repeat(sealedLettersMax));
  equal(checked({ ...send, to: "#team", body: long }), "as it came", "a group may be large");
  equal(checked({ ...send, to: "no name", body: "a.b" }), "no-such-user");
});

test("every login is told the account's own keys, right behind the reply", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  equal(alice.of("ownKeys").length, 0, "who has just registered has none");
  await alice.send("alice", "a letter waits");
  const other = await world.connect();
  await other.hello();
  await other.login("alice");
  deepEqual((await other.next("ownKeys")).publics, Buffer.alloc(0));
  await putKeys(alice, "alice's");
  const third = await world.connect();
  await third.hello();
  await third.login("alice");
  const { publics, salts, wraps, former } = await third.next("ownKeys");
  deepEqual([publics, salts, former], [publicsOf("alice's"), [salt], []]);
  deepEqual(Buffer.from(wraps[0] ?? "", "base64"), Buffer.from("wrapped"));
  await third.next("message");
  const types = third.received.map(({ type }) => type);
  equal(types[types.indexOf("loggedIn") + 1], "ownKeys");
  equal(third.of("ownKeys").length, 1);
});

test("whoever is logged in may ask for anybody's public keys, and nobody else", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  await putKeys(bob, "bob's");
  alice.say({ type: "keys", query: 5, name: "Bob" });
  const { query, name, publics } = await alice.next("keysAre");
  deepEqual([query, name, publics], [5, "bob", publicsOf("bob's")]);
  alice.say({ type: "keys", query: 6, name: "alice" });
  equal((await alice.next("keysAre")).publics.length, 0);
  alice.say({ type: "keys", query: 7, name: "carol" });
  equal((await alice.next("queryRefused")).code, "no-such-user");
  const stranger = await world.connect();
  await stranger.hello();
  stranger.say({ type: "keys", query: 8, name: "bob" });
  equal((await stranger.next("queryRefused")).code, "not-logged-in");
});

test("a sealed message is pushed as it was sent", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  await putKeys(bob, "bob's");
  const body = sealedFor("bob's", "Q".repeat(700));
  const request = (alice.lastRequest += 1);
  alice.say({ type: "send", request, received: 0, to: "bob", format: "s", body });
  await alice.next("sent");
  const letter = await bob.next("message");
  deepEqual([letter.format, letter.body, letter.from], ["s", body, "alice"]);
  alice.say({
    type: "send",
    request: request + 1,
    received: 0,
    to: "bob",
    format: "s",
    body: sealedFor("older"),
  });
  const refused = await alice.next("refused");
  ok(refused.code === "stale-keys" && refused.message.includes("bob"));
});

test("whoever resumes is told of keys only where a merge may have made others of them", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  await putKeys(alice, "alice's");
  const resumed = async (): Promise<RawClient> => {
    const client = await world.connect(alice.client);
    await client.hello();
    client.say(client.resumption(0));
    await client.next("resumed");
    await world.clock.runFor(50);
    return client;
  };
  equal((await resumed()).of("ownKeys").length, 0);
  const merge: Message = {
    type: "mergeKeys",
    client: clientIdOf(99),
    request: 1,
    account: 1,
    accountClient: alice.client,
    accountRequest: 1,
    publics: publicsOf("the other side's"),
    salt,
    wrapped: Buffer.from("wrapped"),
  };
  const payload = encodePayload(merge);
  world.driver.submit({ client: serverClientId, opcode: opcodeOf("mergeKeys"), payload });
  await world.clock.runFor(50);
  const [told] = (await resumed()).of("ownKeys");
  deepEqual(told?.former, [publicsOf("the other side's").toString("base64")]);
});
