// Lets a worker thread step back behind the thread that serves. Only Linux gives each thread a
// priority of its own; elsewhere it would be the whole process's, so nothing is done there.

import { setPriority } from "node:os";
import { platform } from "node:process";

/** Of -20 to 19: about a tenth of what the serving thread gets, when both want all. */
const backgroundPriority = 10;

/** To be called by the thread itself; its work gets what the others leave. */
export function stepBack(): void {
  if (platform === "linux") setPriority(backgroundPriority);
}
