// Sessions that are over and records past their keeping go as fast as anybody can make them, a
// stretch at a time: thousands in seconds, and no turn that is long.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { sessionsLookedMax } from "../../src/base/doubtLimits.ts";
import { clientRecordKeptMs, sessionIdleMs, sessionSweepMs } from "../../src/base/limits.ts";
import { expiriesPerOpMax } from "../../src/base/limits.ts";
import type { ChatState } from "../../src/chat/state.ts";
import { decodePayload, encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { Message } from "../../src/wire/messages.ts";
import { clientNumber, registration } from "../support/chatScript.ts";
import { type ClientWorld, loggedIn, makeClientWorld } from "../support/clientWorld.ts";

const many = 3_000;
/** Two rounds' beginnings, and what the work itself takes. */
const sweptMs = 2 * sessionSweepMs + 1_000;

async function crowdedWorld(): Promise<ClientWorld> {
  const world = await makeClientWorld();
  for (let number = 1_001; number <= 1_000 + many; number += 1) {
    const message = { ...registration(`user${number}`), request: 1, received: 0 } as Message;
    const payload = encodePayload(message);
    world.driver.submit({ client: clientNumber(number), opcode: opcodeOf("register"), payload });
  }
  await world.clock.runFor(100);
  equal(sessionsIn(world), many);
  return world;
}

function sessionsIn(world: ClientWorld): number {
  return [...world.driver.chat().sessions()].length;
}

/** Of the servers' own commands, how many clients each names. */
function sizesOf(world: ClientWorld, type: "endSessions" | "expireClients"): readonly number[] {
  const of = world.driver.submitted.filter(({ opcode }) => opcode === opcodeOf(type));
  return of.map(({ opcode, payload }) => {
    const decoded = decodePayload(opcode, payload as string);
    return decoded.ok && "clients" in decoded.message ? decoded.message.clients.length : 0;
  });
}

test("however many sessions are over at once, they end within the minute, by the stretch", async () => {
  const world = await crowdedWorld();
  const alice = await loggedIn(world, "alice");
  const submit = world.driver.submit.bind(world.driver);
  const turns: number[] = [];
  world.driver.submit = (command) => {
    if (command.opcode === opcodeOf("endSessions")) turns.push(world.clock.nowMs());
    return submit(command);
  };
  const until = world.clock.nowMs() + sessionIdleMs + sweptMs;
  while (world.clock.nowMs() < until) {
    alice.say({ type: "ping", query: 1 });
    await world.clock.runFor(5_000);
  }
  deepEqual([sessionsIn(world), alice.closed], [1, false]);
  const sizes = sizesOf(world, "endSessions");
  ok(sizes.every((size) => size <= Math.min(expiriesPerOpMax, sessionsLookedMax)));
  equal(
    sizes.reduce((sum, size) => sum + size),
    many,
    "each is ended once",
  );
  equal(new Set(turns).size, turns.length, "one stretch in a turn");
});

test("however many records are past their keeping, they go within the minute, each once", async () => {
  const world = await crowdedWorld();
  const chat = world.driver.chat() as ChatState;
  for (const { id } of chat.clients.all()) {
    const record = chat.clients.get(id);
    if (record !== undefined) chat.clients.endSession(record, chat.servedUs);
  }
  await world.clock.runFor(sweptMs);
  equal([...chat.recorded()].length, many);
  chat.servedUs += clientRecordKeptMs * 1_000;
  await world.clock.runFor(sweptMs);
  equal([...chat.recorded()].length, 0);
  equal(
    sizesOf(world, "expireClients").reduce((sum, size) => sum + size),
    many,
  );
});

test("what waits to be let go is not asked for again before it has been", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  alice.say({ type: "logout", request: 2, received: 1 });
  await alice.next("loggedOut");
  const chat = world.driver.chat() as ChatState;
  chat.servedUs += clientRecordKeptMs * 1_000;
  world.driver.committing = false;
  await world.clock.runFor(10 * sessionSweepMs);
  const asked = sizesOf(world, "expireClients").length;
  world.driver.commitAll();
  world.driver.committing = true;
  await world.clock.runFor(sweptMs);
  deepEqual([asked, sizesOf(world, "expireClients").length], [1, 1]);
  equal(chat.ownerOf(alice.client), null);
});

test("a server that leads no more ends nothing, and begins anew when it leads again", async () => {
  const world = await crowdedWorld();
  await world.clock.runFor(sessionIdleMs + 5_000);
  world.driver.become({ role: "secondary" });
  await world.clock.runFor(sweptMs);
  const before = sizesOf(world, "endSessions").length;
  world.driver.become({ role: "primary" });
  await world.clock.runFor(sessionIdleMs - 60_000);
  equal(sizesOf(world, "endSessions").length, before);
  await world.clock.runFor(60_000 + sweptMs);
  equal(sessionsIn(world), 0);
});

test("who comes back for a moment, however short, is away from its end on", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  alice.link.end();
  await world.clock.runFor(sessionIdleMs - sessionSweepMs);
  const back = await world.connect(alice.client);
  await back.hello();
  back.say(back.resumption(0));
  await back.next("resumed");
  back.link.end();
  await world.clock.runFor(sessionIdleMs - sessionSweepMs);
  equal(sessionsIn(world), 1);
  await world.clock.runFor(sweptMs);
  equal(sessionsIn(world), 0);
});
