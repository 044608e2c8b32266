// A closed loop: every connection keeps `depth` messages outstanding while a window is open, and
// none between windows, so that two systems can be measured in turn on one machine.
// A failed send ends the bench: a rate with failures in it means nothing.

import { setTimeout as sleep } from "node:timers/promises";
import { type Counters, grownBetween, sumOf } from "./counters.ts";
import { GroupConnection } from "./group.ts";
import { Latencies } from "./latencies.ts";
import type { Shape } from "./shapes.ts";
import { type Audience, type Connection, depthMax, type System } from "./system.ts";
import { UsageMeter } from "./usage.ts";

const connectBatch = 100;
const drainTimeoutMs = 10_000;

export interface WindowTimes {
  /** Load runs this long before counting begins. */
  readonly warmMs: number;
  readonly measureMs: number;
}

export class Load {
  readonly latencies = new Latencies();
  /** Messages per second, one entry per window; to people who are on, those acknowledged. */
  readonly rates: number[] = [];
  /** By whole windows, with their beginnings and ends. */
  used: Counters | null = null;
  messages = 0;
  seconds = 0;
  private running = false;
  private measuring = false;
  private confirmed = 0;
  private outstanding = 0;
  private failure: Error | undefined;
  private audience: Audience | null = null;
  private readonly system: System;
  private readonly shape: Shape;
  private readonly meter: UsageMeter;
  private readonly connections: Connection[] = [];

  constructor(system: System, shape: Shape) {
    this.system = system;
    this.shape = shape;
    this.meter = new UsageMeter(system);
  }

  async connect(): Promise<void> {
    const { connections: wanted } = this.shape;
    if (this.shape.kind === "online") this.audience = (await this.system.openAudience?.()) ?? null;
    for (let first = 0; first < wanted; first += connectBatch) {
      const count = Math.min(connectBatch, wanted - first);
      const batch = Array.from({ length: count }, (_, i) => this.connectOne(first + i));
      this.connections.push(...(await Promise.all(batch)));
    }
  }

  /** Load that nobody counts. */
  async warmUp(ms: number): Promise<void> {
    this.start();
    await sleep(ms);
    this.running = false;
    await this.drain();
  }

  /** One window: warm up, count, stop, and wait until nothing is outstanding. */
  async window(times: WindowTimes): Promise<void> {
    const { messagesEach } = this.shape;
    const before = await this.meter.read();
    const confirmedBefore = this.confirmed;
    const beginMs = performance.now();
    this.start();
    await sleep(times.warmMs);
    const startMs = performance.now();
    const doneBefore = this.done();
    this.measuring = true;
    await sleep(times.measureMs);
    this.measuring = false;
    const seconds = (performance.now() - startMs) / 1000;
    this.rates.push(((this.done() - doneBefore) * messagesEach) / seconds);
    this.running = false;
    await this.drain();
    this.seconds += (performance.now() - beginMs) / 1000;
    this.messages += (this.confirmed - confirmedBefore) * messagesEach;
    this.used = sumOf(this.used, grownBetween(before, await this.meter.read()));
  }

  close(): void {
    for (const connection of this.connections) connection.close();
    this.audience?.close();
  }

  private async connectOne(index: number): Promise<Connection> {
    const { kind, depth, messagesEach } = this.shape;
    const connect = this.audience?.connect ?? this.system.connect;
    if (kind !== "group") return connect(index, depth);
    return new GroupConnection(await connect(index, depthMax), messagesEach);
  }

  private start(): void {
    this.running = true;
    for (const connection of this.connections) {
      for (let i = 0; i < this.shape.depth; i += 1) {
        this.outstanding += 1;
        this.issue(connection);
      }
    }
  }

  /** Of what is counted, so far. */
  private done(): number {
    return this.audience?.delivered() ?? this.confirmed;
  }

  // No named closure here: tsx gives each one its name at run time, which costs more than a call.
  private issue(connection: Connection): void {
    const sentAtMs = performance.now();
    connection.send((error) => {
      if (error === null) this.confirmed += 1;
      else this.failure ??= error;
      if (this.measuring) this.latencies.add(performance.now() - sentAtMs);
      if (this.running && error === null) this.issue(connection);
      else this.outstanding -= 1;
    });
  }

  private async drain(): Promise<void> {
    const deadlineMs = performance.now() + drainTimeoutMs;
    while (!this.isDrained() && performance.now() < deadlineMs) await sleep(5);
    if (this.failure !== undefined) throw this.failure;
    if (this.outstanding > 0) {
      throw new Error(`${this.outstanding} messages were not confirmed in ${drainTimeoutMs} ms`);
    }
    const missing = this.confirmed - this.done();
    if (missing > 0) {
      throw new Error(`${missing} messages were not acknowledged in ${drainTimeoutMs} ms`);
    }
  }

  private isDrained(): boolean {
    if (this.failure !== undefined) return true;
    return this.outstanding === 0 && this.done() === this.confirmed;
  }
}
