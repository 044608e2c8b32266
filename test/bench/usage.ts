// What a system has used up so far, read while it is idle: processor time, bytes appended to logs,
// bytes the disk was made to write, syncs, and bytes on the primary's sockets. All of it only
// grows. What cannot be read here is missing, never guessed. Decides nothing about what it means.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { type Counters, socketBytesOf } from "./counters.ts";
import { LogWatch } from "./logWatch.ts";
import { processorSeconds } from "./processes.ts";
import { reportOf } from "./reports.ts";
import type { System } from "./system.ts";

const run = promisify(execFile);
const socketListBytesMax = 16_777_216;

export class UsageMeter {
  private readonly system: System;
  private readonly logs: ReadonlyMap<string, LogWatch>;

  constructor(system: System) {
    this.system = system;
    this.logs = new Map([...system.logs].map(([name, files]) => [name, new LogWatch(files)]));
  }

  async read(): Promise<Counters> {
    const counters = new Map<string, number>();
    const count = (what: string, value: number | null): void => {
      if (value !== null && !Number.isNaN(value)) counters.set(what, value);
    };
    const sockets = await primarySockets(this.system.pids.get("primary") ?? 0);
    count("sentBytes primary", sockets?.sent ?? null);
    count("receivedBytes primary", sockets?.received ?? null);
    for (const [name, pid] of this.system.pids) {
      count(`cpuUs ${name}`, processorSeconds(pid) * 1e6);
      count(`mediumBytes ${name}`, mediumBytes(pid));
      count(`logBytes ${name}`, this.logs.get(name)?.grownBytes() ?? null);
      count(`syncs ${name}`, await this.syncs(pid));
    }
    count("cpuUs load", processorSeconds(process.pid) * 1e6);
    return counters;
  }

  private async syncs(pid: number): Promise<number | null> {
    const { reportFolder } = this.system;
    return reportFolder === null ? null : (await reportOf(pid, reportFolder)).syncs;
  }
}

/** What its pages have cost the disk, images and all; null where the system does not tell. */
function mediumBytes(pid: number): number | null {
  try {
    const found = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

/** As the kernel counts them per connection (`ss`); null where there is no such command. */
async function primarySockets(
  pid: number,
): Promise<{ readonly sent: number; readonly received: number } | null> {
  try {
    const { stdout } = await run("ss", ["-tinpOH"], { maxBuffer: socketListBytesMax });
    return socketBytesOf(stdout, pid);
  } catch {
    return null;
  }
}
