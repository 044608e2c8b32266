// What a simulated process needs of the world besides network and disk: reproducible entropy, and a
// log that keeps the last lines for the report of a failed scenario. Nothing here is for secrets.

import { makePrng } from "../../src/base/prng.ts";
import type { Clock, Entropy, Log, LogFields, LogLevel } from "../../src/ports.ts";

export function makeSimEntropy(seed: number): Entropy {
  const prng = makePrng(seed);
  return {
    bytes: (count) => {
      const bytes = Buffer.alloc(count);
      for (let at = 0; at < count; at += 1) bytes[at] = prng.next32() & 0xff;
      return bytes;
    },
  };
}

export interface LoggedEvent {
  readonly atMs: number;
  readonly who: string;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** What all processes of one simulation have logged; bounded. */
export interface SimLogs {
  /** Hears of each event as it is logged. */
  listener: (event: LoggedEvent) => void;
  forProcess(who: string, clock: Clock): Log;
  events(): readonly LoggedEvent[];
  /** The newest lines, oldest first. */
  text(count: number): string;
}

const eventsKeptMax = 20_000;

export function makeSimLogs(): SimLogs {
  let events: LoggedEvent[] = [];
  const logs: SimLogs = {
    listener: () => undefined,
    forProcess: (who, clock) => ({
      write: (level, event, fields = {}) => {
        const logged = { atMs: clock.nowMs(), who, level, event, fields };
        events.push(logged);
        if (events.length > eventsKeptMax) events = events.slice(-eventsKeptMax / 2);
        logs.listener(logged);
      },
    }),
    events: () => events,
    text: (count) => events.slice(-count).map(lineOf).join("\n"),
  };
  return logs;
}

export function lineOf({ atMs, who, level, event, fields }: LoggedEvent): string {
  const values = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  return [`${atMs.toFixed(2).padStart(10)} ms`, who, level, event, ...values].join(" ");
}
