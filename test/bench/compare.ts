// Several systems side by side, window by window in turn (A B A B …), so that a busy minute of the
// machine hits all of them alike. Stops every process it started, also when it is stopped itself.
// Decides nothing about what is compared, and prints nothing.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./latencies.ts";
import type { WindowTimes } from "./load.ts";
import { Load } from "./load.ts";
import type { Shape } from "./shapes.ts";
import type { StartSystem, System } from "./system.ts";

export interface Comparison {
  readonly shapes: readonly Shape[];
  /** Windows for each system and shape. */
  readonly windows: number;
  readonly times: WindowTimes;
  readonly starts: ReadonlyMap<string, StartSystem>;
  /** Called as soon as a shape is through. */
  readonly report: (system: string, shape: Shape, result: Result) => void;
}

export interface Result {
  readonly rate: number;
  readonly rateMin: number;
  readonly rateMax: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuPercent: Readonly<Record<string, number>>;
}

/** Results by system, then by shape. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, Result>>;

export async function compare(options: Comparison): Promise<Results> {
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
      systems.set(name, await start(join(folder, name)));
    }
    const results = new Map([...systems.keys()].map((name) => [name, new Map<string, Result>()]));
    for (const shape of options.shapes) {
      for (const [name, result] of await measure(systems, shape, options)) {
        results.get(name)?.set(shape.name, result);
        options.report(name, shape, result);
      }
    }
    return results;
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    await stopAll();
  }
}

async function measure(
  systems: ReadonlyMap<string, System>,
  shape: Shape,
  options: Comparison,
): Promise<ReadonlyMap<string, Result>> {
  const loads = new Map<string, Load>();
  try {
    for (const [name, system] of systems) {
      const load = new Load(system, shape);
      loads.set(name, load);
      await load.connect();
    }
    for (let window = 0; window < options.windows; window += 1) {
      for (const load of loads.values()) await load.window(options.times);
    }
  } finally {
    for (const load of loads.values()) load.close();
  }
  return new Map([...loads].map(([name, load]) => [name, resultOf(load)]));
}

function resultOf(load: Load): Result {
  return {
    rate: Math.round(median(load.rates)),
    rateMin: Math.round(Math.min(...load.rates)),
    rateMax: Math.round(Math.max(...load.rates)),
    p50Ms: Number(load.latencies.percentile(50).toFixed(3)),
    p99Ms: Number(load.latencies.percentile(99).toFixed(3)),
    cpuPercent: Object.fromEntries(load.processorPercent()),
  };
}
