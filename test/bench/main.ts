// `npm run bench`: our system and the floor side by side. Prints medians of the windows as it goes;
// `--json` ends with one line for scripts. Reads options and prints; compare.ts does the rest.

import { parseArgs } from "node:util";
import type { Comparison, Result, Results } from "./compare.ts";
import { compare } from "./compare.ts";
import { startFloor } from "./floor/system.ts";
import { startReplichat } from "./replichat.ts";
import type { Shape } from "./shapes.ts";
import { parseShape, standardShapes } from "./shapes.ts";
import type { StartSystem } from "./system.ts";

const usage = `npm run bench -- [options]

  --shapes LIST    connections x outstanding, default ${standardShapes.join(",")}
  --windows N      windows for each system and shape, default 5
  --seconds S      length of one window, default 1.5
  --only NAME      floor or replichat
  --json           ends with one line of JSON
`;

interface Options {
  readonly comparison: Comparison;
  readonly json: boolean;
}

function print(name: string, shape: Shape, result: Result): void {
  const cpu = Object.entries(result.cpuPercent).map(([who, percent]) => `${who} ${percent}%`);
  const columns = [
    shape.name.padEnd(6),
    name.padEnd(10),
    `${String(result.rate).padStart(8)}/s [${result.rateMin}-${result.rateMax}]`.padEnd(32),
    `p50 ${result.p50Ms} ms, p99 ${result.p99Ms} ms`.padEnd(32),
    cpu.join(", "),
  ];
  console.log(columns.join(" "));
}

/** Ours as a share of the floor, by shape; empty while one of them was not measured. */
function ratiosOf(results: Results): Readonly<Record<string, number>> {
  const ours = results.get("replichat") ?? new Map<string, Result>();
  const entries = [...ours].flatMap(([shape, { rate }]) => {
    const floorRate = results.get("floor")?.get(shape)?.rate;
    return floorRate === undefined ? [] : [[shape, Number((rate / floorRate).toFixed(3))] as const];
  });
  return Object.fromEntries(entries);
}

function readOptions(argv: readonly string[]): Options | undefined {
  const values = readFlags(argv);
  if (values === undefined) return undefined;
  const shapes = (values.shapes ?? "").split(",").map(parseShape);
  const known = shapes.filter((shape) => shape !== undefined);
  const windows = Number(values.windows);
  const measureMs = Number(values.seconds) * 1000;
  const numbersMakeSense = Number.isInteger(windows) && windows >= 1 && measureMs >= 1;
  const starts = startsFor(values.only);
  if (known.length < shapes.length || !numbersMakeSense || starts.size === 0) return undefined;
  const times = { warmMs: 300, measureMs };
  const comparison = { shapes: known, windows, times, starts, report: print };
  return { comparison, json: values.json === true };
}

interface Flags {
  readonly shapes?: string;
  readonly windows?: string;
  readonly seconds?: string;
  readonly only?: string;
  readonly json?: boolean;
  readonly help?: boolean;
}

function readFlags(argv: readonly string[]): Flags | undefined {
  const options = {
    shapes: { type: "string", default: standardShapes.join(",") },
    windows: { type: "string", default: "5" },
    seconds: { type: "string", default: "1.5" },
    only: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch {
    return undefined;
  }
}

function startsFor(only: string | undefined): ReadonlyMap<string, StartSystem> {
  const starts = new Map<string, StartSystem>([["floor", startFloor]]);
  if (startReplichat !== undefined) starts.set("replichat", startReplichat);
  return only === undefined ? starts : new Map([...starts].filter(([name]) => name === only));
}

async function main(argv: readonly string[]): Promise<void> {
  if (readFlags(argv)?.help === true) {
    console.log(usage);
    return;
  }
  const options = readOptions(argv);
  if (options === undefined) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  const results = await compare(options.comparison);
  const ratios = ratiosOf(results);
  for (const [shape, ratio] of Object.entries(ratios)) {
    console.log(`${shape.padEnd(6)} replichat is ${ratio} of the floor`);
  }
  if (options.json) {
    const systems = [...results].map(([name, byShape]) => [name, Object.fromEntries(byShape)]);
    console.log(JSON.stringify({ ratios, ...Object.fromEntries(systems) }));
  }
}

await main(process.argv.slice(2));
