// The secret is made once, whoever starts first, and read by all others. On the real file system,
// in a folder of each test's own.

import { equal, match, ok, rejects } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openNodeDisk } from "../../src/node/disk.ts";
import { readOrMakeSecret } from "../../src/node/files.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "secret-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("many that start at once share one secret, which only its owner can read", () =>
  inFolder(async (folder) => {
    const path = join(folder, "deep", "secret");
    const made = await Promise.all(Array.from({ length: 20 }, () => readOrMakeSecret(path)));
    equal(new Set(made.map(({ secret }) => secret)).size, 1);
    match(made[0]?.secret ?? "", /^[0-9a-f]{64}$/);
    equal((await stat(path)).mode & 0o777, 0o600);
    ok(made.every(({ isOpen }) => !isOpen));
    equal((await readdir(join(folder, "deep"))).length, 1, "nothing is left beside it");
  }));

test("a secret put there by hand is taken as it is, and one that others can read is noticed", () =>
  inFolder(async (folder) => {
    const path = join(folder, "secret");
    await writeFile(path, "a secret-of-our-own\n".replace(" ", "-"), { mode: 0o644 });
    const { secret, isOpen } = await readOrMakeSecret(path);
    equal(secret, "a-secret-of-our-own");
    ok(isOpen);
  }));

test("where no folder can be made, that is said in words", () =>
  inFolder(async (folder) => {
    const file = join(folder, "file");
    await writeFile(file, "");
    for (const path of [file, join(file, "deep")]) {
      const words = new RegExp(`${path} cannot be made: there is a file on the way\\. Name`);
      await rejects(readOrMakeSecret(join(path, "secret")), words);
    }
  }));

test("where the system makes no folders, that is said, too, instead of trying on for ever", async (t) => {
  if (!existsSync("/proc/self")) return t.skip("there is no /proc here");
  for (const path of ["/proc/none", "/proc/none/deep"]) {
    const words = new RegExp(`${path} cannot be made: it does not exist \\(ENOENT\\)\\. Name`);
    await rejects(readOrMakeSecret(join(path, "secret")), words);
    await rejects(
      openNodeDisk(path),
      /Creating the folder \/proc\/none.* failed: it does not exist/,
    );
  }
});

test("where the secret cannot be made, its folder being there, it is said what to do", async (t) => {
  if (!existsSync("/proc/self")) return t.skip("there is no /proc here");
  const words =
    /secret cannot be made: .* \(E[A-Z]+\)\. Name a folder for it that can be written\.$/;
  await rejects(readOrMakeSecret("/proc/secret"), words);
});

test("what cannot be read is said with the system's reason in words", () =>
  inFolder(async (folder) => {
    const path = join(folder, "secret");
    await mkdir(path);
    await rejects(readOrMakeSecret(path), /secret cannot be read: it is a folder \(EISDIR\)\.$/);
  }));

test("a file that can be no secret is named", () =>
  inFolder(async (folder) => {
    const path = join(folder, "secret");
    await writeFile(path, "short");
    await rejects(readOrMakeSecret(path), /secret is no secret: one line of 16 to 512/);
  }));

test("a secret whose file is empty is waited for, and then said to be missing", () =>
  inFolder(async (folder) => {
    const path = join(folder, "secret");
    await writeFile(path, "");
    await rejects(readOrMakeSecret(path), /secret is empty\. Remove it, or copy the secret of/);
    equal((await stat(path)).size, 0);
  }));
