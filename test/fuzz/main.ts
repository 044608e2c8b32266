// `npm run fuzz`: real servers under hostile clients (--port client), under strangers and a liar
// among themselves (--port peer), or both one after the other; without processes `apply`, base
// images, merges of forks, and a liar under virtual time (--port apply, image, merge, liar). Prints
// what was sent and found; exits 1 on a finding, 2 on bad usage. A seed repeats its draws.

import { parseArgs } from "node:util";
import { fuzzApply } from "./applyFuzz.ts";
import { fuzzImages } from "./imageFuzz.ts";
import { runLiar } from "./liarRun.ts";
import { fuzzMerges } from "./mergeFuzz.ts";
import type { RealRun } from "./realRuns.ts";
import { attackClients, attackPeers } from "./realRuns.ts";

const usage =
  "npm run fuzz -- [--minutes N] [--seed N] [--port client|peer|apply|image|merge|liar]";
const attacks = new Map([
  ["client", attackClients],
  ["peer", attackPeers],
]);
const applyRecords = 400;
const imagesPerSeed = 150;
const liarSeconds = 25;

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === null) {
    console.error(usage);
    return 2;
  }
  const { seed, seconds, ports } = options;
  let findings = 0;
  for (const port of ports) {
    const attack = attacks.get(port);
    if (attack === undefined) findings += await repeat(port, seed, seconds);
    else findings += report(port, await attack(seed, seconds));
  }
  return findings === 0 ? 0 : 1;
}

function report(port: string, run: RealRun): number {
  const { seed, seconds, frames, connections, logins, lies, stuck, findings } = run;
  const told = port === "peer" ? `, ${lies} lies of a peer, ${stuck} epochs that ended apart` : "";
  const sent = `${frames} frames on ${connections} connections (${logins} logged in)${told}`;
  const waits = [...run.waitsMs].sort((one, other) => one - other);
  const p99 = waits[Math.floor(waits.length * 0.99)] ?? NaN;
  const honest = `${run.confirmed} confirmed, p99 ${p99.toFixed(1)} ms`;
  console.log(`port ${port}, seed ${seed}, ${seconds} s: ${sent}`);
  console.log(`honest client: ${honest}; largest server ${Math.round(run.memoryKb / 1024)} MiB`);
  for (const finding of findings) console.log(`FINDING: ${finding}`);
  console.log(`${findings.length} findings`);
  return findings.length;
}

/** Without processes: one seed after the other, until the time is over or something is found. */
async function repeat(port: string, first: number, seconds: number): Promise<number> {
  const untilMs = Date.now() + seconds * 1_000;
  let tries = 0;
  for (let seed = first; tries === 0 || Date.now() < untilMs; seed += 1) {
    const { finding, count } = await once(port, seed);
    tries += count;
    if (finding === null) continue;
    console.log(`FINDING: ${finding}\nreplay: npm run fuzz -- --port ${port} --seed ${seed}`);
    return 1;
  }
  console.log(`port ${port}, seeds from ${first}: ${tries} tried, 0 findings`);
  return 0;
}

async function once(
  port: string,
  seed: number,
): Promise<{ readonly finding: string | null; readonly count: number }> {
  if (port === "apply") return { ...fuzzApply(seed, applyRecords), count: applyRecords };
  if (port === "image") return { ...fuzzImages(seed, imagesPerSeed), count: imagesPerSeed };
  if (port === "merge") {
    const { merged: count, finding } = fuzzMerges(seed);
    return { finding, count };
  }
  const run = await runLiar(seed, liarSeconds);
  return { ...run, count: run.lies };
}

function readOptions(
  argv: readonly string[],
): { readonly seed: number; readonly seconds: number; readonly ports: readonly string[] } | null {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        minutes: { type: "string", default: "1" },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        port: { type: "string" },
      },
    });
    const [seed, minutes] = [Number(values.seed), Number(values.minutes)];
    const known = [...attacks.keys(), "apply", "image", "merge", "liar"];
    const isSound = Number.isInteger(seed) && minutes >= 0 && known.includes(values.port ?? "peer");
    const ports = values.port === undefined ? [...attacks.keys()] : [values.port];
    return isSound ? { seed, seconds: Math.ceil(minutes * 60), ports } : null;
  } catch {
    // An option that is none: the usage says which there are.
    return null;
  }
}

// Servers that were started end with this process, however it ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => process.exit(130));
}
process.exitCode = await main(process.argv.slice(2));
// Sockets of those who were still attacking.
setTimeout(() => process.exit(), 500).unref();
