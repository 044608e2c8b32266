// A closed loop: every connection keeps `depth` messages outstanding while a window is open, and
// none between windows, so that two systems can be measured in turn on one machine.
// A failed send ends the bench: a rate with failures in it means nothing.

import { setTimeout as sleep } from "node:timers/promises";
import { Latencies } from "./latencies.ts";
import { processorSeconds } from "./processes.ts";
import type { Shape } from "./shapes.ts";
import type { Connection, System } from "./system.ts";

const connectBatch = 100;
const drainTimeoutMs = 10_000;

export interface WindowTimes {
  /** Load runs this long before counting begins. */
  readonly warmMs: number;
  readonly measureMs: number;
}

export class Load {
  readonly latencies = new Latencies();
  /** Confirmed messages per second, one entry per window. */
  readonly rates: number[] = [];
  private readonly processorSecondsUsed = new Map<string, number>();
  private measuredSeconds = 0;
  private running = false;
  private measuring = false;
  private confirmed = 0;
  private outstanding = 0;
  private failure: Error | undefined;
  private readonly system: System;
  private readonly shape: Shape;
  private readonly connections: Connection[] = [];

  constructor(system: System, shape: Shape) {
    this.system = system;
    this.shape = shape;
  }

  async connect(): Promise<void> {
    const { connections: wanted, depth } = this.shape;
    for (let first = 0; first < wanted; first += connectBatch) {
      const count = Math.min(connectBatch, wanted - first);
      const batch = Array.from({ length: count }, (_, i) => this.system.connect(first + i, depth));
      this.connections.push(...(await Promise.all(batch)));
    }
  }

  /** One window: warm up, count, stop, and wait until nothing is outstanding. */
  async window(times: WindowTimes): Promise<void> {
    this.running = true;
    for (const connection of this.connections) {
      for (let i = 0; i < this.shape.depth; i += 1) {
        this.outstanding += 1;
        this.issue(connection);
      }
    }
    await sleep(times.warmMs);
    const usedBefore = this.processorTimes();
    const startMs = performance.now();
    this.confirmed = 0;
    this.measuring = true;
    await sleep(times.measureMs);
    this.measuring = false;
    const seconds = (performance.now() - startMs) / 1000;
    this.rates.push(this.confirmed / seconds);
    this.measuredSeconds += seconds;
    this.countProcessorTimes(usedBefore);
    this.running = false;
    await this.drain();
  }

  /** Share of one processor that each process used while counting, in percent. */
  processorPercent(): ReadonlyMap<string, number> {
    const percent = (used: number): number => Math.round((used / this.measuredSeconds) * 100);
    return new Map([...this.processorSecondsUsed].map(([name, used]) => [name, percent(used)]));
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  // No named closure here: tsx gives each one its name at run time, which costs more than a call.
  private issue(connection: Connection): void {
    const sentAtMs = performance.now();
    connection.send((error) => {
      if (error !== null) this.failure ??= error;
      if (this.measuring) {
        this.confirmed += 1;
        this.latencies.add(performance.now() - sentAtMs);
      }
      if (this.running && error === null) this.issue(connection);
      else this.outstanding -= 1;
    });
  }

  private async drain(): Promise<void> {
    const deadlineMs = performance.now() + drainTimeoutMs;
    while (this.outstanding > 0 && performance.now() < deadlineMs) await sleep(5);
    if (this.failure !== undefined) throw this.failure;
    if (this.outstanding > 0) {
      throw new Error(`${this.outstanding} messages were not confirmed in ${drainTimeoutMs} ms`);
    }
  }

  private processorTimes(): ReadonlyMap<string, number> {
    const pids = [...this.system.pids, ["load", process.pid] as const];
    return new Map(pids.map(([name, pid]) => [name, processorSeconds(pid)]));
  }

  private countProcessorTimes(before: ReadonlyMap<string, number>): void {
    for (const [name, seconds] of this.processorTimes()) {
      const used = seconds - (before.get(name) ?? Number.NaN);
      this.processorSecondsUsed.set(name, (this.processorSecondsUsed.get(name) ?? 0) + used);
    }
  }
}
