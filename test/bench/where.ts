// `npm run bench -- where`: what every processor was doing while a shape of load ran, by samples of
// the whole machine (Linux, `perf`, root): microseconds a message, by process and by what it did.
// One window for each system; how fast they are is measured by compare.ts.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { untilCalm } from "./compare.ts";
import { countSamples, doings, idle, others, type Samples } from "./samples.ts";
import { Load } from "./load.ts";
import type { Shape } from "./shapes.ts";
import type { StartSystem, System } from "./system.ts";

const run = promisify(execFile);
const samplesPerSecond = 1_999;
const scriptBytesMax = 1_073_741_824;
/** The load goes on for as long as sampling takes to begin and to end. */
const spareMs = 1_000;

export interface Wishes {
  readonly shapes: readonly Shape[];
  readonly starts: ReadonlyMap<string, StartSystem>;
  readonly seconds: number;
  /** Of load before, until the code that runs often has been compiled for speed. */
  readonly warmMs: number;
}

/** The exit code. */
export async function where({ shapes, starts, seconds, warmMs }: Wishes): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "replichat-where-"));
  const why = await whyNoSamples(folder);
  if (why !== null) {
    console.error(`This machine cannot be sampled: ${why}`);
    console.error("It takes Linux, root and perf (`apt-get install linux-perf`).");
    await rm(folder, { recursive: true });
    return 1;
  }
  let running: System | null = null;
  const interrupted = (): void => void running?.stop().finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    for (const shape of shapes) {
      for (const [name, start] of starts) {
        const own = join(folder, `${shape.name}-${name}`);
        await mkdir(own);
        running = await start(own);
        const { samples, rate } = await sample(running, shape, { folder, seconds, warmMs });
        await running.stop();
        running = null;
        for (const line of tableOf(`${shape.name} ${name}`, samples, { rate, seconds })) {
          console.log(line);
        }
      }
    }
    return 0;
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function sample(
  system: System,
  shape: Shape,
  { folder, seconds, warmMs }: Pick<Wishes, "seconds" | "warmMs"> & { readonly folder: string },
): Promise<{ readonly samples: Samples; readonly rate: number }> {
  const load = new Load(system, shape);
  const file = join(folder, "samples");
  try {
    await load.connect();
    await untilCalm(system);
    const window = load.window({ warmMs, measureMs: 1_000 * seconds + spareMs });
    await sleep(warmMs);
    await record(file, seconds);
    const threads = await threadsOf(new Map([...system.pids, ["load", process.pid]]));
    await window;
    const fields = ["-i", file, "-F", "tid,ip,sym,dso"];
    const { stdout } = await run("perf", ["script", ...fields], { maxBuffer: scriptBytesMax });
    return { samples: countSamples(stdout, (one) => threads.get(one)), rate: load.rates[0] ?? 0 };
  } finally {
    load.close();
  }
}

/** Of all processors, with whole stacks. */
async function record(file: string, seconds: number): Promise<void> {
  const what = ["-a", "-g", "-e", "cpu-clock", "-F", String(samplesPerSecond), "-o", file];
  await run("perf", ["record", ...what, "--", "sleep", String(seconds)]);
}

/** Null when there can be some. */
async function whyNoSamples(folder: string): Promise<string | null> {
  try {
    await record(join(folder, "trial"), 0);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function threadsOf(pids: ReadonlyMap<string, number>): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>();
  for (const [name, pid] of pids) {
    for (const thread of await readdir(`/proc/${pid}/task`)) names.set(Number(thread), name);
  }
  return names;
}

function tableOf(
  what: string,
  samples: Samples,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): readonly string[] {
  const perSample = 1e6 / samplesPerSecond / (rate * seconds);
  const cell = (count: number): string => (count * perSample).toFixed(2).padStart(width);
  const rowOf = (who: string): string => {
    const counts = samples.get(who);
    const cells = doings.map((doing) => cell(counts?.get(doing) ?? 0));
    const total = [...(counts?.values() ?? [])].reduce((sum, count) => sum + count, 0);
    return `${who.padEnd(nameWidth)}${cell(total)}${who === idle ? "" : cells.join("")}`;
  };
  const known = [...samples.keys()].filter((who) => who !== idle && who !== others).sort();
  const heads = ["all", ...doings].map((head) => head.padStart(width)).join("");
  return [
    `${what}: ${Math.round(rate)}/s; a message takes, in microseconds of a processor:`,
    `${"".padEnd(nameWidth)}${heads}`,
    ...[...known, others, idle].map(rowOf),
  ];
}

const nameWidth = 12;
const width = 12;
