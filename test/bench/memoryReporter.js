// Loaded into a server process of a bench before its program: on SIGUSR2 it collects what is dead
// and leaves a file that says what is alive. Plain JavaScript, since it runs before anything can
// read TypeScript. The server knows nothing of it.

import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

process.on("SIGUSR2", () => {
  globalThis.gc?.();
  const file = join(process.env["BENCH_MEMORY"] ?? ".", `memory-${process.pid}`);
  writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()));
  renameSync(`${file}.new`, file);
});
