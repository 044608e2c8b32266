// Shows that the repository is what its README and its package say: the top level of the card, one
// package, locks that install from anywhere, and commands that exist. Each check sees a bad sample.

import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Manifest } from "./manifest.ts";
import {
  commandProblems,
  lockProblems,
  packageProblems,
  topLevelProblems,
  unpinned,
} from "./manifest.ts";
import { readText, repositoryFiles, repositoryRoot, topLevelNames } from "./repository.ts";

const manifestOf = (path: string): Manifest => JSON.parse(readText(path)) as Manifest;
const manifest = manifestOf("package.json");
const readme = (text: string): { path: string; text: string } => ({ path: "README.md", text });

test("the top level holds what the card names and nothing else", () => {
  assert.deepEqual(topLevelProblems(topLevelNames()), []);
  assert.deepEqual(topLevelProblems([...topLevelNames(), "docs"]).length, 1);
  assert.deepEqual(topLevelProblems(topLevelNames().slice(0, -1)).length, 1);
});

test("the package needs tsx alone, at one version", () => {
  assert.deepEqual(Object.keys(manifest.dependencies ?? {}), ["tsx"]);
  assert.deepEqual(packageProblems(manifest), []);
  assert.equal(packageProblems({ dependencies: { tsx: "^4.0.0" } }).length, 1);
  assert.equal(packageProblems({ dependencies: { tsx: "4.0.0", ws: "8.0.0" } }).length, 1);
  assert.equal(packageProblems({ devDependencies: { typescript: "5.0.0" } }).length, 1);
});

test("the maintainers' tools are pinned too", () => {
  const tools = manifestOf(".ci/tools/package.json");
  const entries = Object.entries({ ...tools.dependencies, ...tools.devDependencies });
  assert.ok(entries.length > 0);
  assert.deepEqual(unpinned(entries), []);
});

test("the lock files name no place to fetch from", () => {
  for (const path of ["package-lock.json", ".ci/tools/package-lock.json"]) {
    assert.deepEqual(lockProblems({ path, text: readText(path) }), []);
  }
  assert.equal(lockProblems({ path: "package-lock.json", text: '{"resolved": "x"}' }).length, 1);
});

test("every command in a README exists", () => {
  const readmes = repositoryFiles().filter((file) => file.path.endsWith("README.md"));
  assert.ok(readmes.length > 0);
  assert.deepEqual(
    readmes.flatMap((file) => commandProblems(file, manifest)),
    [],
  );
});

test("a command that does not exist is noticed, prose about one is not", () => {
  const block = (line: string): string => `text\n\n\`\`\`sh\n${line}\n\`\`\`\n`;
  for (const line of ["npm run fly", "npm fly", "npx chat-fly 0 a", "npm run ci"]) {
    assert.equal(commandProblems(readme(block(line)), manifest).length, 1, line);
  }
  const good = ["npm ci && npm test", "chat-server 0 a b c", "node bin/chat-server.js", "fly"];
  for (const line of good) {
    assert.deepEqual(commandProblems(readme(block(line)), manifest), [], line);
  }
  assert.deepEqual(commandProblems(readme("say npm run fly"), manifest), []);
});

test("every command of the package is a short file that can be run", () => {
  const shims = Object.values(manifest.bin ?? {});
  assert.ok(shims.length > 0);
  for (const path of shims) {
    accessSync(join(repositoryRoot, path), constants.X_OK);
    const lines = readText(path).split("\n");
    assert.equal(lines[0], "#!/usr/bin/env node", path);
    assert.ok(lines.length - 1 <= 20, path);
  }
});
