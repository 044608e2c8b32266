// What a bench's server processes say of themselves when asked: how many syncs they have made, and
// what is alive in their memory. Only of processes that were started with `reportFlags` and
// `reportEnvironment`; reporter.js is the other half.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const reporterUrl = new URL("./reporter.js", import.meta.url).href;
const reportTimeoutMs = 20_000;
const pollMs = 5;

export interface Report {
  readonly syncs: number;
  /**
   * Since the report before, the longest between two rounds of its event loop, and the most that it
   * ran itself in between; 0 unless it was started with BENCH_STALLS=1.
   */
  readonly stallMs: number;
  readonly ranMs: number;
  readonly heapUsed: number;
  /** Buffers and the like. */
  readonly external: number;
}

/** Of Node, before its program. */
export const reportFlags: readonly string[] = ["--import", reporterUrl];

export function reportEnvironment(folder: string): Readonly<Record<string, string>> {
  return { BENCH_REPORTS: folder };
}

export async function reportOf(pid: number, folder: string): Promise<Report> {
  const file = join(folder, `report-${pid}`);
  process.kill(pid, "SIGUSR2");
  for (let waitedMs = 0; waitedMs < reportTimeoutMs; waitedMs += pollMs) {
    await sleep(pollMs);
    if (!existsSync(file)) continue;
    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    rmSync(file);
    return report;
  }
  throw new Error(`process ${pid} did not report within ${reportTimeoutMs} ms`);
}
