// Where the client keeps what lasts over restarts, in the user's own folder and for that user
// alone, and how a file there is replaced: whole, so that no reader ever finds half of it. What
// stands in the files is not known here.

import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export function stateFile(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): string {
  const base = environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(base, "replichat", name);
}

/** Throws the system's error. */
export function replaceWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, text, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, file);
}
