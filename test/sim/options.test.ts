// What the simulator's two commands say of a word that they cannot use, before anything is built:
// which one, and how they are called.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

function refusal(main: string, words: readonly string[]): string {
  const program = ["--import", "tsx", `test/sim/${main}.ts`, ...words];
  const { status, stderr } = spawnSync(process.execPath, program, { cwd: root, encoding: "utf8" });
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
