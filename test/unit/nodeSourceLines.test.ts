// An error that ends the program names lines of the source; of one that does not, nobody works them
// out.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const at = (path: string): string => new URL(`../../${path}`, import.meta.url).href;
const failing = "src/base/assert.ts";

/** A program that has been loaded, and then runs this. */
function stderrOf(body: string): string {
  const program = `
    await import(${JSON.stringify(at("src/register.js"))});
    const { assert } = await import(${JSON.stringify(at(failing))});
    const lines = await import(${JSON.stringify(at("src/node/sourceLines.ts"))});
    lines.nameLinesOfBugsAlone();
    ${body}`;
  const args = ["--input-type=module", "--eval", program];
  return spawnSync(process.execPath, args, { encoding: "utf8" }).stderr;
}

const source = readFileSync(fileURLToPath(at(failing)), "utf8").split("\n");
const line = source.findIndex((text) => text.includes("throw new InvariantError(detail")) + 1;
const named = new RegExp(`assert\\.ts:${line}:`);

for (const [what, body] of [
  ["thrown by what was called later", "setImmediate(() => assert(false, 'a bug'));"],
  ["that nobody waited for", "void Promise.reject().catch(() => assert(false, 'a bug'));"],
  [
    "that the program itself tells of",
    "process.on('unhandledRejection', (error) => console.error(lines.stackOf(error)));" +
      "void Promise.reject().catch(() => assert(false, 'a bug'));",
  ],
] as const) {
  test(`the stack of a bug ${what} names the line in the source`, () => {
    const words = stderrOf(body);
    assert.match(words, /a bug/);
    assert.match(words, named);
  });
}

test("what caused a bug is told with it", () => {
  const words = stderrOf(
    "console.error(lines.stackOf(new Error('the disk', { cause: new Error('no room') })))",
  );
  assert.match(words, /the disk[^]*cause[^]*no room/);
});

test("of what is caught the lines are not worked out", () => {
  const words = stderrOf(
    "try { assert(false, 'no bug') } catch ({ stack }) { console.error(stack) }",
  );
  assert.match(words, /no bug/);
  assert.doesNotMatch(words, named);
});
