// How long clients notice that the primary was killed: `npm run failover` with two that chat at a
// steady pace, `npm run bench -- failover` with fifty that send without a pause. Each time from
// three healthy servers; the pause is the longest that any message of that time waited for its
// confirmation, the silence the longest in which nobody had one. Exits 1 if the median pause is
// off, or if anything was lost, doubled or out of order.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { present } from "../../src/base/assert.ts";
import type { LocalCluster } from "../../src/demo/localCluster.ts";
import type { Proof } from "../../src/demo/proof.ts";
import { Stage, startCluster } from "../../src/demo/stage.ts";
import { lengthOf, overlaps } from "../../src/demo/tally.ts";
import { makeClock } from "../../src/node/clock.ts";

const usage = `npm run bench -- failover [options]

  --kills N        how often the primary is killed, default 50
  --clients N      how many send, default 50
  --gap MS         between two messages of one client; without it the next one leaves as soon
                   as one is confirmed
  --settle MS      between the return of the last one killed and the next kill, default 700
  --signal NAME    SIGKILL (default) or SIGINT, the orderly end
`;

const targetMs = 100;
/** Everybody writes to the next one. */
const clientsMin = 2;
const observedMs = 1_000;
const limitMs = 30_000;
const clock = makeClock();

/** The exit code. */
export async function failover(argv: readonly string[]): Promise<number> {
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
    const waits = await measure(stage, wishes);
    const verdict = await stage.judge();
    for (const complaint of verdict.complaints.slice(0, 10)) console.log(`OFF: ${complaint}`);
    print(waits, verdict.proof, wishes);
    const isWell = quantile(waits.pauses, 0.5) < targetMs && verdict.complaints.length === 0;
    return isWell ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** In milliseconds, shortest first. */
interface Waits {
  readonly pauses: readonly number[];
  readonly silences: readonly number[];
}

async function measure(stage: Stage, wishes: Wishes): Promise<Waits> {
  const { cluster, tally } = stage;
  const { kills, clients, gapMs, settleMs, signal } = wishes;
  for (let at = 0; at < clients; at += 1) await stage.addTalker(`talker${at}`);
  if (gapMs === null) stage.talkWithoutPause();
  else stage.talk(gapMs);
  const [pauses, silences]: [number[], number[]] = [[], []];
  // All clients share this process: what holds it up is no fault of the servers.
  const stalls = monitorEventLoopDelay({ resolution: 1 });
  stalls.enable();
  for (let kill = 0; kill < kills; kill += 1) {
    await stage.wait(settleMs);
    const primary = present(cluster.primary(), "a primary");
    const fromMs = clock.nowMs();
    stalls.reset();
    void cluster.kill(primary, signal);
    await stage.until(() => cluster.primary() !== null && cluster.primary() !== primary, limitMs);
    const agreedMs = clock.nowMs() - fromMs;
    await stage.wait(Math.max(0, observedMs - agreedMs));
    const toMs = clock.nowMs();
    const stallMs = stalls.max / 1e6;
    // A wait counts when it is over.
    await stage.until(() => tally.waitingSinceMs() > toMs, limitMs);
    const pauseMs = lengthOf(tally.longestWait((wait) => overlaps(wait, { fromMs, toMs })));
    pauses.push(pauseMs);
    silences.push(tally.longestSilenceMs({ fromMs, toMs }));
    const [pause, agreed, stall] = [pauseMs, agreedMs, stallMs].map(Math.round);
    const why = `next primary after ${agreed} ms, clients held up by ${stall} ms at most`;
    console.log(`server ${primary} of view ${cluster.newestView()}: ${pause} ms (${why})`);
    await stage.startAll();
  }
  stalls.disable();
  for (const waits of [pauses, silences]) waits.sort((one, other) => one - other);
  return { pauses, silences };
}

function print({ pauses, silences }: Waits, { counts, stored }: Proof, wishes: Wishes): void {
  const { sent, shown, twice, outOfOrder } = counts;
  const lost = sent - Math.min(shown, stored);
  const fate = `${lost} lost, ${twice} doubled, ${outOfOrder} out of order`;
  console.log(`${sent} messages of ${wishes.clients} clients confirmed: ${fate}`);
  console.log(`nobody had a confirmation for ${figuresOf(silences)}`);
  const what = `${pauses.length} kills of the primary (${wishes.signal})`;
  console.log(`${what}: pause ${figuresOf(pauses)}`);
}

function figuresOf(sorted: readonly number[]): string {
  const at = (share: number): number => Math.round(quantile(sorted, share));
  return `p50 ${at(0.5)} ms, p90 ${at(0.9)}, p99 ${at(0.99)}, longest ${at(1)}`;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

interface Wishes {
  readonly kills: number;
  readonly clients: number;
  /** null: no gap, and one message of each under way. */
  readonly gapMs: number | null;
  readonly settleMs: number;
  readonly signal: "SIGKILL" | "SIGINT";
}

function readWishes(argv: readonly string[]): Wishes | null {
  try {
    const options = {
      kills: { type: "string", default: "50" },
      clients: { type: "string", default: "50" },
      gap: { type: "string" },
      settle: { type: "string", default: "700" },
      signal: { type: "string", default: "SIGKILL" },
    } as const;
    const { values } = parseArgs({ args: [...argv], options });
    const words = [values.kills, values.clients, values.settle];
    const [kills = 0, clients = 0, settleMs = 0] = words.map(Number);
    const gapMs = values.gap === undefined ? null : Number(values.gap);
    const signal = (["SIGKILL", "SIGINT"] as const).find((name) => name === values.signal);
    const numbers = [kills, clients, settleMs, gapMs ?? 1];
    if (signal === undefined || !numbers.every((count) => Number.isInteger(count) && count > 0)) {
      return null;
    }
    return clients < clientsMin ? null : { kills, clients, gapMs, settleMs, signal };
  } catch {
    return null;
  }
}
