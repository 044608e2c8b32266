// Unconfirmed messages over restarts: one file for each client that left some, in the user's own
// state folder, readable by that user alone and replaced whole. What a living process has written
// is that process's; one that cannot be read is left alone and said so.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { diskError, errorCode } from "./diskErrors.ts";
import { readOwn, replaceWhole, stateFile } from "./stateFiles.ts";

/** What is kept is JSON of whatever shape; `check` says whether it is the right one. */
export interface OutboxFiles<Outbox extends { readonly client: string }> {
  load(): { readonly kept: readonly Outbox[]; readonly problem: string | null };
  keep(outbox: Outbox): string | null;
  drop(client: string): void;
}

const nameForm = /^[0-9a-f]{32}\.json$/;

export function makeOutboxFiles<Outbox extends { readonly client: string }>(
  environment: Readonly<Record<string, string | undefined>>,
  check: (value: unknown) => Outbox | null,
): OutboxFiles<Outbox> {
  const folder = stateFile(environment, "outbox");
  const fileOf = (client: string): string => join(folder, `${client}.json`);
  return {
    load: () => load(folder, check),
    keep: (outbox) => {
      try {
        const { pid } = process;
        const text = `${JSON.stringify({ process: pid, life: lifeOf(pid), outbox })}\n`;
        replaceWhole(fileOf(outbox.client), text);
        return null;
      } catch (error) {
        return diskError("Writing", folder, error).message;
      }
    },
    drop: (client) => rmSync(fileOf(client), { force: true }),
  };
}

function load<Outbox extends { readonly client: string }>(
  folder: string,
  check: (value: unknown) => Outbox | null,
): { readonly kept: readonly Outbox[]; readonly problem: string | null } {
  const kept: Outbox[] = [];
  let problem: string | null = null;
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    try {
      // Checked right below: anything may stand in a file.
      const value = JSON.parse(readOwn(file)) as {
        readonly process?: unknown;
        readonly life?: unknown;
        readonly outbox?: unknown;
      } | null;
      const outbox = check(value?.outbox);
      if (outbox === null || `${outbox.client}.json` !== name) problem = notOurs(file);
      else if (!isAnothers(Number(value?.process), value?.life)) kept.push(outbox);
    } catch (error) {
      if (errorCode(error) === "ENOENT") continue;
      problem = errorCode(error) === "" ? notOurs(file) : diskError("Reading", file, error).message;
    }
  }
  return { kept, problem };
}

function notOurs(file: string): string {
  return `${file} is not what this client writes. Mend it or remove it; it is left alone.`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => nameForm.test(name))
      .sort();
  } catch {
    // What is not there holds nothing; what cannot be read shows when something is to be written.
    return [];
  }
}

/** A living process wrote it, and that is not this one. */
function isAnothers(pid: number, life: unknown): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  return lifeOf(pid) !== null && lifeOf(pid) === life;
}

/**
 * Which of all processes that ever had this id it is, where the system tells; null when there is
 * none, or one that has ended and whose parent has not noticed.
 */
function lifeOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== "EPERM") return null;
  }
  try {
    // proc_pid_stat(5): behind the name in brackets the state, and 19 fields on the start time.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? "");
  } catch {
    // A system without such files: the id alone has to do.
    return "";
  }
}
