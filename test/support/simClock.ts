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
  const outside = new SimProcess(state);
  return {
    nowMs: () => state.nowMs,
    wallUs: () => outside.wallUs(),
    after: (delayMs, run) => outside.after(delayMs, run),
    soon: (run) => outside.soon(run),
    arrive: (delayMs, run) => outside.arrive(delayMs, run),
    forProcess: () => new SimProcess(state),
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

/** The event is its own timer: millions of them are made. */
class ScheduledEvent implements QueuedEvent, Timer {
  atMs = 0;
  rank = 0;
  cancelled = false;
  readonly owner: SimProcess;
  readonly phase: Phase;
  readonly task: Task;

  constructor(owner: SimProcess, phase: Phase, task: Task) {
    this.owner = owner;
    this.phase = phase;
    this.task = task;
  }

  cancel(): void {
    this.cancelled = true;
  }
}

/** Its methods are asked for with nearly every event: they stand once, not in each process. */
class SimProcess implements ProcessClock {
  life: "running" | "paused" | "dead" = "running";
  /** In the order in which they fell due. */
  readonly parked: ScheduledEvent[] = [];
  /** Any of its code, since somebody asked. */
  hasRun = true;
  readonly #state: ClockState;
  #wallOffsetUs = 0;

  constructor(state: ClockState) {
    this.#state = state;
  }

  nowMs(): number {
    return this.#state.nowMs;
  }

  wallUs(): number {
    const { wallUs, nowMs } = this.#state;
    return Math.floor(wallUs + this.#wallOffsetUs + nowMs * 1000);
  }

  after(delayMs: number, run: Task): Timer {
    return this.#schedule(Math.max(timerMinMs, delayMs), phases.timer, run);
  }

  soon(run: Task): void {
    this.#schedule(0, phases.soon, run);
  }

  arrive(delayMs: number, run: Task): Timer {
    return this.#schedule(delayMs, phases.input, run);
  }

  #schedule(delayMs: number, phase: Phase, task: Task): Timer {
    if (!(delayMs >= 0 && delayMs < Infinity)) throw new RangeError(`not a delay: ${delayMs}`);
    const event = new ScheduledEvent(this, phase, task);
    event.atMs = this.#state.nowMs + delayMs;
    if (this.life !== "dead") this.#state.queue.push(event);
    return event;
  }

  jumpWall(deltaUs: number): void {
    this.#wallOffsetUs += deltaUs;
  }

  pause(): void {
    if (this.life === "running") this.life = "paused";
  }

  resume(): void {
    if (this.life !== "paused") return;
    this.life = "running";
    // Parked in the order in which they fell due; the queue puts timers before input again.
    for (const event of this.parked.splice(0)) {
      event.atMs = this.#state.nowMs;
      this.#state.queue.push(event);
    }
  }

  kill(): void {
    this.life = "dead";
    this.parked.length = 0;
  }

  isPaused(): boolean {
    return this.life === "paused";
  }

  isRunning(): boolean {
    return this.life === "running";
  }

  isAlive(): boolean {
    return this.life !== "dead";
  }

  noteRun(): boolean {
    this.hasRun = true;
    return this.life === "running";
  }

  takeHasRun(): boolean {
    const { hasRun } = this;
    this.hasRun = false;
    return hasRun;
  }
}
