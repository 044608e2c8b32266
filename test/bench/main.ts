// `npm run bench`: our system, the floor and Redis side by side, or (`failover`) the pause after a
// crash under load, or (`join`) what a wiped server costs others as it returns, or (`where`) what
// the processors do. Prints each shape as soon as it is through; `--json` ends with one line for
// scripts. Reads options and prints; the files of those names do the rest.

import { nameLinesOfBugsAlone } from "../../src/node/sourceLines.ts";
import { compare, type Result } from "./compare.ts";
import { failover } from "./failover.ts";
import { startFloor } from "./floor/system.ts";
import { type Options, readOptions, type SystemName, usage } from "./options.ts";
import type { Ratio } from "./ratios.ts";
import { join } from "./join.ts";
import { findRedis } from "./redis/system.ts";
import { startReplichat } from "./replichat.ts";
import { offlineTwin } from "./shapes.ts";
import type { StartSystem } from "./system.ts";
import { where } from "./where.ts";
import { comparedIn, tableOf } from "./table.ts";

const warmMs = 300;

/** By shape; with `@` and their number behind it where messages were stored before. */
interface Summary {
  readonly ratios: Record<string, number>;
  readonly spreads: Record<string, Record<string, Ratio>>;
  readonly systems: Record<string, Record<string, Result>>;
}

async function main(argv: readonly string[]): Promise<number> {
  const options = optionsOrCode(argv);
  if (typeof options === "number") return options;
  const starts = startsFor(options);
  if (starts.size === 0) return 1;
  const summary: Summary = { ratios: {}, spreads: {}, systems: {} };
  for (const stored of options.stored) await measureWith(stored, starts, { options, summary });
  if (options.json) {
    const { ratios, spreads, systems } = summary;
    console.log(JSON.stringify({ ratios, spreads, ...systems }));
  }
  return 0;
}

/** The exit code where the usage was all that could be said, or was asked for. */
function optionsOrCode(argv: readonly string[]): Options | number {
  const options = readOptions(argv);
  if (options !== null && !options.help) return options;
  if (options === null) console.error(usage);
  else console.log(usage);
  return options === null ? 2 : 0;
}

interface Run {
  readonly options: Options;
  readonly summary: Summary;
}

async function measureWith(
  stored: number,
  starts: ReadonlyMap<SystemName, StartSystem>,
  { options, summary }: Run,
): Promise<void> {
  const { shapes, windows, measureMs, compileMs } = options;
  if (stored > 0) console.log(`with ${stored} messages stored before:`);
  const times = { warmMs, measureMs };
  await compare({
    ...{ shapes, windows, times, compileMs, stored, starts },
    report: (shape, results) => {
      for (const line of tableOf(shape.name, results)) console.log(line);
      const name = stored > 0 ? `${shape.name}@${stored}` : shape.name;
      for (const { ours, theirs, ratio } of comparedIn(results)) {
        (summary.spreads[name] ??= {})[`${ours}/${theirs}`] = ratio;
        if (ours === "replichat" && theirs === "floor") summary.ratios[name] = ratio.median;
      }
      for (const [system, result] of results) {
        const twin = system === offlineTwin ? `${name} ${offlineTwin}` : name;
        const owner = system === offlineTwin ? "replichat" : system;
        (summary.systems[owner] ??= {})[twin] = result;
      }
    },
  });
}

/** Those of the wished ones that can be had here; says what is left out, and why. */
function startsFor({ only, sealed }: Options): ReadonlyMap<SystemName, StartSystem> {
  const starts = new Map<SystemName, StartSystem>();
  if (only.includes("floor")) starts.set("floor", startFloor);
  if (only.includes("replichat")) {
    starts.set("replichat", (folder) => startReplichat(folder, { sealed }));
  }
  if (!only.includes("redis")) return starts;
  const redis = findRedis();
  if (redis === null) {
    console.log(
      "Redis is left out: there is no redis-server here. On Debian and Ubuntu " +
        "`apt-get install redis-server` brings it; stop the service that comes with it " +
        "(`systemctl disable --now redis-server`): the bench starts its own.",
    );
  } else {
    console.log(`Redis ${redis.version}: a message is confirmed by XADD and ${redis.confirmation}`);
    starts.set("redis", redis.start);
  }
  return starts;
}

async function whereTimeGoes(argv: readonly string[]): Promise<number> {
  const options = optionsOrCode(argv);
  if (typeof options === "number") return options;
  const starts = startsFor(options);
  const { shapes, measureMs, compileMs: warmMs } = options;
  if (starts.size === 0) return 1;
  return where({ shapes, starts, seconds: measureMs / 1_000, warmMs });
}

function run([first, ...rest]: readonly string[]): Promise<number> {
  switch (first) {
    case "failover":
      return failover(rest);
    case "join":
      return join(rest);
    case "where":
      return whereTimeGoes(rest);
    default:
      return main(process.argv.slice(2));
  }
}

nameLinesOfBugsAlone();
process.exitCode = await run(process.argv.slice(2));
