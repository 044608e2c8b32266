// Which of all processes that ever had an id one is: by the machine's boot and the process's start,
// which never come again together. It does not see processes of other machines or containers, and
// ends nobody.

import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { errorCode } from "./diskErrors.ts";

export const startUnknown = "unknown";
/** Not to be seen: dead, or of another user on a system that hides those. */
const startHidden = "hidden";

/** Whether the process of that pid is the one that started then; a reused pid is somebody else. */
export async function isAlive(pid: number, start: string): Promise<boolean> {
  let isForeign = false;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if (errorCode(cause) === "ESRCH") return false;
    isForeign = true;
  }
  const startNow = await startOf(pid);
  // What may be signalled can also be seen, unless it has died just now.
  if (startNow === startHidden) return isForeign;
  return startNow === start || startNow === startUnknown || start === startUnknown;
}

export async function startOf(pid: number): Promise<string> {
  if (process.platform !== "linux") return startByPs(pid);
  let boot: string;
  try {
    boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).slice(0, 8);
  } catch {
    return startUnknown;
  }
  try {
    const ticks = startTicksIn(await readFile(`/proc/${pid}/stat`, "latin1"));
    return ticks === null ? startHidden : `${boot}-${ticks || startUnknown}`;
  } catch {
    return startHidden;
  }
}

/**
 * Of what proc_pid_stat(5) says of a process: clock ticks from the boot to its start, empty
 * where they are not told; null for one that has ended and whose parent has not noticed.
 */
export function startTicksIn(stat: string): string | null {
  // The name in brackets may hold anything; the state and 18 fields stand between it and the start.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? "");
}

async function startByPs(pid: number): Promise<string> {
  try {
    const options = { env: { LC_ALL: "C", PATH: "/usr/bin:/bin" } };
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", `${pid}`], options);
    return crc32(stdout.trim()).toString(16);
  } catch {
    return startUnknown;
  }
}

/**
 * Whose processes can be seen from here, and since when: this boot, and this container's ids. Null
 * where the system does not tell. Of another place nobody is known to be dead.
 */
export async function placeOfProcesses(): Promise<string | null> {
  if (process.platform !== "linux") return process.platform;
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const namespace = /[0-9]+/.exec(await readlink("/proc/self/ns/pid"))?.[0];
    return namespace === undefined ? null : `${boot.slice(0, 8)}x${namespace}`;
  } catch {
    return null;
  }
}
