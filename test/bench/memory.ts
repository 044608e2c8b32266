// What the memory of a bench's server processes is taken by: the resident set as the system counts
// it, and what Node says is alive after a collection. Linux alone tells the first.

import { readFileSync } from "node:fs";
import { reportFlags, reportOf } from "./reports.ts";

export interface Alive {
  readonly heapBytes: number;
  /** Buffers and the like. */
  readonly externalBytes: number;
}

/** Of Node, before its program, for a process that is to answer `aliveIn`. */
export const memoryFlags: readonly string[] = ["--expose-gc", ...reportFlags];

export function residentMegabytes(pid: number): number {
  const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(found?.[1] ?? 0) / 1_024);
}

/** After a collection, which it asks for. */
export async function aliveIn(pid: number, folder: string): Promise<Alive> {
  const { heapUsed, external } = await reportOf(pid, folder);
  return { heapBytes: heapUsed, externalBytes: external };
}
