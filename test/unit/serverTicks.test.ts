// What wakes a server without input: the timer that the replica sets, and the watch on its disk.
// What a tick then does is the replica's, and tested there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diskWorryMs, stallMs, tickMs } from "../../src/base/limits.ts";
import { makeDiskWatch } from "../../src/server/diskWatch.ts";
import { TickTimer } from "../../src/server/tickTimer.ts";
import type { Store } from "../../src/store/store.ts";
import { ReplicaScene } from "../support/replicaScene.ts";
import { makeSimClock } from "../support/simClock.ts";

test("the timer fires once, at the instant that was named last", async () => {
  const clock = makeSimClock();
  const firedMs: number[] = [];
  const timer = new TickTimer(clock, () => void firedMs.push(clock.nowMs()));
  timer.aim(100);
  timer.aim(40);
  timer.aim(70);
  await clock.runFor(1_000);
  assert.deepEqual(firedMs, [70]);
  timer.aim(70);
  await clock.runFor(10);
  assert.deepEqual(firedMs, [70, 1_001], "what is past is due at once");
});

test("after a stop of the process the tick comes when what was waiting has been read", async () => {
  const clock = makeSimClock();
  const process = clock.forProcess();
  const events: string[] = [];
  const timer = new TickTimer(process, () => void events.push("tick"));
  timer.aim(100);
  await clock.runFor(50);
  process.pause();
  process.arrive(10, () => void events.push("read"));
  await clock.runFor(100 + stallMs);
  process.resume();
  await clock.runFor(10);
  assert.deepEqual(events, ["read", "tick"]);
});

test("a disk that keeps somebody waiting is looked at with every tick, a sound one is not", () => {
  let ageMs = 0;
  // Nothing else of the store is asked.
  const room = { path: "state", nextImageBytesMax: 0, freeBytes: async () => Infinity };
  const store = { ...room, syncAgeMs: () => ageMs } as unknown as Store;
  const watch = makeDiskWatch({ store, log: { write: () => undefined } });
  const { replica } = new ReplicaScene();
  watch.consider(replica, 1_000);
  assert.equal(watch.lookAgainMs(), Infinity);
  ageMs = diskWorryMs + 1;
  watch.consider(replica, 2_000);
  assert.equal(watch.lookAgainMs(), 2_000 + tickMs);
});
