// Where the client keeps what lasts over restarts, in the user's own folder and for that user
// alone, and how a file there is replaced: whole, so that no reader ever finds half of it. What
// stands in the files is not known here.

import { chmodSync, closeSync, constants, fchmodSync, openSync } from "node:fs";
import { readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { diskError } from "./diskErrors.ts";
import { makeFolders } from "./folders.ts";

export function stateFile(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): string {
  const base = environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(base, "replichat", name);
}

/** Throws the system's error. What stands there meanwhile is never written through. */
export function replaceWhole(file: string, text: string): void {
  makeFolders(dirname(file));
  const beside = `${file}.${process.pid}`;
  // Of an earlier process of that id, which did not come to the end of this.
  rmSync(beside, { force: true });
  writeFileSync(beside, text, { mode: 0o600, flag: "wx" });
  chmodSync(beside, 0o600);
  renameSync(beside, file);
}

/** Follows no symbolic link; throws the system's error. */
export function readOwn(file: string): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** Null when it is not there any more, or in words why it still is. */
export function removeOwn(file: string): string | null {
  try {
    rmSync(file, { force: true });
    return null;
  } catch (error) {
    return diskError("Removing", file, error).message;
  }
}

/** For its owner alone from now on; follows no symbolic link, and throws the system's error. */
export function appendOwn(file: string, text: string): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const descriptor = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    fchmodSync(descriptor, 0o600);
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}
