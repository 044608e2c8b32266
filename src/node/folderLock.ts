// Keeps a folder to one live process, and never locked by a dead one. Each contender puts down a
// file named after itself (pid, machine's boot, process start) and then looks around: of two, the
// later looker sees the other, so both never enter; and a dead process's name never comes back, so
// its file can be removed without a race. It does not see processes of other machines or
// containers.

import { execFile } from "node:child_process";
import { readFile, readdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { errorCode } from "./diskErrors.ts";

const lockName = /^lock-(\d+)-([0-9a-z-]+)$/;
const looksMax = 10;
const lookPauseMs = 50;
const startUnknown = "unknown";
/** Not to be seen: dead, or of another user on a system that hides those. */
const startHidden = "hidden";

/** The release, or null when another live process holds the folder. */
export async function lockFolder(folder: string): Promise<(() => Promise<void>) | null> {
  const ownName = `lock-${process.pid}-${await startOf(process.pid)}`;
  const ownFile = join(folder, ownName);
  try {
    await writeFile(ownFile, "", { flag: "wx", mode: 0o600 });
  } catch (cause) {
    if (errorCode(cause) === "EEXIST") return null;
    throw cause;
  }
  try {
    for (let look = 0; look < looksMax; look += 1) {
      const others = await liveOthers(folder, ownName);
      if (others.length === 0) return () => removeIfThere(ownFile);
      // Of two newcomers the one with the lower pid stays for another look, so that one gets in.
      if (others.some(({ pid }) => pid < process.pid)) break;
      await pause(lookPauseMs);
    }
  } catch (cause) {
    await removeIfThere(ownFile);
    throw cause;
  }
  await removeIfThere(ownFile);
  return null;
}

async function liveOthers(folder: string, ownName: string): Promise<{ pid: number }[]> {
  const live: { pid: number }[] = [];
  for (const name of await readdir(folder)) {
    const match = lockName.exec(name);
    if (match === null || name === ownName) continue;
    const pid = Number(match[1]);
    if (await isAlive(pid, match[2] ?? startUnknown)) live.push({ pid });
    else await removeIfThere(join(folder, name));
  }
  return live;
}

/** Whether the process of that pid is the one that started then; a reused pid is somebody else. */
async function isAlive(pid: number, start: string): Promise<boolean> {
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

async function startOf(pid: number): Promise<string> {
  if (process.platform !== "linux") return startByPs(pid);
  let boot: string;
  try {
    boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).slice(0, 8);
  } catch {
    return startUnknown;
  }
  try {
    const status = await readFile(`/proc/${pid}/stat`, "utf8");
    // proc(5): the name in brackets may hold anything; the state and 18 fields stand between it
    // and the start. A zombie holds nothing any more.
    const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
    const isDead = fields[0] === "Z" || fields[0] === "X";
    return isDead ? startHidden : `${boot}-${fields[19] ?? startUnknown}`;
  } catch {
    return startHidden;
  }
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

async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause;
  }
}
