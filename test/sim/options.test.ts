// The simulator's two commands, as they are called: what they say of a word that they cannot use,
// before anything is built, and what is left of a seed that is played alone.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

function run(main: string, words: readonly string[]): { status: number | null; stderr: string } {
  const program = ["--import", "tsx", `test/sim/${main}.ts`, ...words];
  return spawnSync(process.execPath, program, { cwd: root, encoding: "utf8" });
}

function refusal(main: string, words: readonly string[]): string {
  const { status, stderr } = run(main, words);
  assert.equal(status, 2, words.join(" "));
  const [said = "", how = ""] = stderr.split("\n");
  assert.match(how, /^Usage: npm run sim/);
  return said;
}

test("the simulator names the word that it cannot use", () => {
  assert.equal(refusal("main", ["--bogus"]), "--bogus is no option.");
  assert.equal(refusal("main", ["--seed", "x"]), "--seed x is no number.");
  assert.equal(refusal("main", ["--seeds", "5,x"]), "--seeds x is no number.");
  assert.equal(refusal("main", ["--history"]), "--history wants a value.");
});

test("the hunt for planted bugs names the word that it cannot use", () => {
  assert.equal(refusal("mutantsMain", ["no-bug"]), "There is no planted bug no-bug.");
  assert.equal(refusal("mutantsMain", ["--seeds", "x"]), "--seeds x is no number.");
  assert.equal(refusal("mutantsMain", ["--seeds"]), "--seeds wants a value.");
});

test("a seed that is played alone leaves its history, though nothing failed", () => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-history-"));
  try {
    const file = join(folder, "history.jsonl");
    const { status, stderr } = run("main", ["--seed", "4711", "--history", file]);
    assert.equal(status, 0, stderr);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(Object.keys(first ?? {}), ["type", "process", "f", "value", "time"]);
    assert.deepEqual(Object.keys(second ?? {}), ["type", "process", "f", "value", "op", "time"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
