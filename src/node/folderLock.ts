// Keeps a folder to one live process, and never locked by a dead one. Each contender puts down a
// file named after itself (pid, machine's boot, process start) and then looks around: of two, the
// later looker sees the other, so both never enter; and a dead process's name never comes back, so
// its file can be removed without a race. It does not see processes of other machines or
// containers.

import { readdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { errorCode } from "./diskErrors.ts";
import { isAlive, startOf, startUnknown } from "./processLife.ts";

const lockName = /^lock-(\d+)-([0-9a-z-]+)$/;
const looksMax = 10;
const lookPauseMs = 50;

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
  for (const holder of await holdersOf(folder)) {
    if (holder.name === ownName) continue;
    if (await isAlive(holder.pid, holder.start)) live.push(holder);
    else await removeIfThere(join(folder, holder.name));
  }
  return live;
}

/** Processes that say they hold it, dead ones included. */
export async function holdersOf(folder: string): Promise<readonly Holder[]> {
  return (await readdir(folder)).flatMap((name): Holder[] => {
    const match = lockName.exec(name);
    return match === null ? [] : [{ name, pid: Number(match[1]), start: match[2] ?? startUnknown }];
  });
}

/** The process that holds it, by its number; null when none does. */
export async function liveHolder(folder: string): Promise<number | null> {
  for (const { pid, start } of await holdersOf(folder)) if (await isAlive(pid, start)) return pid;
  return null;
}

interface Holder {
  readonly name: string;
  readonly pid: number;
  /** As `startOf` gave it. */
  readonly start: string;
}

async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT") throw cause;
  }
}
