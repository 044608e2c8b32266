// Processes of this machine by what stands on their command lines: a folder of a test's own, so
// that only what that test has started is found. Nothing is ended here.

import { readdirSync, readFileSync } from "node:fs";

/** Their ids; none where the system does not tell. */
export function processesNaming(folder: string): readonly number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((name) => commandLineOf(name).includes(folder))
    .map(Number);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    // It has just ended.
    return "";
  }
}
