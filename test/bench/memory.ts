// What the memory of a bench's server processes is taken by: the resident set as the system counts
// it, and, of a process that was started with `reportFlags`, what Node says is alive after a
// collection. Linux alone tells the first.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const reporterUrl = new URL("./memoryReporter.js", import.meta.url).href;
const reportTimeoutMs = 20_000;
const pollMs = 20;

export interface Alive {
  readonly heapBytes: number;
  /** Buffers and the like. */
  readonly externalBytes: number;
}

/** Of Node, before its program, for a process that is to answer `aliveIn`. */
export function reportFlags(): readonly string[] {
  return ["--expose-gc", "--import", reporterUrl];
}

export function reportEnvironment(folder: string): Readonly<Record<string, string>> {
  return { BENCH_MEMORY: folder };
}

export function residentMegabytes(pid: number): number {
  const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(found?.[1] ?? 0) / 1_024);
}

/** After a collection, which it asks for. */
export async function aliveIn(pid: number, folder: string): Promise<Alive> {
  const file = join(folder, `memory-${pid}`);
  process.kill(pid, "SIGUSR2");
  for (let waitedMs = 0; waitedMs < reportTimeoutMs; waitedMs += pollMs) {
    await sleep(pollMs);
    if (!existsSync(file)) continue;
    const usage = JSON.parse(readFileSync(file, "utf8")) as NodeJS.MemoryUsage;
    rmSync(file);
    return { heapBytes: usage.heapUsed, externalBytes: usage.external };
  }
  throw new Error(`process ${pid} did not say what its memory is taken by`);
}
