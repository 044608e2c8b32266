// Runs the simulator as a process of its own for a test: what it said, once all of it went well.
// Which seeds are played is the test's choice, and for how long at most, as far as the runner's
// patience with its file goes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { nodeOptions, type Built } from "./build.ts";

/** All runs of a file, the last one too, must end before the runner's patience (package.json). */
const allMinutesMax = 3.1;
const startedMs = performance.now();

/** A row of seeds, one after the other. A busy machine plays fewer of them, and says how many. */
export async function runRow(
  built: Built | null,
  row: { readonly from: number; readonly count: number; readonly minutes: number },
): Promise<string> {
  const bounds = ["--runs", String(row.count), "--minutes", minutesLeft(row.minutes)];
  return run(built, ["--seed", String(row.from), "--keep-going", ...bounds]);
}

/** For `--minutes`: as many as wished, or what is left. */
export function minutesLeft(wished: number): string {
  const spent = (performance.now() - startedMs) / 60_000;
  return String(Math.max(0.05, Math.min(wished, allMinutesMax - spent)));
}

export async function run(built: Built | null, words: readonly string[]): Promise<string> {
  assert.ok(built !== null, "the simulator is built first");
  const child = spawn(process.execPath, [...nodeOptions, built.script, "--no-shrink", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  assert.equal(code, 0, said);
  return said;
}
