// What `npm run bench` was asked for, from its arguments: PURE. null when they make no sense; what
// is installed here is not looked at.

import { parseArgs } from "node:util";
import { parseShape, type Shape, standardShapes } from "./shapes.ts";

export const systemNames = ["floor", "replichat", "redis"] as const;
export type SystemName = (typeof systemNames)[number];

const compileSeconds = 6;

export const usage = `npm run bench -- [options]

  --shapes LIST    default ${standardShapes.join(",")}
                   50x64 is 50 connections with 64 messages outstanding each;
                   50x64-online goes to people who read and acknowledge;
                   1to100 is one client that writes to a hundred at once
  --stored LIST    messages that lie in each system before measuring, default 0
  --windows N      windows for each system and shape, default 5
  --seconds S      length of one window, default 1.5
  --warm S         seconds of a shape's load before its first window, so that code which runs
                   often has been compiled, default ${compileSeconds}
  --sealed         ours carries sealed messages, of as many bytes of text; the others' stay
  --only LIST      of ${systemNames.join(",")}
  --json           ends with one line of JSON

npm run bench -- failover --help  says how the pause after a crash is measured
npm run bench -- join --help      says the same of a wiped server's return
npm run bench -- where [options]  what each process did, by samples of the whole machine (takes
                                  perf and root; --shapes, --only, --seconds, --warm count)
`;

export interface Options {
  readonly shapes: readonly Shape[];
  readonly stored: readonly number[];
  readonly windows: number;
  readonly measureMs: number;
  readonly compileMs: number;
  readonly only: readonly SystemName[];
  readonly sealed: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export function readOptions(argv: readonly string[]): Options | null {
  const values = readFlags(argv);
  if (values === null) return null;
  const shapes = listed(values.shapes, parseShape);
  const stored = listed(values.stored, countIn);
  const only = listed(values.only, (word) => systemNames.find((name) => name === word));
  const windows = countIn(values.windows) ?? 0;
  const measureMs = Number(values.seconds) * 1_000;
  const compileMs = Number(values.warm) * 1_000;
  if (shapes === null || stored === null || only === null) return null;
  if (windows < 1 || !(measureMs >= 1) || !(compileMs >= 0)) return null;
  const { sealed, json, help } = values;
  return { shapes, stored, windows, measureMs, compileMs, only, sealed, json, help };
}

function readFlags(argv: readonly string[]) {
  const options = {
    shapes: { type: "string", default: standardShapes.join(",") },
    stored: { type: "string", default: "0" },
    windows: { type: "string", default: "5" },
    seconds: { type: "string", default: "1.5" },
    warm: { type: "string", default: String(compileSeconds) },
    only: { type: "string", default: systemNames.join(",") },
    sealed: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch {
    return null;
  }
}

/** null when one of the words means nothing. */
function listed<T>(words: string, read: (word: string) => T | undefined): readonly T[] | null {
  const all = words.split(",").map(read);
  const known = all.filter((one) => one !== undefined);
  return known.length === all.length ? known : null;
}

function countIn(word: string): number | undefined {
  return /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}
