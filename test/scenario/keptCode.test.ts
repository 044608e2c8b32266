// Shows that transpiled code is kept between starts, and run, only from a folder that nobody else
// can write to, and that a start needs no such folder. Kept code is told from fresh code by being
// altered in the folder: where it is trusted, the alteration shows.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const ownUid = process.geteuid?.() ?? -1;
const saysItsWord = (word: string): string => `
  import { said } from "./said.ts";
  export async function main(): Promise<void> {
    console.log(said("${word}"));
  }
`;
const said = `
  export function said(word: string): string {
    const { TMPDIR = "none", TSX_DISABLE_CACHE = "" } = process.env;
    return word + " in " + TMPDIR + TSX_DISABLE_CACHE;
  }
`;

let folder = "";
let installed = "";
let caches = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "replichat-kept-"));
  installed = join(folder, "node_modules", "replichat");
  for (const path of ["package.json", "bin", "src/register.js", "src/node"]) {
    await mkdir(dirname(join(installed, path)), { recursive: true });
    await cp(join(root, path), join(installed, path), { recursive: true });
  }
  await mkdir(join(installed, "src/server"));
  await writeFile(join(installed, "src/server/said.ts"), said);
  await symlink(join(root, "node_modules", "tsx"), join(folder, "node_modules", "tsx"));
});
after(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  await writeFile(join(installed, "src/server/main.ts"), saysItsWord("fresh"));
  caches = await mkdtemp(join(folder, "caches-"));
});

/** What a start prints. */
async function start(environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const env = { ...process.env, TMPDIR: "/var/tmp", XDG_CACHE_HOME: caches, ...environment };
  const { stdout } = await run(process.execPath, [join(installed, "bin/chat-server.js")], { env });
  return stdout.trim();
}

function innerFolder(): string {
  return join(caches, "replichat", `tsx-${ownUid}`);
}

async function keptFiles(): Promise<readonly string[]> {
  return (await readdir(innerFolder())).map((name) => join(innerFolder(), name));
}

/** A folder with code in it that a start would not make itself. */
async function alterKeptCode(): Promise<void> {
  await start();
  for (const file of await keptFiles()) {
    await writeFile(file, (await readFile(file, "utf8")).replace("fresh", "kept"));
  }
}

test("what was transpiled once is run again, from a folder of the user's own", async () => {
  await alterKeptCode();
  assert.equal(await start(), "kept in /var/tmp");
});

test("the home's .cache holds it where no other folder is named", async () => {
  const home = { HOME: join(caches, "home"), XDG_CACHE_HOME: undefined };
  await mkdir(home.HOME);
  assert.equal(await start(home), "fresh in /var/tmp");
  const made = await readdir(join(home.HOME, ".cache", "replichat", `tsx-${ownUid}`));
  assert.ok(made.length > 0);
});

test("a changed source is transpiled anew", async () => {
  await alterKeptCode();
  await writeFile(join(installed, "src/server/main.ts"), saysItsWord("changed"));
  assert.equal(await start(), "changed in /var/tmp");
});

test("kept code that was cut short is made anew", async () => {
  await alterKeptCode();
  for (const file of await keptFiles()) await truncate(file, 40);
  assert.equal(await start(), "fresh in /var/tmp");
  for (const file of await keptFiles()) await truncate(file, 0);
  assert.equal(await start(), "fresh in /var/tmp");
});

test("several servers may start at once, before anything is kept", async () => {
  const words = await Promise.all([start(), start(), start()]);
  assert.deepEqual(words, Array(3).fill("fresh in /var/tmp"));
  assert.equal((await keptFiles()).length, 2);
});

const spoilers = new Map<string, () => Promise<void>>([
  ["the folder may be written to by its group", () => chmod(join(caches, "replichat"), 0o770)],
  ["the folder may be written to by anybody", () => chmod(join(caches, "replichat"), 0o702)],
  ["the folder of the code may be written to by its group", () => chmod(innerFolder(), 0o720)],
  ["the folder is a symbolic link", () => moveAway(join(caches, "replichat"))],
  ["the folder of the code is a symbolic link", () => moveAway(innerFolder())],
  ["the folder can be replaced by others", () => chmod(caches, 0o777)],
]);

async function moveAway(path: string): Promise<void> {
  await rename(path, `${path}-elsewhere`);
  await symlink(`${path}-elsewhere`, path);
}

for (const [spoilt, spoil] of spoilers) {
  test(`no kept code is run where ${spoilt}`, async () => {
    await alterKeptCode();
    await spoil();
    assert.equal(await start(), "fresh in /var/tmp");
  });
}

test("no kept code is run where a folder further up can be replaced by others", async () => {
  const above = caches;
  caches = join(above, "deep", "deeper");
  await mkdir(caches, { recursive: true });
  await alterKeptCode();
  await chmod(above, 0o777);
  assert.equal(await start(), "fresh in /var/tmp");
});

test("nothing is made where a symbolic link of somebody else's leads", async () => {
  const elsewhere = await mkdtemp(join(folder, "elsewhere-"));
  await symlink(elsewhere, join(caches, "replichat"));
  assert.equal(await start(), "fresh in /var/tmp");
  assert.deepEqual(await readdir(elsewhere), []);
});

test("a folder beside others' is safe where only owners may rename", async () => {
  await alterKeptCode();
  await chmod(caches, 0o1777);
  assert.equal(await start(), "kept in /var/tmp");
});

interface OwnedFolder {
  ownedFolder(options: { environment: NodeJS.ProcessEnv; uid: number }): string | null;
}

/** Plain JavaScript without types, called as they stand in its comment. */
async function importOwnedFolder(): Promise<OwnedFolder> {
  const path = "../../src/node/ownedFolder.js";
  return (await import(path)) as OwnedFolder;
}

test("another user's folder is not used", async () => {
  await start();
  const { ownedFolder } = await importOwnedFolder();
  const environment = { XDG_CACHE_HOME: caches };
  assert.equal(ownedFolder({ environment, uid: ownUid }), join(caches, "replichat"));
  await rename(innerFolder(), join(caches, "replichat", `tsx-${ownUid + 1}`));
  assert.equal(ownedFolder({ environment, uid: ownUid + 1 }), null);
});

test("nothing is made in another user's folder", async () => {
  const { ownedFolder } = await importOwnedFolder();
  const isRoot = ownUid === 0;
  if (isRoot) await chown(caches, 65_534, 65_534);
  const environment = { XDG_CACHE_HOME: join(caches, "new") };
  assert.equal(ownedFolder({ environment, uid: isRoot ? 0 : ownUid + 1 }), null);
  const beneath = { XDG_CACHE_HOME: caches };
  assert.equal(ownedFolder({ environment: beneath, uid: isRoot ? 0 : ownUid + 1 }), null);
  assert.deepEqual(await readdir(caches), []);
});

test("a start needs no folder for code, and changes no variable without one", async () => {
  assert.equal(await start({ XDG_CACHE_HOME: "/proc/nowhere" }), "fresh in /var/tmp");
  assert.equal(await start({ XDG_CACHE_HOME: "", HOME: "relative" }), "fresh in /var/tmp");
  assert.equal(await start({ TMPDIR: undefined }), "fresh in none");
});

test("not even what transpiles is told of another temporary folder", async () => {
  const wrapper = join(caches, "esbuild");
  const binary = join(root, "node_modules/@esbuild", `${process.platform}-${process.arch}`);
  const told = join(caches, "told");
  const lines = ["#!/bin/sh", `echo "$TMPDIR" > "${told}"`, `exec "${binary}/bin/esbuild" "$@"`];
  await writeFile(wrapper, lines.join("\n"), { mode: 0o700 });
  assert.equal(await start({ ESBUILD_BINARY_PATH: wrapper }), "fresh in /var/tmp");
  assert.equal(await readFile(told, "utf8"), "/var/tmp\n");
});
