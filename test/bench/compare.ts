// Several systems side by side, window by window in turn (A B A B …), so that a busy minute of the
// machine hits all of them alike. Stops every process it started, also when it is stopped itself.
// Decides nothing about what is compared, and prints nothing.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Costs, costsOf } from "./counters.ts";
import { fill } from "./filling.ts";
import { median } from "./latencies.ts";
import { Load, type WindowTimes } from "./load.ts";
import { processorSeconds } from "./processes.ts";
import { offlineTwin, type Shape } from "./shapes.ts";
import type { StartSystem, System } from "./system.ts";

export interface Comparison {
  readonly shapes: readonly Shape[];
  /** Windows for each system and shape. */
  readonly windows: number;
  readonly times: WindowTimes;
  /** Each system is under the load of a shape for so long before the first window of it. */
  readonly compileMs: number;
  /** Messages that lie in each system before anything is measured. */
  readonly stored: number;
  readonly starts: ReadonlyMap<string, StartSystem>;
  /** Called as soon as a shape is through, with what each contender came to. */
  readonly report: (shape: Shape, results: ResultsOfShape) => void;
}

export interface Result {
  readonly rate: number;
  /** Window by window. */
  readonly rates: readonly number[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Share of one processor, by process. */
  readonly cpuPercent: Readonly<Record<string, number>>;
  /** Of one message. */
  readonly costs: Costs;
}

/** By system; where a shape is one of people who are on, also what it is compared with. */
export type ResultsOfShape = ReadonlyMap<string, Result>;

/** Who says nothing for 8 seconds is sent away, and the others have their turns meanwhile. */
const turnMs = 1_000;
const calmMs = 500;
const calmTriesMax = 60;
/** Processor seconds per second of all servers that count as rest. */
const calmShare = 0.1;

export async function compare(options: Comparison): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "replichat-bench-"));
  const systems = new Map<string, System>();
  const stopAll = async (): Promise<void> => {
    await Promise.all([...systems.values()].map((system) => system.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  const interrupted = (): void => void stopAll().finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    for (const [name, start] of options.starts) {
      await mkdir(join(folder, name));
      const system = await start(join(folder, name));
      systems.set(name, system);
      await fill(system.connect, options.stored);
    }
    for (const system of systems.values()) await untilCalm(system);
    for (const shape of options.shapes) {
      const results = await measure(systems, shape, options);
      if (results.size > 0) options.report(shape, results);
    }
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    await stopAll();
  }
}

/** What filling has left to do (a base image, a rewritten file) is not to be measured. */
export async function untilCalm({ pids }: System): Promise<void> {
  const used = (): number =>
    [...pids.values()].reduce((sum, pid) => sum + processorSeconds(pid), 0);
  for (let tries = 0; tries < calmTriesMax; tries += 1) {
    const before = used();
    await sleep(calmMs);
    if (!(used() - before > (calmShare * calmMs) / 1_000)) return;
  }
}

async function measure(
  systems: ReadonlyMap<string, System>,
  shape: Shape,
  options: Comparison,
): Promise<ResultsOfShape> {
  const loads = new Map<string, Load>();
  try {
    for (const [name, load] of contenders(systems, shape)) {
      loads.set(name, load);
      await load.connect();
    }
    for (let warmMs = 0; warmMs < options.compileMs; warmMs += turnMs) {
      for (const load of loads.values()) await load.warmUp(turnMs);
    }
    for (let window = 0; window < options.windows; window += 1) {
      for (const load of loads.values()) await load.window(options.times);
    }
  } finally {
    for (const load of loads.values()) load.close();
  }
  return new Map([...loads].map(([name, load]) => [name, resultOf(load)]));
}

/** Whoever has no people who are on does not take part where it is about them. */
function contenders(
  systems: ReadonlyMap<string, System>,
  shape: Shape,
): readonly (readonly [string, Load])[] {
  return [...systems].flatMap(([name, system]) => {
    const load = new Load(system, shape);
    if (shape.kind !== "online") return [[name, load] as const];
    if (system.openAudience === null) return [];
    return [[name, load] as const, [offlineTwin, new Load(system, shape.offline)] as const];
  });
}

function resultOf({ rates, latencies, used, messages, seconds }: Load): Result {
  const cpu = [...(used ?? [])].filter(([name]) => name.startsWith("cpuUs "));
  const percents = cpu.map(([name, us]) => {
    return [name.slice("cpuUs ".length), Math.round(us / 10_000 / seconds)] as const;
  });
  return {
    rate: Math.round(median(rates)),
    rates: rates.map(Math.round),
    p50Ms: Number(latencies.percentile(50).toFixed(3)),
    p99Ms: Number(latencies.percentile(99).toFixed(3)),
    p999Ms: Number(latencies.percentile(99.9).toFixed(3)),
    cpuPercent: Object.fromEntries(percents),
    costs: costsOf(used ?? new Map(), messages),
  };
}
