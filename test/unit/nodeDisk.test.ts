// What only the real folder can show: rights, symbolic links, words for what went wrong, and a lock
// that a killed process does not leave behind.

import { equal, match, ok, rejects } from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { openNodeDisk } from "../../src/node/disk.ts";
import type { DiskFile } from "../../src/ports.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "replichat-disk-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("makes the folder and its files for their owner alone", () =>
  inFolder(async (folder) => {
    const path = join(folder, "state", "server-0");
    const disk = await openNodeDisk(path);
    await (await disk.create("meta")).close();
    equal((await stat(path)).mode & 0o777, 0o700);
    equal((await stat(join(path, "meta"))).mode & 0o777, 0o600);
  }));

test("follows no symbolic link, neither to read nor to write", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "secret"), "secret");
    await symlink(join(folder, "secret"), join(folder, "journal-1"));
    const disk = await openNodeDisk(folder);
    const words = /journal-1 failed: it is a symbolic link, which is not followed/;
    await rejects(disk.open("journal-1"), words);
    await rejects(disk.read("journal-1", { offset: 0, length: 6 }), words);
    await rejects(disk.create("journal-1"), /journal-1 failed: it exists already/);
  }));

test("says which file failed and why", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "plain"), "");
    await rejects(openNodeDisk(join(folder, "plain", "deeper")), /deeper failed: .*\(ENOTDIR\)/);
    const disk = await openNodeDisk(folder);
    await rejects(disk.remove("meta"), /Removing .*\/meta failed: it does not exist \(ENOENT\)/);
    await mkdir(join(folder, "journal-1"));
    await rejects(disk.open("journal-1"), /Opening .*journal-1 failed: it is a folder/);
  }));

test("a killed process leaves no locked folder behind, a living or stopped one does", () =>
  inFolder(async (folder) => {
    const disk = await openNodeDisk(folder);
    const child = await holder(folder);
    equal(await disk.lock(), false);
    child.kill("SIGSTOP");
    equal(await disk.lock(), false);
    child.kill("SIGKILL");
    await once(child, "exit");
    ok((await readdir(folder)).some((name) => name.startsWith("lock-")));
    equal(await disk.lock(), true);
    await disk.unlock();
    equal((await readdir(folder)).length, 0);
  }));

test("a lock whose pid now belongs to somebody else is void", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, `lock-${process.ppid}-0badb007-12345`), "");
    const disk = await openNodeDisk(folder);
    equal(await disk.lock(), true);
    await disk.unlock();
  }));

test("of many that start at once exactly one gets the folder", () =>
  inFolder(async (folder) => {
    const children = await Promise.all([1, 2, 3].map(() => start(folder)));
    const answers = await Promise.all(children.map(answerOf));
    for (const child of children) child.kill("SIGKILL");
    equal(answers.filter((answer) => answer === "true").length, 1, answers.join());
  }));

async function holder(folder: string): Promise<ChildProcess> {
  const child = await start(folder);
  equal(await answerOf(child), "true");
  return child;
}

async function start(folder: string): Promise<ChildProcess> {
  const disk = pathToFileURL(join(import.meta.dirname, "../../src/node/disk.ts"));
  const script = `
    const { openNodeDisk } = await import(${JSON.stringify(disk.href)});
    const disk = await openNodeDisk(${JSON.stringify(folder)});
    console.log(await disk.lock());
    setInterval(() => {}, 1000);`;
  const args = ["--import", "tsx", "--input-type=module", "-e", script];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

async function answerOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the child has no output");
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  return `${chunk}`.trim();
}

const blocksLetters = 4_096;

function writeBlocks(file: DiskFile, bytes: Buffer): Promise<Error | null> {
  return new Promise((resolve) => file.writeBlocks(bytes, 0, resolve));
}

test("whole blocks that the system does not take as such are written the usual way", () =>
  inFolder(async (folder) => {
    const disk = await openNodeDisk(folder);
    const file = await disk.create("journal-1");
    // It does not begin with a page.
    const bytes = Buffer.allocUnsafeSlow(blocksLetters + 1)
      .subarray(1)
      .fill("x");
    equal(await writeBlocks(file, bytes), null);
    equal(await writeBlocks(file, bytes.fill("y")), null);
    await file.close();
    const written = await disk.read("journal-1", { offset: 0, length: 2 * blocksLetters });
    equal(written.toString("latin1"), "y".repeat(blocksLetters));
  }));

test("a file that is closed while its first blocks are to be written is let go of", () =>
  inFolder(async (folder) => {
    const disk = await openNodeDisk(folder);
    const file = await disk.create("journal-1");
    const written = writeBlocks(file, disk.blockMemory(blocksLetters).subarray(0, blocksLetters));
    await file.close();
    const size = await disk.sizeBytes("journal-1");
    const said = await written;
    equal(await disk.sizeBytes("journal-1"), size, "nothing is written afterwards");
    if (disk.blockBytes === 1) return;
    match(said?.message ?? "", /^Writing .*journal-1 failed: it has been closed\.$/);
    const numbers = await readdir("/proc/self/fd");
    const names = await Promise.all(
      numbers.map((at) => readlink(`/proc/self/fd/${at}`).catch(() => "gone")),
    );
    equal(names.filter((name) => name.startsWith(folder)).length, 0);
  }));
