// Virtual time for tests: one deterministic queue of events, ordered by (instant, phase, sequence).
// Phases stand for Node's event loop: timers, then input (sockets, disks), then `soon`. Each event
// runs to its end, promises included, before the next one begins (see `settle`). It models no cost
// of computing: an event takes no time. Real I/O and worker threads do not fit in.

import { assert } from "../../src/base/assert.ts";
import type { Clock, Timer } from "../../src/ports.ts";
import { makeEventQueue, type Phase, type QueuedEvent } from "./simQueue.ts";

export interface SimClock extends Clock {
  /**
   * Lets virtual time pass; events due within it run. An error thrown by an event comes out here.
   */
  runFor(durationMs: number): Promise<void>;
  /** True as soon as the condition holds; false when it does not within the limit. */
  runUntil(condition: () => boolean, bound: { readonly limitMs: number }): Promise<boolean>;
  /** Runs the next event, wherever in time; false when there is none. */
  step(): Promise<boolean>;
  /** Moves every process's wall clock. */
  jumpWall(deltaUs: number): void;
  /** Input from outside (a packet, a disk's answer) after a delay, which may be 0. */
  arrive(delayMs: number, run: () => void): Timer;
  /** Another process on the same virtual time. */
  forProcess(): ProcessClock;
  /** How many events have run; equal seeds must give equal counts. */
  eventCount(): number;
}

/**
 * A process's view. While paused, nothing is called; on `resume` the timers that have fallen due
 * run before the input that has arrived meanwhile, as in Node after SIGSTOP. After `kill`, nothing.
 */
export interface ProcessClock extends Clock {
  arrive(delayMs: number, run: () => void): Timer;
  /** Moves this process's wall clock alone. */
  jumpWall(deltaUs: number): void;
  pause(): void;
  resume(): void;
  kill(): void;
  isPaused(): boolean;
  isAlive(): boolean;
}

/** Node makes 1 ms of every shorter timeout; so no timer can stop virtual time. */
const timerMinMs = 1;
/** The real event loop gets a turn this often, for the test runner's own timers. */
const eventsPerRealTurn = 4096;

interface ClockState {
  readonly queue: ReturnType<typeof makeEventQueue>;
  nowMs: number;
  wallUs: number;
  eventCount: number;
  running: boolean;
}

export function makeSimClock(options: { readonly startWallUs?: number } = {}): SimClock {
  const state: ClockState = {
    queue: makeEventQueue(),
    nowMs: 0,
    wallUs: options.startWallUs ?? 1_767_225_600_000_000,
    eventCount: 0,
    running: false,
  };
  const outside = makeProcess(state);
  return {
    nowMs: outside.nowMs,
    wallUs: outside.wallUs,
    after: outside.after,
    soon: outside.soon,
    arrive: outside.arrive,
    forProcess: () => makeProcess(state),
    eventCount: () => state.eventCount,
    jumpWall: (deltaUs) => {
      state.wallUs += deltaUs;
    },
    step: () => exclusively(state, () => runNext(state, Infinity)),
    runFor: async (durationMs) => {
      await exclusively(state, () => runTo(state, state.nowMs + durationMs, () => false));
    },
    runUntil: (condition, { limitMs }) =>
      exclusively(state, () => runTo(state, state.nowMs + limitMs, condition)),
  };
}

/**
 * The one driver of virtual time at any moment; a second one would make the order depend on luck.
 */
async function exclusively(state: ClockState, run: () => Promise<boolean>): Promise<boolean> {
  assert(!state.running, "virtual time is already being run by somebody else");
  state.running = true;
  try {
    await settle();
    return await run();
  } finally {
    state.running = false;
  }
}

async function runTo(state: ClockState, endMs: number, condition: () => boolean): Promise<boolean> {
  while (!condition()) {
    if (!(await runNext(state, endMs))) {
      state.nowMs = Math.max(state.nowMs, endMs);
      return condition();
    }
  }
  return true;
}

async function runNext(state: ClockState, endMs: number): Promise<boolean> {
  for (;;) {
    const next = state.queue.peek();
    if (next === undefined || next.atMs > endMs) return false;
    state.queue.pop();
    if (next.cancelled || next.owner.park(next)) continue;
    state.nowMs = Math.max(state.nowMs, next.atMs);
    state.eventCount += 1;
    next.run();
    await settle();
    if (state.eventCount % eventsPerRealTurn === 0) await new Promise((go) => setImmediate(go));
    return true;
  }
}

/**
 * Lets all promise reactions run, however long their chains are: Node empties the microtask queue
 * before it takes the next tick, and what those reactions start is in the queue by then.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function makeProcess(state: ClockState): ProcessClock {
  let life: "running" | "paused" | "dead" = "running";
  let wallOffsetUs = 0;
  const parked: QueuedEvent[] = [];
  const owner = {
    /** Keeps the event back (paused) or swallows it (dead); false when it may run. */
    park: (event: QueuedEvent): boolean => {
      if (life === "paused") parked.push(event);
      return life !== "running";
    },
  };
  function schedule(delayMs: number, phase: Phase, run: () => void): Timer {
    assert(Number.isFinite(delayMs) && delayMs >= 0, `not a delay: ${delayMs}`);
    const event: QueuedEvent = { atMs: state.nowMs + delayMs, phase, sequence: 0, run, owner };
    if (life !== "dead") state.queue.push(event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }
  return {
    nowMs: () => state.nowMs,
    wallUs: () => Math.floor(state.wallUs + wallOffsetUs + state.nowMs * 1000),
    after: (delayMs, run) => schedule(Math.max(timerMinMs, delayMs), "timer", run),
    soon: (run) => void schedule(0, "soon", run),
    arrive: (delayMs, run) => schedule(delayMs, "input", run),
    jumpWall: (deltaUs) => {
      wallOffsetUs += deltaUs;
    },
    pause: () => {
      if (life === "running") life = "paused";
    },
    resume: () => {
      if (life !== "paused") return;
      life = "running";
      // Parked in the order in which they fell due; the queue puts timers before input again.
      for (const event of parked.splice(0)) {
        state.queue.push(Object.assign(event, { atMs: state.nowMs }));
      }
    },
    kill: () => {
      life = "dead";
      parked.length = 0;
    },
    isPaused: () => life === "paused",
    isAlive: () => life !== "dead",
  };
}
