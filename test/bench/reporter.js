// Loaded into a server process of a bench before its program: counts the syncs it asks of the
// disk, and on SIGUSR2 leaves a file that says how many, what is alive in memory (after a
// collection, where Node was told to allow that), and, with BENCH_STALLS=1, for how long its event
// loop stood still at most since the report before. Plain JavaScript, since it runs before anything
// can read TypeScript. The server knows nothing of it.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";

const { close, constants, fdatasync, fsync, open, renameSync, write, writeFileSync } = fs;
const stalls =
  process.env["BENCH_STALLS"] === "1" ? monitorEventLoopDelay({ resolution: 1 }) : null;
stalls?.enable();
let syncs = 0;
/** Descriptors on which a write is a sync as well. */
const through = new Set();

fs.open = (path, flags, ...rest) => {
  const done = rest.pop();
  open(path, flags, ...rest, (error, descriptor) => {
    if (error === null && (flags & constants.O_DSYNC) === constants.O_DSYNC) {
      through.add(descriptor);
    }
    done(error, descriptor);
  });
};
fs.close = (descriptor, done) => {
  through.delete(descriptor);
  close(descriptor, done);
};
fs.write = (descriptor, ...rest) => {
  if (through.has(descriptor)) syncs += 1;
  write(descriptor, ...rest);
};

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
  const stallMs = Math.round((stalls?.max ?? 0) / 1e6);
  stalls?.reset();
  writeFileSync(`${file}.new`, JSON.stringify({ syncs, stallMs, ...process.memoryUsage() }));
  renameSync(`${file}.new`, file);
});
