// Virtual time for tests: one deterministic queue of events, ordered by (instant, phase, sequence).
// Phases stand for Node's event loop: timers, then input (sockets, disks), then `soon`. Each event
// runs to its end, promises included, before the next one begins (see `settle`). It models no cost
// of computing: an event takes no time. Real I/O and worker threads do not fit in.

import { assert } from "../../src/base/assert.ts";
import type { Clock, Timer } from "../../src/ports.ts";
import { EventQueue, phases, type Phase, type QueuedEvent } from "./simQueue.ts";

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
  arrive(delayMs: number, run: Task): Timer;
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
  arrive(delayMs: number, run: Task): Timer;
  /** Moves this process's wall clock alone. */
  jumpWall(deltaUs: number): void;
  pause(): void;
  resume(): void;
  kill(): void;
  isPaused(): boolean;
  isRunning(): boolean;
  isAlive(): boolean;
  /** Some of its code is about to run outside its own events; false while none of it can. */
  noteRun(): boolean;
  /** Whether any of its code has run since this was asked last; else nothing of it has changed. */
  takeHasRun(): boolean;
}

/** What is to be done: of the most frequent ones a function each, called once, would be slow. */
export type Task = (() => void) | { run(): void };

/** Node makes 1 ms of every shorter timeout; so no timer can stop virtual time. */
const timerMinMs = 1;
/** The real event loop gets a turn this often, for the test runner's own timers. */
const eventsPerRealTurn = 4096;

interface ClockState {
  readonly queue: EventQueue<ScheduledEvent>;
  nowMs: number;
  wallUs: number;
  eventCount: number;
  running: boolean;
}

/** A run of more events than this goes round in circles. */
const eventsMax = 20_000_000;

export function makeSimClock(options: { readonly startWallUs?: number } = {}): SimClock {
  const state: ClockState = {
    queue: new EventQueue(),
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
      const endMs = state.nowMs + durationMs;
      await exclusively(state, () => runTo(state, endMs, never));
    },
    runUntil: (condition, { limitMs }) => {
      const endMs = state.nowMs + limitMs;
      return exclusively(state, () => runTo(state, endMs, condition));
    },
  };
}

/**
 * The one driver of virtual time at any moment; a second one would make the order depend on luck.
 */
function exclusively(state: ClockState, turn: () => boolean | null): Promise<boolean> {
  assert(!state.running, "virtual time is already being run by somebody else");
  state.running = true;
  return new Promise((resolve, reject) => {
    const go = (): void => {
      try {
        settle();
        const outcome = turn();
        if (outcome === null) return void realTurn(go);
        state.running = false;
        resolve(outcome);
      } catch (error) {
        state.running = false;
        reject(error as Error);
      }
    };
    // Only outside of all promise reactions can their queue be emptied at will.
    realTurn(go);
  });
}

const never = (): boolean => false;

/** Null: there is more to run, and the real event loop gets its turn first. */
function runTo(state: ClockState, endMs: number, condition: () => boolean): boolean | null {
  for (let count = 0; count < eventsPerRealTurn; count += 1) {
    if (condition()) return true;
    if (!runNext(state, endMs)) {
      state.nowMs = Math.max(state.nowMs, endMs);
      return condition();
    }
  }
  return null;
}

function runNext(state: ClockState, endMs: number): boolean {
  for (;;) {
    const next = state.queue.peek();
    if (next === undefined || next.atMs > endMs) return false;
    state.queue.pop();
    if (next.cancelled) continue;
    const { owner } = next;
    if (owner.life !== "running") {
      if (owner.life === "paused") owner.parked.push(next);
      continue;
    }
    owner.hasRun = true;
    if (next.atMs > state.nowMs) state.nowMs = next.atMs;
    state.eventCount += 1;
    if (state.eventCount > eventsMax) throw new Error(`More than ${eventsMax} events.`);
    const { task } = next;
    if (typeof task === "function") task();
    else task.run();
    settle();
    return true;
  }
}

/** Before anybody forbids it. */
const realTurn = setImmediate;

/**
 * Runs all promise reactions that are waiting, however long their chains are. Node's own way of
 * doing so after each callback; it works wherever no reaction is being run just now.
 */
const settle = (process as unknown as { readonly _tickCallback: () => void })._tickCallback;

/** What the queue has to know of a process. */
interface Owner {
  life: "running" | "paused" | "dead";
  /** In the order in which they fell due. */
  readonly parked: ScheduledEvent[];
  /** Any of its code, since somebody asked. */
  hasRun: boolean;
}

/** The event is its own timer: millions of them are made. */
class ScheduledEvent implements QueuedEvent, Timer {
  atMs: number;
  readonly phase: Phase;
  rank = 0;
  readonly task: Task;
  readonly owner: Owner;
  cancelled = false;

  constructor(atMs: number, phase: Phase, what: { readonly task: Task; owner: Owner }) {
    this.atMs = atMs;
    this.phase = phase;
    this.task = what.task;
    this.owner = what.owner;
  }

  cancel(): void {
    this.cancelled = true;
  }
}

function makeProcess(state: ClockState): ProcessClock {
  const owner: Owner = { life: "running", parked: [], hasRun: true };
  let wallOffsetUs = 0;
  function schedule(delayMs: number, phase: Phase, task: Task): Timer {
    if (!(delayMs >= 0 && delayMs < Infinity)) throw new RangeError(`not a delay: ${delayMs}`);
    const event = new ScheduledEvent(state.nowMs + delayMs, phase, { task, owner });
    if (owner.life !== "dead") state.queue.push(event);
    return event;
  }
  return {
    nowMs: () => state.nowMs,
    wallUs: () => Math.floor(state.wallUs + wallOffsetUs + state.nowMs * 1000),
    after: (delayMs, run) => schedule(Math.max(timerMinMs, delayMs), phases.timer, run),
    soon: (run) => void schedule(0, phases.soon, run),
    arrive: (delayMs, run) => schedule(delayMs, phases.input, run),
    jumpWall: (deltaUs) => {
      wallOffsetUs += deltaUs;
    },
    pause: () => {
      if (owner.life === "running") owner.life = "paused";
    },
    resume: () => {
      if (owner.life !== "paused") return;
      owner.life = "running";
      // Parked in the order in which they fell due; the queue puts timers before input again.
      for (const event of owner.parked.splice(0)) {
        event.atMs = state.nowMs;
        state.queue.push(event);
      }
    },
    kill: () => {
      owner.life = "dead";
      owner.parked.length = 0;
    },
    isPaused: () => owner.life === "paused",
    isRunning: () => owner.life === "running",
    isAlive: () => owner.life !== "dead",
    noteRun: () => {
      owner.hasRun = true;
      return owner.life === "running";
    },
    takeHasRun: () => {
      const { hasRun } = owner;
      owner.hasRun = false;
      return hasRun;
    },
  };
}
