// Folders that dead processes have left: those are removed, and nothing else is, however much it
// looks like one; and what is said where no such folder can be made.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { makePassingFolder, removeForsakenFolders } from "../../src/node/passingFolders.ts";

const root = mkdtempSync(join(tmpdir(), "replichat-test-"));
const demo = fileURLToPath(new URL("../../bin/chat-demo.js", import.meta.url));
const usual = process.env["TMPDIR"];

before(() => (process.env["TMPDIR"] = root));
after(() => {
  if (usual === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = usual;
  rmSync(root, { recursive: true, force: true });
});

/** As a process would have called it that is dead. */
function named(own: string, change: (maker: readonly string[]) => readonly string[]): string {
  const parts = own.slice("passing-".length).split("_");
  return `passing-${change(parts).join("_")}`;
}

test("what a dead process has left is removed, and what a living one needs stays", async () => {
  const folder = await makePassingFolder("passing");
  const own = folder.slice(root.length + 1);
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const forsaken = named(own, ([, ...rest]) => [`${pid}`, ...rest]);
  const reused = named(own, ([id = "", place = "", start = "", tail = ""]) => {
    return [id, place, `${start}1`, tail];
  });
  mkdirSync(join(root, forsaken, "server-0"), { recursive: true });
  writeFileSync(join(root, forsaken, "server-0", "journal-1"), "x");
  mkdirSync(join(root, reused));
  assert.deepEqual(await removeForsakenFolders("passing"), []);
  assert.deepEqual(readdirSync(root), [own]);
  rmSync(folder, { recursive: true });
});

test("links, files, folders of other places and of other names are left alone", async () => {
  const folder = await makePassingFolder("passing");
  const own = folder.slice(root.length + 1);
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const dead = (tail: string): string => {
    return named(own, ([, place = "", start = ""]) => [`${pid}`, place, start, tail]);
  };
  const kept = join(root, "kept");
  mkdirSync(join(kept, "inside"), { recursive: true });
  symlinkSync(kept, join(root, dead("linked")));
  writeFileSync(join(root, dead("afile1")), "x");
  const elsewhere = named(own, ([, place = "", start = ""]) => [
    `${pid}`,
    `${place}9`,
    start,
    "abcdef",
  ]);
  mkdirSync(join(root, elsewhere));
  mkdirSync(join(root, "passing-AbCdEf"));
  mkdirSync(join(root, `passing-${pid}_x`));
  mkdirSync(join(root, `other${dead("abcdef")}`));
  const all = readdirSync(root);
  assert.deepEqual(await removeForsakenFolders("passing"), []);
  assert.deepEqual(readdirSync(root), all);
  assert.deepEqual(readdirSync(kept), ["inside"]);
});

test("where no temporary folder can be made the demo says why and what next, on one line", () => {
  const missing = join(root, "missing");
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo], {
    env: { ...process.env, TMPDIR: missing },
    encoding: "utf8",
  });
  const why = `No temporary folder can be made in ${missing}: it does not exist (ENOENT).`;
  const next = "Set TMPDIR to a folder that you can write to. Or name one with --state.";
  assert.deepEqual([status, stdout, stderr], [1, "", `${why} ${next}\n`]);
});

test("where what was left cannot be looked for, that is said", async () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  process.env["TMPDIR"] = file;
  const [problem = "", ...others] = await removeForsakenFolders("passing");
  process.env["TMPDIR"] = root;
  assert.match(problem, /^Looking for what a killed run left in .* is not a folder \(ENOTDIR\)\.$/);
  assert.deepEqual(others, []);
});
