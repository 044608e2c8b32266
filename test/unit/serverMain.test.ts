// chat-server as a process: what it prints, when it is ready, how it stops, and which exit code
// says what. One server alone is a whole cluster, so each test needs just one.

import { equal, match, ok } from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const command = new URL("../../bin/chat-server.js", import.meta.url).pathname;
const clientPort = 21_700 + (process.pid % 100) * 2;
const host = `127.0.0.1:${clientPort}:${clientPort + 1}`;

interface Run {
  readonly child: ChildProcess;
  out: string;
  err: string;
  readonly exited: Promise<number | null>;
}

const children: ChildProcess[] = [];
/** A test that failed has left its server running. */
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** `starter`: what runs the command, with its own arguments. */
function run(args: readonly string[], starter: readonly string[] = [process.execPath]): Run {
  const [program = "", ...before] = starter;
  const words = [...before, command, ...args];
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const exited = once(child, "close").then(([code]) => code as number | null);
  const running: Run = { child, out: "", err: "", exited };
  child.stdout?.on("data", (chunk: Buffer) => (running.out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (running.err += chunk.toString()));
  return running;
}

function ready(running: Run): Promise<void> {
  return until(running, () => running.out.includes("ready"));
}

async function until(running: Run, isOver: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!isOver()) {
    ok(performance.now() < deadline && running.child.exitCode === null, running.err);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "server-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a server that may open so many files logs of its rehearsal. */
async function rehearsalOf(filesMax: number, folder: string): Promise<string> {
  const args = ["0", host, "--state", folder, "--log-level", "debug"];
  const server = run(args, ["sh", "-c", `ulimit -n ${filesMax}; exec "$0" "$@"`, process.execPath]);
  await until(server, () => /rehearsed.*\n/.test(server.err));
  server.child.kill("SIGTERM");
  await server.exited;
  return /debug ((?:not )?rehearsed .*)\n/.exec(server.err)?.[1] ?? server.err;
}

test("a server plays failovers through at its start, unless it has no files to spare", () =>
  inFolder(async (folder) => {
    match(await rehearsalOf(1_024, folder), /^rehearsed ms=\d+$/);
    const why = "This process may open few files.";
    equal(await rehearsalOf(256, folder), `not rehearsed why="${why}"`);
  }));

test("a server says once that it is ready, and stops cleanly when asked", () =>
  inFolder(async (folder) => {
    const server = run(["0", host, "--state", folder]);
    await ready(server);
    const startMs = performance.now();
    server.child.kill("SIGTERM");
    equal(await server.exited, 0);
    ok(performance.now() - startMs < 2_000, "a stop takes half a second at most");
    const clients = `clients=127.0.0.1:${clientPort}`;
    const peers = `peers=127.0.0.1:${clientPort + 1}`;
    equal(server.out, `ready id=0 role=primary view=1 ${clients} ${peers}\n`);
    match(await readFile(join(folder, "secret"), "latin1"), /^[0-9a-f]{64}\n$/);
  }));

test("bad usage is said on stderr and ends with 2", async () => {
  const server = run(["7", "a", "b"]);
  equal(await server.exited, 2);
  match(server.err, /^The id must be a number from 0 to 1.*not "7"\.\nTry: chat-server --help\n$/);
  equal(server.out, "");
});

test("help and version are printed on stdout and end with 0", async () => {
  const [help, version] = [run(["--help"]), run(["-V"])];
  equal(await help.exited, 0);
  match(help.out, /^Usage: chat-server ID HOST0/);
  equal(await version.exited, 0);
  match(version.out, /^chat-server \d+\.\d+\.\d+\n$/);
});

test("a port in use is named, with a guess at who has it, and ends with 1", () =>
  inFolder(async (folder) => {
    const other = createServer().listen(clientPort, "127.0.0.1");
    await once(other, "listening");
    const server = run(["0", host, "--state", folder]);
    equal(await server.exited, 1);
    match(server.err, new RegExp(`Port ${clientPort} is in use\\. Is server 0 already running`));
    other.close();
  }));

test("a state folder that cannot be used is named and ends with 3", () =>
  inFolder(async (folder) => {
    const file = join(folder, "file");
    await writeFile(file, "in the way");
    const server = run(["0", host, "--state", file]);
    equal(await server.exited, 3);
    match(server.err, /file/);
  }));

test("a folder that another server holds is not shared", () =>
  inFolder(async (folder) => {
    const first = run(["0", host, "--state", folder]);
    await ready(first);
    const elsewhere = `127.0.0.1:${clientPort + 50}:${clientPort + 51}`;
    const second = run(["0", elsewhere, "--state", folder]);
    equal(await second.exited, 3);
    match(second.err, /Another server uses/);
    first.child.kill("SIGINT");
    equal(await first.exited, 0);
  }));
