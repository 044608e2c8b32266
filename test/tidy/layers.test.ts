// Shows that imports go down only and never in a circle, and that what decides is pure.
// Each check is first shown a bad sample, so that none of them can be green for ever.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findCycle, importsOf } from "./imports.ts";
import { layerProblems, purityProblems } from "./layers.ts";
import type { TextFile } from "./repository.ts";
import { sourceFiles } from "./repository.ts";

const file = (path: string, text: string): TextFile => ({ path, text });

test("imports go down only, and only node/ and the mains touch the system", () => {
  assert.deepEqual(layerProblems(sourceFiles()), []);
});

test("an import that goes up, out or to the system is noticed", () => {
  const bad = [
    file("src/base/a.ts", 'import { b } from "../wire/b.ts";'),
    file("src/store/b.ts", 'import type { State } from "../chat/state.ts";'),
    file("src/server/driver.ts", 'import {\n  readFileSync,\n} from "node:fs";'),
    file("src/server/links.ts", 'import { netNetwork } from "../node/network.ts";'),
    file("src/client/api.ts", 'const ws = await import("ws");'),
    file("src/chat/state.ts", 'export { x } from "../../test/support/x.ts";'),
    file("src/wire/codec.ts", 'import "../base/ids";'),
    file("src/utils/index.ts", ""),
  ];
  for (const sample of bad) assert.equal(layerProblems([sample]).length, 1, sample.path);
});

test("a main may put the real adapters in", () => {
  const main = 'import { a } from "../node/network.ts";\nimport { readFileSync } from "node:fs";';
  assert.deepEqual(layerProblems([file("src/server/main.ts", main)]), []);
});

test("no file imports itself by way of others", () => {
  assert.equal(findCycle(sourceFiles().flatMap(importsOf)), undefined);
});

test("a circle of imports is noticed, type imports included", () => {
  const circle = [
    file("src/chat/a.ts", 'import { b } from "./b.ts";'),
    file("src/chat/b.ts", 'import type { C } from "./c.ts";'),
    file("src/chat/c.ts", 'import { a } from "./a.ts";'),
  ];
  const expected = ["src/chat/a.ts", "src/chat/b.ts", "src/chat/c.ts", "src/chat/a.ts"];
  assert.deepEqual(findCycle(circle.flatMap(importsOf)), expected);
  assert.equal(findCycle(circle.slice(0, 2).flatMap(importsOf)), undefined);
});

test("what decides is pure: no system, no clock, no randomness, no waiting", () => {
  assert.deepEqual(purityProblems(sourceFiles()), []);
});

test("an impure line in a pure layer is noticed, a comment about one is not", () => {
  const lines = [
    "const now = Date.now();",
    "const today = new Date();",
    "const salt = Math.random();",
    "export async function step() {}",
    "setTimeout(run, 5);",
    "process.exitCode = 1;",
    'import { createHash } from "node:crypto";',
  ];
  for (const line of lines) {
    assert.equal(purityProblems([file("src/replica/step.ts", line)]).length, 1, line);
    assert.equal(purityProblems([file("src/client/session.ts", line)]).length, 1, line);
    const says = `// What it does is its own affair.\n// It is PURE.\n${line}`;
    assert.equal(purityProblems([file("src/server/door.ts", says)]).length, 1, line);
    assert.deepEqual(purityProblems([file("src/server/driver.ts", line)]), [], line);
  }
  const talk = '// never Date.now()\nconst text = "await";\nconst at = new Date(atMs);';
  assert.deepEqual(purityProblems([file("src/replica/step.ts", talk)]), []);
});
