// What the bench prints of a shape: PURE. Two lines a system (speed; cost of one message), then
// how the systems compare.

import type { Result, ResultsOfShape } from "./compare.ts";
import { type Ratio, ratioOf } from "./ratios.ts";
import { offlineTwin } from "./shapes.ts";

/** Pairs that are compared where both were measured: the first one's share of the second. */
const pairs = [
  ["replichat", "floor"],
  ["replichat", "redis"],
  ["redis", "floor"],
  ["replichat", offlineTwin],
] as const;

export interface Compared {
  readonly ours: string;
  readonly theirs: string;
  readonly ratio: Ratio;
}

export function comparedIn(results: ResultsOfShape): readonly Compared[] {
  return pairs.flatMap(([ours, theirs]) => {
    const ratio = ratioOf(results.get(ours)?.rates ?? [], results.get(theirs)?.rates ?? []);
    return ratio === null ? [] : [{ ours, theirs, ratio }];
  });
}

export function tableOf(shapeName: string, results: ResultsOfShape): readonly string[] {
  const rows = [...results].flatMap(([system, result]) => {
    return [speedLine(shapeName, system, result), costLine(result)];
  });
  const ratios = comparedIn(results).map(({ ours, theirs, ratio }) => {
    const spread = `[${ratio.smallest}-${ratio.largest}]`;
    return `${shapeName.padEnd(nameColumns)} ${ours} is ${ratio.median} ${spread} of ${theirs}`;
  });
  return [...rows, ...ratios];
}

function speedLine(shapeName: string, system: string, result: Result): string {
  const { rate, rates, p50Ms, p99Ms, p999Ms, cpuPercent } = result;
  const cpu = Object.entries(cpuPercent).map(([who, percent]) => `${who} ${percent}%`);
  const spread = `[${Math.min(...rates)}-${Math.max(...rates)}]`;
  return [
    shapeName.padEnd(nameColumns),
    system.padEnd(10),
    `${String(rate).padStart(8)}/s ${spread}`.padEnd(28),
    `p50 ${p50Ms} ms, p99 ${p99Ms}, p99.9 ${p999Ms}`.padEnd(42),
    cpu.join(", "),
  ].join(" ");
}

function costLine({ costs }: Result): string {
  const of = (kind: string, who: string, digits = 0): string => {
    const value = costs[kind]?.[who];
    return value === undefined ? "–" : value.toFixed(digits);
  };
  const eachOf = (kind: string, digits = 0): string => {
    return servers.map((who) => of(kind, who, digits)).join("/");
  };
  const parts = [
    `log ${eachOf("logBytes")} B`,
    `primary's sockets ${of("sentBytes", "primary")} B out, ${of("receivedBytes", "primary")} in`,
    `syncs ${eachOf("syncs", 4)}`,
    `CPU ${eachOf("cpuUs", 1)} µs`,
    `machine's disk ${of("diskBytes", "machine")} B, ${of("diskFlushes", "machine", 3)} flushes`,
  ];
  return `${" ".repeat(nameColumns)} a message costs: ${parts.join("; ")}`;
}

const servers = ["primary", "secondary1", "secondary2"];
const nameColumns = 20;
