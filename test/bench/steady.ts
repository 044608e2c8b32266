// An open loop: so many sends a second, spread evenly over connections, whatever becomes of them.
// What disturbs the servers shows as latency, not as fewer sends. Latencies are gathered between
// two calls of `take`, so that times of one kind can be told from others. A failed send ends the
// bench.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Latencies } from "./latencies.ts";
import { type Connection, depthMax } from "./system.ts";

const pumpMs = 2;
const drainTimeoutMs = 10_000;

/** Of the sends confirmed in a stretch of time. */
export interface Stretch {
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly longestMs: number;
  /** So long at most this process itself stood still: that much is not the servers' doing. */
  readonly heldUpMs: number;
}

export class SteadyLoad {
  private readonly connections: readonly Connection[];
  private readonly perSecond: number;
  private readonly stalls = monitorEventLoopDelay({ resolution: 1 });
  private latencies = new Latencies();
  private startedMs = 0;
  private takenMs = 0;
  private sent = 0;
  private sentBefore = 0;
  private confirmed = 0;
  private confirmedBefore = 0;
  private failure: Error | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(connections: readonly Connection[], perSecond: number) {
    this.connections = connections;
    this.perSecond = perSecond;
  }

  /** Also again, after a stop. */
  start(): void {
    this.startedMs = performance.now();
    this.sentBefore = this.sent;
    this.stalls.enable();
    this.timer = setInterval(() => this.pump(), pumpMs);
    this.take();
  }

  /** What has been confirmed since the last call, or the start. */
  take(): Stretch {
    if (this.failure !== null) throw this.failure;
    const { latencies, stalls } = this;
    const nowMs = performance.now();
    const at = (percent: number): number => Number(latencies.percentile(percent).toFixed(1));
    const stretch = {
      rate: Math.round(((this.confirmed - this.confirmedBefore) * 1_000) / (nowMs - this.takenMs)),
      p50Ms: at(50),
      p99Ms: at(99),
      p999Ms: at(99.9),
      longestMs: at(100),
      heldUpMs: Number((stalls.max / 1e6).toFixed(1)),
    };
    this.latencies = new Latencies();
    stalls.reset();
    this.takenMs = nowMs;
    this.confirmedBefore = this.confirmed;
    return stretch;
  }

  /** Nothing is outstanding any more. */
  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.stalls.disable();
    const deadlineMs = performance.now() + drainTimeoutMs;
    while (this.confirmed < this.sent && this.failure === null) {
      if (performance.now() > deadlineMs) {
        const left = this.sent - this.confirmed;
        throw new Error(`${left} messages were not confirmed in ${drainTimeoutMs} ms`);
      }
      await sleep(5);
    }
    if (this.failure !== null) throw this.failure;
  }

  /** All that is due; no more of one connection in a turn than it has room for. */
  private pump(): void {
    const { connections } = this;
    const elapsedMs = performance.now() - this.startedMs;
    const wanted = Math.floor((elapsedMs * this.perSecond) / 1_000);
    const due = wanted - (this.sent - this.sentBefore);
    const count = Math.min(due, (connections.length * depthMax) / 2);
    for (let at = 0; at < count; at += 1) {
      this.send(connections[this.sent % connections.length] as Connection);
    }
  }

  private send(connection: Connection): void {
    this.sent += 1;
    const sentAtMs = performance.now();
    connection.send((error) => {
      if (error !== null) this.failure ??= error;
      this.confirmed += 1;
      this.latencies.add(performance.now() - sentAtMs);
    });
  }
}

export function wordsOf(stretch: Stretch): string {
  const { rate, p50Ms, p99Ms, p999Ms, longestMs, heldUpMs } = stretch;
  const figures = `p50 ${p50Ms} ms, p99 ${p99Ms}, p99.9 ${p999Ms}, longest ${longestMs}`;
  return `${rate} sends/s, ${figures}; stood still at most: clients ${heldUpMs} ms`;
}
