// The one timer that wakes a server without input: set to whatever instant the replica names, and
// set anew when it names another one. After a stop of the process timers fire before the sockets
// are read; what waits there comes first. What a tick does is the owner's.

import { stallMs } from "../base/limits.ts";
import type { Clock, Timer } from "../ports.ts";

export class TickTimer {
  readonly #clock: Clock;
  readonly #tick: () => void;
  readonly #onTimer = (): void => this.#fire();
  #timer: Timer | null = null;
  /** NaN, which equals nothing, while none is set. */
  #dueMs = Number.NaN;

  constructor(clock: Clock, tick: () => void) {
    this.#clock = clock;
    this.#tick = tick;
  }

  /** Called after every input: cheap when nothing has changed. */
  aim(dueMs: number): void {
    if (dueMs === this.#dueMs) return;
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = this.#clock.after(Math.max(0, dueMs - this.#clock.nowMs()), this.#onTimer);
  }

  #fire(): void {
    const stoodStill = this.#clock.nowMs() - this.#dueMs > stallMs;
    if (stoodStill) this.#clock.soon(() => this.#clock.soon(() => this.#run()));
    else this.#run();
  }

  #run(): void {
    this.#dueMs = Number.NaN;
    this.#tick();
  }
}
