// What others may do with somebody's client id, and with what he has written, and what that costs
// him: nothing. And what he himself asks twice is done once. Raw clients, a driver of the test's.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { ClientId } from "../../src/base/ids.ts";
import { serverClientId } from "../../src/base/ids.ts";
import { statusesPerTurnMax } from "../../src/base/doubtLimits.ts";
import { connectionSilenceMs, loggedOutIdleMs } from "../../src/base/limits.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { Message } from "../../src/wire/messages.ts";
import { greeted, loggedIn, makeClientWorld, type ClientWorld } from "../support/clientWorld.ts";
import type { RawClient } from "../support/rawClient.ts";

async function endSession(world: ClientWorld, client: ClientId): Promise<void> {
  const message: Message = { type: "endSessions", clients: [client] };
  const [opcode, payload] = [opcodeOf(message.type), encodePayload(message)];
  world.driver.submit({ client: serverClientId, opcode, payload });
  await world.clock.runFor(10);
}

function codesOf(client: RawClient): readonly string[] {
  return client.of("refused").map(({ code }) => code);
}

test("behind a session nobody else registers or logs in under its id, nor is told its answers", async () => {
  const world = await makeClientWorld();
  await loggedIn(world, "mallory");
  const alice = await loggedIn(world, "alice");
  alice.say(alice.sending("secretlover", "hello"));
  await alice.next("refused");
  alice.link.destroy();
  await endSession(world, alice.client);
  const before = world.driver.submitted.length;
  const stranger = await greeted(world, alice.client);
  // Of her keys he knows nothing.
  const registration = { ...stranger.registration("alice"), storedKey: "00".repeat(32) };
  for (const request of [1, 2, 3]) stranger.say({ ...registration, request });
  stranger.say({ ...registration, name: "carol", request: 2 });
  stranger.say(stranger.challenge("mallory"));
  await stranger.next("challenged");
  stranger.lastRequest = 1;
  stranger.say(stranger.proof("mallory"));
  await world.clock.runFor(1_000);
  deepEqual(codesOf(stranger), new Array<string>(5).fill("client-taken"));
  equal(stranger.of("registered").length + stranger.of("loggedIn").length, 0);
  equal(world.driver.submitted.length, before, "nothing of it comes into the log");
});

test("who asked twice to be let in, and is silent, is not kept for ever", async () => {
  const world = await makeClientWorld();
  await loggedIn(world, "alice");
  const stranger = await greeted(world);
  stranger.say(stranger.registration("alice"), stranger.registration("alice"));
  await world.clock.runFor(100);
  equal(codesOf(stranger).at(-1), "name-taken");
  await world.clock.runFor(connectionSilenceMs + loggedOutIdleMs);
  ok(stranger.closed);
});

test("nobody's terminal is dropped for what others mark, however often", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  const count = 900;
  for (let sent = 0; sent < count; sent += 1) await alice.send("bob", "hello");
  await world.until(() => bob.of("message").length === count, "the messages");
  await world.clock.runFor(1_000);
  const before = alice.of("status").length;
  const seqs = bob.of("message").map(({ seq }) => seq);
  world.driver.committing = false;
  for (let flip = 0; flip < 60; flip += 1) {
    const mark = flip % 2 === 0 ? "read" : "unread";
    bob.say({ type: "mark", request: (bob.lastRequest += 1), received: 0, mark, seqs });
  }
  await world.clock.runFor(100);
  world.driver.commitAll();
  world.driver.committing = true;
  await world.clock.runFor(1_000);
  equal(alice.closed, false);
  const told = alice.of("status").length - before;
  ok(told >= count && told <= statusesPerTurnMax, `${told} told`);
  equal((await alice.send("bob", "still here")).to, "bob");
});

test("a login that is decided twice says once where its terminal goes on", async () => {
  const world = await makeClientWorld();
  const bob = await loggedIn(world, "bob");
  const first = await loggedIn(world, "alice");
  first.link.destroy();
  await endSession(world, first.client);
  const count = 300;
  // More than is pushed at once.
  for (let sent = 0; sent < count; sent += 1) await bob.send("alice", "%F0%9F%98%80".repeat(250));
  const other = await greeted(world);
  await other.login("alice");
  await world.until(() => other.of("message").length === count, "her other terminal");
  other.say({ type: "acknowledge", request: 9, received: 0, through: count });
  await other.next("acknowledged");
  world.driver.committing = false;
  const login = async (): Promise<RawClient> => {
    const terminal = await greeted(world, first.client);
    terminal.lastRequest = 1;
    terminal.say(terminal.challenge("alice"), terminal.proof("alice"));
    await world.clock.runFor(20);
    return terminal;
  };
  (await login()).link.destroy();
  const terminal = await login();
  world.driver.commitAll(1);
  await terminal.next("loggedIn");
  terminal.say(terminal.resumption(0));
  await terminal.next("resumed");
  world.driver.commitAll(1);
  await world.clock.runFor(5_000);
  const seqs = new Set(terminal.of("message").map(({ seq }) => seq));
  deepEqual(
    [...seqs],
    Array.from({ length: count }, (_, index) => index + 1),
  );
});
