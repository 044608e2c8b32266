// The real clock counts suspension, ignores a wall clock that was set, and never goes back.
// Its sources are the test's own, since no test can suspend the machine.

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { makeClock, type ClockSources } from "../../src/node/clock.ts";

interface FakeSources extends ClockSources {
  monotonic: number;
  wall: number;
  uptime: number;
}

function fakeSources(): FakeSources {
  const sources = {
    monotonic: 1_000,
    wall: 1_700_000_000_000,
    uptime: 5_000,
    monotonicMs: () => sources.monotonic,
    wallMs: () => sources.wall,
    uptimeMs: () => sources.uptime,
  };
  return sources;
}

test("time passes with the monotonic clock", () => {
  const sources = fakeSources();
  const clock = makeClock(sources);
  const startMs = clock.nowMs();
  sources.monotonic += 40;
  sources.wall += 40;
  sources.uptime += 40;
  equal(clock.nowMs() - startMs, 40);
});

test("a suspension of the machine is counted at the next use", () => {
  const sources = fakeSources();
  const clock = makeClock(sources);
  const startMs = clock.nowMs();
  sources.monotonic += 5;
  sources.wall += 30_005;
  sources.uptime += 30_005;
  equal(clock.nowMs() - startMs, 30_005);
});

test("a wall clock set forward or back is not time that passed", () => {
  for (const jumpMs of [3_600_000, -3_600_000]) {
    const sources = fakeSources();
    const clock = makeClock(sources);
    const startMs = clock.nowMs();
    sources.wall += jumpMs;
    equal(clock.nowMs() - startMs, 0);
    equal(clock.wallUs(), (1_700_000_000_000 + jumpMs) * 1_000);
  }
});

test("two suspensions add up, and time never goes back", () => {
  const sources = fakeSources();
  const clock = makeClock(sources);
  const startMs = clock.nowMs();
  let before = startMs;
  for (let round = 0; round < 2; round += 1) {
    sources.wall += 10_000;
    sources.uptime += 10_000;
    ok(clock.nowMs() >= before);
    before = clock.nowMs();
  }
  equal(before - startMs, 20_000);
});

test("a clock set after a suspension takes nothing back, though the uptime is a coarse one", () => {
  const sources = fakeSources();
  const clock = makeClock(sources);
  const startMs = clock.nowMs();
  sources.wall += 30_000;
  sources.uptime += 30_000;
  equal(clock.nowMs() - startMs, 30_000);
  sources.wall -= 3_600_000;
  for (const coarseMs of [-10, 20]) {
    sources.uptime += coarseMs;
    sources.wall += 3_600_000;
    equal(clock.nowMs() - startMs, 30_000);
  }
});

test("the real sources give a wall clock in microseconds near Date.now", () => {
  const clock = makeClock();
  ok(Math.abs(clock.wallUs() / 1_000 - Date.now()) < 60);
});
