// Loaded into a server process of a bench before its program, which knows nothing of it: counts the
// syncs it asks of the disk, and on SIGUSR2 leaves a file that says how many, what is alive in
// memory (after a collection, where Node was told to allow that), and, with BENCH_STALLS=1, for how
// long its event loop stood still at most, and for how long it had a processor between two rounds.
// Plain JavaScript, since it runs before anything can read TypeScript.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const { close, constants, fdatasync, fsync, open, write } = fs;
const { openSync, readSync, readlinkSync, renameSync, writeFileSync } = fs;
/** Since the report before: the longest between two rounds, and the most that it ran in between. */
const longest = { stallMs: 0, ranMs: 0 };
if (process.env["BENCH_STALLS"] === "1") watchStalls();
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
  writeFileSync(`${file}.new`, JSON.stringify({ syncs, ...longest, ...process.memoryUsage() }));
  Object.assign(longest, { stallMs: 0, ranMs: 0 });
  renameSync(`${file}.new`, file);
});

function watchStalls() {
  const ran = ranMsReader();
  let [fromMs, ranBefore] = [performance.now(), ran()];
  setInterval(() => {
    const [nowMs, ranMs] = [performance.now(), ran()];
    longest.stallMs = Math.max(longest.stallMs, nowMs - fromMs);
    longest.ranMs = Math.max(longest.ranMs, ranMs - ranBefore);
    [fromMs, ranBefore] = [nowMs, ranMs];
  }, 1).unref();
}

/** For how long this thread has had a processor, of Linux; 0 elsewhere. */
function ranMsReader() {
  if (process.platform !== "linux") return () => 0;
  const thread = readlinkSync("/proc/thread-self");
  const file = openSync(`/proc/${thread}/schedstat`, "r");
  const bytes = Buffer.alloc(64);
  return () => {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return Number(bytes.latin1Slice(0, length).split(" ")[0]) / 1e6;
  };
}
