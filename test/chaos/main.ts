// `npm run chaos`: real servers are killed, stopped, resumed and started at random while people
// chat; then all three are killed at once. Ends with the proof and the seed that replays the draws;
// exits 1 if anything is off, 2 on bad usage, and keeps the servers' folders and logs when
// something is.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makePrng } from "../../src/base/prng.ts";
import type { LocalCluster } from "../../src/demo/localCluster.ts";
import { report } from "../../src/demo/selfPlay.ts";
import { Stage, startCluster } from "../../src/demo/stage.ts";
import { lengthOf } from "../../src/demo/tally.ts";
import { makeClock } from "../../src/node/clock.ts";
import { Storm } from "./storm.ts";

const usage = `npm run chaos -- [options]

  --seed N       replays the draws of an earlier run
  --seconds S    how long the random part lasts, default 30
  --verbose      says what is done to which server, and keeps the folders and logs
`;

interface Options {
  readonly seed: number;
  readonly seconds: number;
  readonly verbose: boolean;
}

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === null) {
    console.error(usage);
    return 2;
  }
  // Whoever stops reading still gets the exit code.
  process.stdout.on("error", () => undefined);
  const stateFolder = mkdtempSync(join(tmpdir(), "replichat-chaos-"));
  let running: LocalCluster | null = null;
  process.on("exit", () => running?.killAllNow());
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(130));
  }
  const isWell = await run(options, stateFolder, (cluster) => (running = cluster));
  if (isWell && !options.verbose) rmSync(stateFolder, { recursive: true, force: true });
  else console.log(`folders and logs: ${stateFolder}`);
  console.log(`replay: npm run chaos -- --seed ${options.seed} --seconds ${options.seconds}`);
  return isWell ? 0 : 1;
}

async function run(
  { seed, seconds, verbose }: Options,
  stateFolder: string,
  spawned: (cluster: LocalCluster) => void,
): Promise<boolean> {
  const clock = makeClock();
  const prng = makePrng(seed);
  const startMs = clock.nowMs();
  const say = (line: string): void => {
    if (verbose)
      console.log(`${((clock.nowMs() - startMs) / 1_000).toFixed(2).padStart(7)} ${line}`);
  };
  const { env } = process;
  const serverArgs = ["--log-level", "debug"];
  const common = { stateFolder, clock, env, serverArgs, spawned };
  const cluster = await startCluster({ ...common, draw: () => Math.random() });
  if (verbose) cluster.onEvent((event) => say(JSON.stringify(event)));
  const stage = new Stage(cluster, clock);
  try {
    for (const name of ["alice", "bob", "carol"]) await stage.addTalker(name);
    stage.talk(gapMs);
    await stage.wait(settleMs);
    await new Storm({ stage, prng, clock, say }).rage(seconds * 1_000);
    say("all three are killed at once");
    await stage.startAll();
    await stage.killAll();
    await stage.startAll();
    await stage.wait(settleMs);
    const verdict = await stage.judge();
    const longest = stage.tally.longestWait(
      (wait) => lengthOf(wait) === verdict.proof.longestPauseMs,
    );
    say(`the longest pause began at ${((longest.fromMs - startMs) / 1_000).toFixed(2)}`);
    return report(verdict, (line) => console.log(line));
  } finally {
    await stage.close();
  }
}

function readOptions(argv: readonly string[]): Options | null {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seed: { type: "string" },
        seconds: { type: "string", default: "30" },
        verbose: { type: "boolean", default: false },
      },
    });
    const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
    const seconds = Number(values.seconds);
    if (!Number.isSafeInteger(seed) || !(seconds > 0)) return null;
    return { seed, seconds, verbose: values.verbose };
  } catch {
    return null;
  }
}

const gapMs = 8;
const settleMs = 1_000;

process.exitCode = await main(process.argv.slice(2));
