// Where in the source an error came about is worked out for a bug alone. Node asks every error of a
// socket for its stack; when a server dies they come by the dozen, and finding the lines of each,
// some 0.1 ms, kept everybody from going on.

import { inspect } from "node:util";

/** To be called when the program has been loaded, by which its lines are known. */
export function nameLinesOfBugsAlone(): void {
  process.setSourceMapsEnabled(false);
  process.on("uncaughtExceptionMonitor", () => process.setSourceMapsEnabled(true));
}

/**
 * With what caused it, and with the lines of the source, if nobody has asked it for its stack
 * before.
 */
export function stackOf(error: unknown): string {
  process.setSourceMapsEnabled(true);
  return error instanceof Error ? inspect(error) : String(error);
}
