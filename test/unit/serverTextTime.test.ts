// Texts that take long to be looked at: their account pays with time, at all its terminals
// together, and nobody else waits for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  textBurstMs,
  textMsPerSecond,
  textSpentMsMax,
  textTablesMax,
} from "../../src/base/doubtLimits.ts";
import type { AccountId } from "../../src/base/ids.ts";
import { queryHoldMs } from "../../src/base/limits.ts";
import { TextTime } from "../../src/server/textTime.ts";
import { escapeText } from "../../src/wire/fields.ts";
import { type ClientWorld, greeted, loggedIn, makeClientWorld } from "../support/clientWorld.ts";
import type { RawClient } from "../support/rawClient.ts";

const hidden = escapeText("\u202e".repeat(1_365));
const lookMs = 1;

/** From now on whoever looks at the clock finds that a millisecond has passed meanwhile. */
function slowDown(world: ClientWorld): void {
  const nowMs = world.process.nowMs.bind(world.process);
  let spentMs = 0;
  Object.defineProperty(world.process, "nowMs", { value: () => nowMs() + (spentMs += lookMs) });
}

async function terminals(world: ClientWorld, count: number): Promise<readonly RawClient[]> {
  const first = await loggedIn(world, "mallory");
  const others: RawClient[] = [];
  for (let at = 1; at < count; at += 1) {
    const other = await greeted(world);
    await other.login("mallory");
    others.push(other);
  }
  return [first, ...others];
}

const refusedTo = (clients: readonly RawClient[]): number => {
  return clients.reduce((sum, client) => sum + client.of("refused").length, 0);
};

test("so many costly texts of one account are looked at, at however many terminals", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const clients = await terminals(world, 8);
  slowDown(world);
  for (const client of clients) {
    client.say(...Array.from({ length: 300 }, () => client.sending("alice", hidden)));
  }
  await world.clock.runFor(20);
  const looked = refusedTo(clients);
  assert.ok(looked >= textBurstMs / lookMs / 2, `${looked} looked at`);
  assert.ok(looked < 800, `${looked} looked at`);
  assert.equal((await alice.send("alice", escapeText("naïve"))).to, "alice");
});

test("texts that wait for time are looked at one after the other, each once", async () => {
  const world = await makeClientWorld();
  const [mallory] = (await terminals(world, 1)) as [RawClient];
  slowDown(world);
  const count = 2 * textBurstMs;
  const texts = Array.from({ length: count }, () => mallory.sending("mallory", hidden));
  mallory.say(...texts, mallory.sending("mallory", "at last"));
  await world.until(() => mallory.of("sent").length > 0, "the last of them");
  const refused = mallory.of("refused").map(({ request }) => request);
  assert.deepEqual(
    refused,
    texts.map(({ request }) => request),
  );
});

test("a text that the log has no room for is not looked at before it has", async (t) => {
  const world = await makeClientWorld();
  const [mallory] = (await terminals(world, 1)) as [RawClient];
  const segments = new Intl.Segmenter().segment("")[Symbol.iterator]();
  const next = t.mock.method(Object.getPrototypeOf(segments) as typeof segments, "next");
  world.driver.writable = false;
  mallory.say(mallory.sending("mallory", hidden));
  await world.clock.runFor(queryHoldMs / 2);
  assert.equal(next.mock.callCount(), 0);
  world.driver.writable = true;
  await world.until(() => mallory.of("refused").length > 0, "what becomes of it");
});

const account = (id: number): AccountId => id as AccountId;

test("a machine that slept in the midst of a text is not that text's fault", () => {
  let nowMs = 0;
  const time = new TextTime({ nowMs: () => nowMs } as ConstructorParameters<typeof TextTime>[0]);
  time.spend(account(1), () => (nowMs += 3_600_000));
  assert.equal(time.isLeftTo(account(1)), true);
  for (let at = 0; at <= textBurstMs / textSpentMsMax; at += 1) {
    time.spend(account(1), () => (nowMs += 100));
  }
  nowMs += (2 * textSpentMsMax * 1_000) / textMsPerSecond;
  assert.equal(time.isLeftTo(account(1)), true);
});

test("time is counted of those alone who have spent some of late", () => {
  let nowMs = 0;
  const time = new TextTime({ nowMs: () => nowMs } as ConstructorParameters<typeof TextTime>[0]);
  for (let id = 1; id <= 5 * textTablesMax; id += 1) {
    time.spend(account(id), () => (nowMs += 1));
    time.spend(account(id), () => 0);
  }
  assert.ok(time.size <= textTablesMax, `${time.size} counted`);
  assert.equal(time.isLeftTo(account(1)), true);
});
