// Too many connections, frames that never end, questions without end, tables that are being filled:
// whoever does that harms himself, and a person who only wants to chat notices nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  askBurstMs,
  askBurstMsOfAll,
  askMsPerSecond,
  connectionsMax,
  frameTimeoutMs,
} from "../../src/base/doubtLimits.ts";
import { connectionsPerAddressMax, loginTablesMax, loginTriesFree } from "../../src/base/limits.ts";
import type { Message } from "../../src/wire/messages.ts";
import type { ClientConnection } from "../../src/server/clientConnection.ts";
import { Directory } from "../../src/server/directory.ts";
import { LoginThrottle } from "../../src/server/loginThrottle.ts";
import { TimeBucket } from "../../src/server/timeBucket.ts";
import { turnedAway } from "../../src/server/turnstile.ts";
import { greeted, loggedIn, makeClientWorld } from "../support/clientWorld.ts";
import type { RawClient } from "../support/rawClient.ts";

/** All that the turnstile looks at. */
const connectionFrom = (address: string): ClientConnection => {
  return { address, account: null, client: null } as unknown as ClientConnection;
};

function crowd(count: number, addressOf: (index: number) => string): Directory {
  const directory = new Directory(() => undefined);
  for (let index = 0; index < count; index += 1) directory.add(connectionFrom(addressOf(index)));
  return directory;
}

test("one address has so many connections and no more; others still come in", () => {
  const directory = crowd(connectionsPerAddressMax, () => "10.0.0.1");
  const refused = turnedAway({}, directory, "10.0.0.1", assert.fail);
  assert.equal(refused?.type === "error" ? refused.code : refused, "too-many-connections");
  assert.equal(turnedAway({}, directory, "10.0.0.2", assert.fail), null);
});

test("when the server is full, the oldest that never said hello gives way", () => {
  const directory = crowd(connectionsMax, (index) => `10.0.${index >> 8}.${index & 255}`);
  const [first, second] = [...directory.all()] as [ClientConnection, ClientConnection];
  directory.greet(first);
  const dismissed: ClientConnection[] = [];
  assert.equal(
    turnedAway({}, directory, "10.9.9.9", (who) => void dismissed.push(who)),
    null,
  );
  assert.deepEqual(dismissed, [second]);
});

test("when all who are there have said hello, whoever comes next is told to try another", () => {
  const directory = crowd(connectionsMax, (index) => `10.0.${index >> 8}.${index & 255}`);
  for (const connection of directory.all()) directory.greet(connection);
  const refused: Message | null = turnedAway({}, directory, "10.9.9.9", assert.fail);
  assert.match(refused?.type === "error" ? refused.message : "", /Try again, or another one/);
});

test("who finds no room for another socket takes that of one who never said hello", async () => {
  const world = await makeClientWorld(1, { socketsRoom: 3 });
  const alice = await loggedIn(world, "alice");
  const silent = [await world.connect(), await world.connect()];
  const bob = await greeted(world);
  assert.equal((await (silent[0] as RawClient).next("error")).code, "too-many-connections");
  const carol = await greeted(world);
  assert.deepEqual(
    [...silent, alice, bob, carol].map(({ closed }) => closed),
    [true, true, false, false, false],
  );
  const late = await world.connect();
  assert.equal((await late.next("error")).code, "too-many-connections");
  await late.ended();
  assert.equal((await alice.send("alice", "here")).to, "alice");
});

test("a frame that never ends is ended, in words, though bytes of it keep coming", async () => {
  const world = await makeClientWorld();
  const mallory = await loggedIn(world, "mallory");
  const alice = await loggedIn(world, "alice");
  mallory.bytes(Buffer.from([0x04, 0x40, 0x00]));
  let sent = 0;
  const untilMs = world.clock.nowMs() + frameTimeoutMs + 3_000;
  while (!mallory.closed && world.clock.nowMs() < untilMs) {
    mallory.bytes(Buffer.from("x"));
    if (sent % 5 === 0) assert.equal((await alice.send("alice", "hello")).to, "alice");
    sent += 1;
    await world.clock.runFor(1_000);
  }
  assert.ok(mallory.closed);
  assert.match(mallory.of("error")[0]?.message ?? "", /A frame took longer than 10 seconds/);
});

test("a slow line that sends one whole frame after the other, each in pieces, stays", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  for (let second = 0; second < 15; second += 1) {
    // Each piece ends one ping and begins the next.
    alice.bytes(Buffer.from(second === 0 ? [0x16, 0, 1] : [0x31, 0x16, 0, 1]));
    await world.clock.runFor(1_000);
  }
  assert.equal(alice.closed, false);
  assert.equal(alice.of("pong").length, 14);
});

test("answers may take so long and no longer, and the time for more is earned", () => {
  const bucket = new TimeBucket({ burstMs: askBurstMs, perSecond: askMsPerSecond });
  assert.equal(bucket.hasTime(0), true);
  bucket.spend(askBurstMs + 200);
  assert.equal(bucket.hasTime(1_000), false);
  assert.equal(bucket.hasTime(2_001), true);
  assert.ok(askBurstMs < askBurstMsOfAll, "one connection cannot use up everybody's");
});

test("the table of wrong tries holds so many and no more, however many are guessed at", () => {
  const throttle = new LoginThrottle(loginTriesFree);
  for (let name = 0; name < 3 * loginTablesMax; name += 1) throttle.wrong(`name${name}`, name);
  assert.ok(throttle.size <= loginTablesMax);
});

test("whoever fills that table frees nobody who is being guessed at just now", () => {
  const throttle = new LoginThrottle(loginTriesFree);
  const guess = (nowMs: number): void => throttle.wrong("alice", nowMs);
  for (let time = 0; time < 12; time += 1) guess(time);
  assert.ok(throttle.waitMs("alice", 12) > 0);
  for (let name = 0; name < loginTablesMax + 5; name += 1) throttle.wrong(`name${name}`, 12);
  assert.ok(throttle.waitMs("alice", 13) > 0, "she is still slowed down");
  assert.equal(throttle.waitMs("bob", 13), 0, "and nobody else is");
});

test("resumptions are paid for with time, so that others are served between them", async () => {
  const world = await makeClientWorld();
  const mallory = await loggedIn(world, "mallory");
  const nowMs = world.process.nowMs.bind(world.process);
  let spentMs = 0;
  // Whatever is done takes a while.
  Object.defineProperty(world.process, "nowMs", { value: () => nowMs() + (spentMs += 0.1) });
  mallory.say(...Array.from({ length: 5_000 }, () => mallory.resumption(0)));
  await world.clock.runFor(50);
  const resumed = mallory.of("resumed").length;
  assert.ok(resumed > 0 && resumed < 4_500, `${resumed} times`);
});
