// When histories are looked through that are to be bounded: by whoever leads and has applied what
// it leads, now and then, sooner again while there is something to go, and never where all is kept.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asBallot } from "../../src/base/ids.ts";
import { trimBusyGapMs, trimGapMs, trimLookLetters } from "../../src/base/talkLimits.ts";
import { HistoryKeeper } from "../../src/server/historyKeeper.ts";
import { ChatScript } from "../support/chatScript.ts";
import { makeFakeDriver, type FakeDriver } from "../support/fakeDriver.ts";
import { makeSimClock, type SimClock } from "../support/simClock.ts";

interface World {
  readonly clock: SimClock;
  readonly driver: FakeDriver;
  readonly keeper: HistoryKeeper;
}

/** Alice has read so many notes to herself, of which so many are to be kept. */
function given(notes: number, keep: number): World {
  const script = new ChatScript();
  script.register(1, "alice");
  for (let count = 0; count < notes; count += 1) script.send(1, "alice", "note");
  script.acknowledge(1, notes);
  script.mark(1, "read", ...Array.from({ length: notes }, (_, at) => at + 1));
  const clock = makeSimClock();
  const process = clock.forProcess();
  const silent = new Proxy({}, { get: () => () => undefined });
  const driver = makeFakeDriver(process, silent as never, script.chat);
  const keeper = new HistoryKeeper({ clock: process, driver, keep });
  keeper.start();
  return { clock, driver, keeper };
}

test("what is read and beyond the bound is let go, sooner again while there is such", async () => {
  const { clock, driver } = given(5_000, 1);
  await clock.runFor(trimGapMs - 1);
  equal(driver.submitted.length, 0);
  await clock.runFor(2);
  const first = driver.submitted.length;
  equal(first > 0, true);
  await clock.runFor(trimBusyGapMs + 1);
  equal(driver.submitted.length > first, true);
});

test("what is to go is said once, however few letters there are, and however long it takes", async () => {
  const { clock, driver } = given(3, 1);
  driver.committing = false;
  await clock.runFor(10 * trimGapMs);
  equal(driver.submitted.length, 1);
  driver.commitAll();
  await clock.runFor(10 * trimGapMs);
  equal(driver.submitted.length, 1);
});

test("in another view all is looked through from the newest on: the state may be another one", async () => {
  const { clock, driver } = given(trimLookLetters + 100, trimLookLetters + 10);
  await clock.runFor(trimGapMs + 1);
  driver.become({ ballot: asBallot(65) });
  await clock.runFor(trimGapMs);
  equal(driver.submitted.length, 0);
  await clock.runFor(trimGapMs);
  equal(driver.submitted.length, 1);
});

for (const [what, keep, change] of [
  ["all is to be kept", 0, () => undefined],
  ["this server does not lead", 1, ({ driver }) => (driver.writable = false)],
  ["it has not applied all yet", 1, ({ driver }) => (driver.readable = false)],
  ["it has stopped", 1, ({ keeper }) => keeper.stop()],
] as [string, number, (world: World) => unknown][]) {
  test(`nothing is let go while ${what}`, async () => {
    const world = given(3, keep);
    change(world);
    await world.clock.runFor(10 * trimGapMs);
    deepEqual(world.driver.submitted, []);
  });
}
