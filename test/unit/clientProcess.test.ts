// The client as a process, as far as it goes without servers: usage, version, input line by line,
// and the history on disk. What it does with servers is shown on simulated ones.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { commandLineBytesMax, commandLinesQueuedMax } from "../../src/base/limits.ts";
import { makeHistoryFile } from "../../src/node/historyFile.ts";
import { makeLines } from "../../src/node/lines.ts";

const command = new URL("../../bin/chat-client.js", import.meta.url).pathname;

function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    input: "",
    encoding: "utf8",
    timeout: 20_000,
  });
  return { code: status, out: stdout, err: stderr };
}

test("help and version are said on standard output, with exit code 0", () => {
  const help = run("--help");
  assert.equal(help.code, 0);
  assert.match(help.out, /^Usage: chat-client <host0>/);
  const version = run("-V");
  assert.equal(version.code, 0);
  assert.match(version.out, /^chat-client \d+\.\d+\.\d+\n$/);
});

test("bad usage is said in words on standard error, with exit code 2", () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^No server was named\.\n/],
    [["localhost:0"], /has a bad port/],
    [["localhost", "--colour"], /^Unknown option '--colour'\.\n/],
    [["localhost", "--password-file", "x"], /--password-file needs --user/],
    [
      ["localhost", "--user", "bob", "--password-file", "no/such"],
      /no\/such failed: it does not exist/,
    ],
  ];
  for (const [args, words] of cases) {
    const { code, out, err } = run(...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err, words);
    assert.match(err, /Try chat-client --help\.\n$/);
  }
});

test("an input that cannot be read is no empty one: it is named, with exit code 1", (t) => {
  // A file that opens and cannot be read from its beginning.
  const unreadable = "/proc/self/mem";
  if (!existsSync(unreadable)) return t.skip("this system has no such file");
  const input = openSync(unreadable, "r");
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, "127.0.0.1:9"], {
      stdio: [input, "pipe", "pipe"],
      encoding: "utf8",
      timeout: 20_000,
    });
    assert.deepEqual([status, stdout], [1, ""]);
    const why = "the disk reported an input/output error (EIO)";
    assert.equal(stderr, `The input cannot be read: ${why}.\n`);
  } finally {
    closeSync(input);
  }
});

test("a password file that others can read is taken, with a warning; nothing of it is shown", () => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  const file = join(folder, "bob.pw");
  try {
    for (const [mode, words] of [
      [0o644, /bob\.pw can be read by others\. Run: chmod 600 /],
      [0o600, /^(?!.*can be read by others)/],
    ] as const) {
      writeFileSync(file, "the password of bob\n", { mode });
      chmodSync(file, mode);
      // With a file that is missing it ends right behind the password's.
      const missing = ["--tls-ca", join(folder, "missing")];
      const user = ["--user", "bob", "--password-file", file];
      const { out, err } = run("127.0.0.1:9", ...user, ...missing);
      assert.match(err, words);
      assert.ok(!`${out}${err}`.includes("the password of bob"));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a password file that says nothing is refused in words, before anybody is asked", () => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  const file = join(folder, "bob.pw");
  try {
    for (const text of ["", "\nthe password of bob\n", "\uFEFF\n"]) {
      writeFileSync(file, text, { mode: 0o600 });
      const { code, err } = run("127.0.0.1:9", "--user", "bob", "--password-file", file);
      assert.deepEqual([code, err.includes("has no password in its first line.")], [2, true], text);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an empty script ends well", () => {
  assert.deepEqual(run("127.0.0.1:9"), { code: 0, out: "", err: "" });
});

test("output that cannot be written is said to be lost, with exit code 1", (t) => {
  if (!existsSync("/dev/full")) return t.skip("there is no /dev/full here");
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  const words = "The output cannot be written: the disk is full (ENOSPC).\n";
  for (const [args, input] of [
    [["127.0.0.1:9"], "help\n"],
    [["127.0.0.1:9", "--json"], "send bob hi\nhelp\n"],
    [["--help"], ""],
    [["--version"], ""],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [command, ...args], {
      input,
      stdio: ["pipe", full, "pipe"],
      encoding: "utf8",
      timeout: 20_000,
    });
    assert.deepEqual([status, stderr], [1, words], args.join(" "));
  }
});

test("a reader that has read enough is no fault, and the script ends with its own exit code", async () => {
  for (const [input, expected] of [
    ["help\n", 0],
    ["foo\nhelp\n", 1],
  ] as const) {
    const child = spawn(process.execPath, [command, "127.0.0.1:9"]);
    child.stdout.destroy();
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.stdin.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    assert.deepEqual([code, said], [expected, ""]);
  }
});

test("lines come one by one, however they were cut, the last without its end", async () => {
  const input = new PassThrough();
  const lines = makeLines(input, () => {});
  const bytes = Buffer.from("one\r\nzwei Äpfel\n\nend");
  for (const byte of bytes) input.write(Buffer.from([byte]));
  input.end();
  const read: (string | null)[] = [];
  for (let at = 0; at < 5; at += 1) read.push(await lines.next(false));
  assert.deepEqual(read, ["one", "zwei Äpfel", "", "end", null]);
});

test("an endless line is cut, and a fast writer is made to wait", async () => {
  const input = new PassThrough();
  const lines = makeLines(input, () => {});
  for (let at = 0; at < 100; at += 1) input.write("x".repeat(10_000));
  input.write("\nnext\n");
  const first = await lines.next(false);
  assert.ok((first ?? "").length > commandLineBytesMax, "longer than a line may be");
  assert.ok((first ?? "").length < commandLineBytesMax + 20_000, "and not much longer");
  assert.equal(await lines.next(false), "next");
  input.write("a\n".repeat(commandLinesQueuedMax * 2));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(input.isPaused());
  for (let at = 0; at < commandLinesQueuedMax * 2; at += 1) {
    assert.equal(await lines.next(false), "a");
  }
  assert.ok(!input.isPaused());
  lines.stop();
});

test("the history lasts over restarts, for its owner's eyes alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "history-"));
  try {
    const first = makeHistoryFile({ XDG_STATE_HOME: folder });
    assert.deepEqual(first.load(), []);
    first.add("help");
    first.add("search *");
    const file = join(folder, "replichat", "history");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(makeHistoryFile({ XDG_STATE_HOME: folder }).load(), ["help", "search *"]);
    writeFileSync(file, "line\n".repeat(5_000));
    assert.equal(makeHistoryFile({ XDG_STATE_HOME: folder }).load().length, 1_000);
    assert.equal(readFileSync(file, "utf8").length, 5_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a history that cannot be kept is no reason to fail", () => {
  const history = makeHistoryFile({ XDG_STATE_HOME: "/dev/null" });
  assert.deepEqual(history.load(), []);
  history.add("help");
});
