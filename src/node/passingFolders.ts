// Temporary folders that go with the process that made them. Their names tell whose they are, so
// that what a killed process has left is found and removed by whoever makes the next one. Removed
// is only a folder (no link) of this user's whose maker is known to be dead, with the processes
// that still hold a folder in it.

import { mkdtempSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskError, errorCode, reasonOf } from "./diskErrors.ts";
import { holdersOf } from "./folderLock.ts";
import { isAlive, placeOfProcesses, startOf, startUnknown } from "./processLife.ts";

const removeRetriesMax = 5;

/** `kind` begins its name, such as "replichat-demo". Throws in words where none can be made. */
export async function makePassingFolder(kind: string): Promise<string> {
  const place = (await placeOfProcesses()) ?? "nowhere";
  const maker = `${process.pid}_${place}_${await startOf(process.pid)}`;
  try {
    return mkdtempSync(join(tmpdir(), `${kind}-${maker}_`));
  } catch (error) {
    const what = `No temporary folder can be made in ${tmpdir()}: ${reasonOf(error)}.`;
    throw new Error(`${what} Set TMPDIR to a folder that you can write to.`, { cause: error });
  }
}

/** Removes what dead processes have left; what could not be removed comes back in words. */
export async function removeForsakenFolders(kind: string): Promise<readonly string[]> {
  const place = await placeOfProcesses();
  if (place === null) return [];
  const problems: string[] = [];
  let names: readonly string[];
  try {
    names = await readdir(tmpdir());
  } catch (error) {
    return [diskError("Looking for what a killed run left in", tmpdir(), error).message];
  }
  for (const name of names) {
    const folder = join(tmpdir(), name);
    if (!name.startsWith(`${kind}-`)) continue;
    try {
      if (!(await isForsaken(folder, name.slice(kind.length + 1), place))) continue;
      await endHolders(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: removeRetriesMax });
    } catch (error) {
      // Somebody else has removed it just now.
      if (errorCode(error) === "ENOENT") continue;
      problems.push(diskError("Removing what a killed run left,", folder, error).message);
    }
  }
  return problems;
}

async function isForsaken(folder: string, maker: string, place: string): Promise<boolean> {
  const match = /^([1-9][0-9]*)_([0-9a-z]+)_([0-9a-z-]+)_[A-Za-z0-9]{6}$/.exec(maker);
  // Of other places, and of an earlier start of this machine, nothing is known.
  if (match === null || match[2] !== place) return false;
  const status = await lstat(folder);
  if (!status.isDirectory() || status.uid !== process.getuid?.()) return false;
  return !(await isAlive(Number(match[1]), match[3] ?? startUnknown));
}

/** Servers that were stopped when their starter was killed cannot see that he is gone. */
async function endHolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    for (const { pid, start } of await holdersOf(join(folder, entry.name))) {
      if (start === startUnknown || (await startOf(pid)) !== start) continue;
      process.kill(pid, "SIGKILL");
    }
  }
}
