// Runs the simulator as a process of its own for a test: what it said, once all of it went well.
// Which seeds are played is the test's choice.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { nodeOptions, type Built } from "./build.ts";

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
