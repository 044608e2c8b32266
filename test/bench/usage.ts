// What a system has used up so far, read while it is idle: processor time, bytes appended to logs,
// syncs, bytes on the primary's sockets, and what the machine's disk was made to write, whoever
// did. All of it only grows. What cannot be read here is missing, never guessed.

import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { promisify } from "node:util";
import { type Counters, socketBytesOf } from "./counters.ts";
import { LogWatch } from "./logWatch.ts";
import { processorSeconds } from "./processes.ts";
import { reportOf } from "./reports.ts";
import type { System } from "./system.ts";

const run = promisify(execFile);
const socketListBytesMax = 16_777_216;
const sectorBytes = 512;
const writtenSectorsAt = 6;
const flushesAt = 15;

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
      count(`logBytes ${name}`, this.logs.get(name)?.grownBytes() ?? null);
      count(`syncs ${name}`, await this.syncs(pid));
    }
    const [someLog] = this.system.logs.values();
    const disk = someLog === undefined ? null : diskOf(someLog.folder);
    count("diskBytes machine", disk?.bytes ?? null);
    count("diskFlushes machine", disk?.flushes ?? null);
    count("cpuUs load", processorSeconds(process.pid) * 1e6);
    return counters;
  }

  private async syncs(pid: number): Promise<number | null> {
    const { reportFolder } = this.system;
    return reportFolder === null ? null : (await reportOf(pid, reportFolder)).syncs;
  }
}

/**
 * What the disk that holds this folder has been told to write, and how often to keep it (Linux,
 * Documentation/block/stat.rst); null where the system does not tell. A process's own
 * `write_bytes` will not do: a file system that keeps large pages counts a whole one each time.
 */
function diskOf(folder: string): { readonly bytes: number; readonly flushes: number } | null {
  const { dev } = statSync(folder, { bigint: true });
  const [major, minor] = [(dev >> 8n) & 0xfffn, (dev & 0xffn) | ((dev >> 12n) & 0xfff00n)];
  try {
    const fields = readFileSync(`/sys/dev/block/${major}:${minor}/stat`, "utf8").trim();
    const counts = fields.split(/\s+/).map(Number);
    return {
      bytes: (counts[writtenSectorsAt] ?? Number.NaN) * sectorBytes,
      flushes: counts[flushesAt] ?? Number.NaN,
    };
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
