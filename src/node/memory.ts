// How much memory this process takes, and how much is left: of what it was given, where somebody
// bounds it (a container), else of the machine. What the kernel would give up for whoever needs
// it (files kept in memory) counts as left.

import { freemem, totalmem } from "node:os";
import type { Memory } from "../ports.ts";

export function makeMemory(): Memory {
  return {
    use: () => {
      const takenBytes = process.memoryUsage.rss();
      const machineBytes = totalmem();
      // Without a bound Node tells of none, of 0, or of more than there is.
      const givenBytes = process.constrainedMemory() ?? 0;
      if (givenBytes <= 0 || givenBytes >= machineBytes) {
        return { takenBytes, wholeBytes: machineBytes, leftBytes: freemem() };
      }
      const leftBytes = Math.max(0, Math.min(givenBytes - takenBytes, freemem()));
      return { takenBytes, wholeBytes: givenBytes, leftBytes };
    },
  };
}
