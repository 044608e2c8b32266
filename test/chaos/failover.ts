// `npm run failover`: how long a client notices that the primary was killed. Kills it twenty times,
// each time from three healthy servers, under a steady stream of messages in both directions; the
// pause is the longest that any message of that time waited for its confirmation. Exits 1 if the
// median is off.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { present } from "../../src/base/assert.ts";
import type { LocalCluster } from "../../src/demo/localCluster.ts";
import { Stage, startCluster } from "../../src/demo/stage.ts";
import { lengthOf, overlaps } from "../../src/demo/tally.ts";
import { makeClock } from "../../src/node/clock.ts";

const usage = `npm run failover -- [options]

  --kills N        how often the primary is killed, default 20
  --signal NAME    SIGKILL (default) or SIGINT, the orderly end
`;

const targetMs = 100;
const settleMs = 700;
const observedMs = 1_000;
const limitMs = 30_000;
const clock = makeClock();

async function main(argv: readonly string[]): Promise<number> {
  const wishes = readWishes(argv);
  if (wishes === null) {
    console.error(usage);
    return 2;
  }
  const stateFolder = mkdtempSync(join(tmpdir(), "replichat-failover-"));
  let running: LocalCluster | null = null;
  process.on("exit", () => {
    running?.killAllNow();
    rmSync(stateFolder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
  const { env } = process;
  const spawned = (cluster: LocalCluster): void => void (running = cluster);
  const cluster = await startCluster({ stateFolder, clock, env, draw: Math.random, spawned });
  const stage = new Stage(cluster, clock);
  try {
    const pauses = await measure(stage, wishes);
    const verdict = await stage.judge();
    for (const complaint of verdict.complaints.slice(0, 10)) console.log(`OFF: ${complaint}`);
    const median = quantile(pauses, 0.5);
    const [ninth, longest] = [quantile(pauses, 0.9), quantile(pauses, 1)].map(Math.round);
    const kills = `${pauses.length} kills of the primary (${wishes.signal})`;
    const others = `90th percentile ${ninth} ms, longest ${longest} ms`;
    console.log(`${kills}: pause median ${Math.round(median)} ms, ${others}`);
    return median < targetMs && verdict.complaints.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

async function measure(stage: Stage, { kills, signal }: Wishes): Promise<number[]> {
  const { cluster, tally } = stage;
  await stage.addTalker("alice");
  await stage.addTalker("bob");
  stage.talk();
  const pauses: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await stage.wait(settleMs);
    const primary = present(cluster.primary(), "a primary");
    const fromMs = clock.nowMs();
    void cluster.kill(primary, signal);
    await stage.until(() => cluster.primary() !== null && cluster.primary() !== primary, limitMs);
    const agreedMs = clock.nowMs() - fromMs;
    await stage.wait(Math.max(0, observedMs - agreedMs));
    const toMs = clock.nowMs();
    const pauseMs = lengthOf(tally.longestWait((wait) => overlaps(wait, { fromMs, toMs })));
    pauses.push(pauseMs);
    console.log(`server ${primary} of view ${cluster.newestView()}: ${Math.round(pauseMs)} ms`);
    await stage.startAll();
  }
  return pauses.sort((one, other) => one - other);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

interface Wishes {
  readonly kills: number;
  readonly signal: "SIGKILL" | "SIGINT";
}

function readWishes(argv: readonly string[]): Wishes | null {
  try {
    const options = {
      kills: { type: "string", default: "20" },
      signal: { type: "string", default: "SIGKILL" },
    } as const;
    const { values } = parseArgs({ args: [...argv], options });
    const kills = Number(values.kills);
    const signal = (["SIGKILL", "SIGINT"] as const).find((name) => name === values.signal);
    return Number.isInteger(kills) && kills > 0 && signal !== undefined ? { kills, signal } : null;
  } catch {
    return null;
  }
}

process.exitCode = await main(process.argv.slice(2));
