// Virtual time must be as strict as the event loop it stands for; every simulation rests on it.
// No real time passes here.

import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { makeSimClock } from "../support/simClock.ts";

test("runs events by time, and at one instant timers before input before soon", async () => {
  const clock = makeSimClock();
  const seen: string[] = [];
  clock.after(5, () => seen.push("timer 5"));
  clock.arrive(3, () => {
    clock.soon(() => seen.push("soon 3"));
    clock.arrive(0, () => seen.push("input 3"));
  });
  clock.arrive(5, () => seen.push("input 5"));
  clock.after(7, () => seen.push("never: cancelled")).cancel();
  await clock.runFor(10);
  deepEqual(seen, ["input 3", "soon 3", "timer 5", "input 5"]);
  equal(clock.nowMs(), 10);
});

test("lets long promise chains finish before the next event", async () => {
  const clock = makeSimClock();
  const seen: string[] = [];
  clock.arrive(1, () => {
    void (async () => {
      for (let hop = 0; hop < 50; hop += 1) await null;
      seen.push("chain");
    })();
  });
  clock.arrive(1, () => seen.push("next"));
  await clock.runFor(1);
  deepEqual(seen, ["chain", "next"]);
});

test("a resumed process runs overdue timers before the input that lay waiting", async () => {
  const clock = makeSimClock();
  const process = clock.forProcess();
  const seen: string[] = [];
  process.arrive(1, () => seen.push("input"));
  process.after(2, () => seen.push("timer"));
  const cancelled = process.after(3, () => seen.push("never: cancelled while paused"));
  process.pause();
  await clock.runFor(1000);
  equal(seen.length, 0);
  process.resume();
  cancelled.cancel();
  process.soon(() => seen.push("soon"));
  await clock.runFor(0);
  deepEqual(seen, ["timer", "input", "soon"]);
});

test("a killed process is never called again", async () => {
  const clock = makeSimClock();
  const process = clock.forProcess();
  let calls = 0;
  process.after(2, () => (calls += 1));
  await clock.runFor(1);
  process.kill();
  process.soon(() => (calls += 1));
  await clock.runFor(10);
  equal(calls, 0);
});

test("a condition is reported at the instant it comes true, or at the limit", async () => {
  const clock = makeSimClock();
  let ready = false;
  clock.after(4, () => (ready = true));
  equal(await clock.runUntil(() => ready, { limitMs: 100 }), true);
  equal(clock.nowMs(), 4);
  equal(await clock.runUntil(() => !ready, { limitMs: 100 }), false);
  equal(clock.nowMs(), 104);
});

test("wall clocks jump together or alone, and never move what counts as now", () => {
  const clock = makeSimClock({ startWallUs: 1000 });
  const process = clock.forProcess();
  clock.jumpWall(-500);
  process.jumpWall(-100);
  equal(clock.wallUs(), 500);
  equal(process.wallUs(), 400);
  equal(process.nowMs(), 0);
});

test("what an event throws comes out of the run", async () => {
  const clock = makeSimClock();
  clock.arrive(0, () => {
    throw new Error("broken rule");
  });
  await rejects(clock.runFor(1), /broken rule/);
});
