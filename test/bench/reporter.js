// Loaded into a server process of a bench before its program: counts the syncs it asks of the
// disk, and on SIGUSR2 leaves a file that says how many, and what is alive in memory (after a
// collection, where Node was told to allow that). Plain JavaScript, since it runs before anything
// can read TypeScript. The server knows nothing of it.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const { fdatasync, fsync, renameSync, writeFileSync } = fs;
let syncs = 0;

fs.fdatasync = (descriptor, done) => {
  syncs += 1;
  fdatasync(descriptor, done);
};
fs.fsync = (descriptor, done) => {
  syncs += 1;
  fsync(descriptor, done);
};
syncBuiltinESMExports();

process.on("SIGUSR2", () => {
  globalThis.gc?.();
  const file = join(process.env["BENCH_REPORTS"] ?? ".", `report-${process.pid}`);
  writeFileSync(`${file}.new`, JSON.stringify({ syncs, ...process.memoryUsage() }));
  renameSync(`${file}.new`, file);
});
