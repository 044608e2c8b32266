// What signals do to real processes: none opens Node's debugger, at whatever moment it comes, none
// kills without a word, and SIGQUIT ends a server, a client and a terminal in good order.

import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { RealTerminal, whyNoTerminal } from "../support/realTerminal.ts";

const fileOf = (name: string): string => {
  return new URL(`../../bin/chat-${name}.js`, import.meta.url).pathname;
};
const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
const limitMs = 30_000;
const unused = ["SIGUSR1", "SIGUSR2"] as const;

interface Run {
  readonly child: ChildProcess;
  out: string;
  err: string;
  readonly ended: Promise<unknown>;
}

const children: ChildProcess[] = [];
/** A test that failed has left its programs running. */
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function run(words: readonly string[]): Run {
  const child = spawn(process.execPath, words, { stdio: "pipe" });
  children.push(child);
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  const running: Run = { child, out: "", err: "", ended };
  child.stdout?.on("data", (chunk: Buffer) => (running.out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (running.err += chunk.toString()));
  return running;
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    ok(performance.now() < deadline, `waited in vain: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

let servers = 0;

async function startServer(before: readonly string[] = []): Promise<Run> {
  const ports = [await freePort(), await freePort()];
  const state = join(folder, `state-${(servers += 1)}`);
  const own = `127.0.0.1:${ports.join(":")}`;
  const server = run([...before, fileOf("server"), "0", own, "--state", state]);
  const isOver = (): boolean => server.child.exitCode !== null || server.child.signalCode !== null;
  await until(
    () => server.out.includes("ready") || isOver(),
    () => server.err,
  );
  return server;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
  });
}

test("a server names each signal that it does nothing on, once, and opens no debugger", async () => {
  const server = await startServer(["--debug-port=0"]);
  for (const signal of [...unused, ...unused]) {
    server.child.kill(signal);
    await until(
      () => server.err.includes(`nothing is done on ${signal}`),
      () => server.err,
    );
  }
  server.child.kill("SIGTERM");
  equal(await server.ended, 0);
  doesNotMatch(server.err, /Debugger/);
  for (const signal of unused) equal(server.err.split(`done on ${signal}`).length, 2, server.err);
});

test("a debugger that a signal opened before the first line of ours ran is closed", async () => {
  const early = `import inspector from "node:inspector";
    process.kill(process.pid, "SIGUSR1");
    while (!inspector.url()) await new Promise((resolve) => setTimeout(resolve, 1));`;
  const before = ["--debug-port=0", "--import", `data:text/javascript,${early}`];
  const server = await startServer(before);
  const port = Number(/ws:\/\/127\.0\.0\.1:(\d+)/.exec(server.err)?.[1]);
  ok(port > 0, server.err);
  equal(await isOpen(port), false);
  match(server.err, /^Node's debugger, which a SIGUSR1 had opened, is closed again\.$/m);
  server.child.kill("SIGTERM");
  equal(await server.ended, 0);
});

test("SIGQUIT stops a server as SIGTERM does", async () => {
  const server = await startServer();
  server.child.kill("SIGQUIT");
  equal(await server.ended, 0);
  match(server.err, /stopping signal=SIGQUIT/);
});

test("a client goes on after a signal that means nothing, and leaves on SIGQUIT", async () => {
  const client = run(["--debug-port=0", fileOf("client"), "127.0.0.1:9"]);
  const ask = async (times: number): Promise<void> => {
    client.child.stdin?.write("help help\n");
    await until(
      () => client.out.split("for example: help").length > times,
      () => client.out,
    );
  };
  await ask(1);
  for (const signal of unused) client.child.kill(signal);
  await ask(2);
  client.child.kill("SIGQUIT");
  equal(await client.ended, 130);
  doesNotMatch(client.err, /Debugger/);
});

test("a terminal is as it was when SIGQUIT ends the client", { skip: whyNoTerminal }, async () => {
  const pidFile = join(folder, "pid");
  const words = [process.execPath, fileOf("client"), "127.0.0.1:9"].join(" ");
  const client = `sh -c 'echo $$ >${pidFile}; exec ${words}'`;
  const script = `stty -a | cksum; ${client}; echo code $?; stty -a | cksum; sleep 60`;
  const home = { XDG_STATE_HOME: join(folder, "home") };
  const command = ["sh", "-c", script];
  const terminal = new RealTerminal({ columns: 80, rows: 24, command, env: home });
  try {
    await terminal.untilShown("(connecting)>");
    const pid = Number(readFileSync(pidFile, "latin1"));
    process.kill(pid, "SIGUSR1");
    terminal.type("half");
    await terminal.untilShown("half");
    doesNotMatch(terminal.screen().join("\n"), /Debugger/);
    process.kill(pid, "SIGQUIT");
    await terminal.untilShown("code 130");
    await terminal.until(() => sumsOn(terminal).length === 2, "the terminal's settings");
    const [before, then] = sumsOn(terminal);
    deepEqual(then, before);
  } finally {
    terminal.close();
  }
});

function sumsOn(terminal: RealTerminal): readonly string[] {
  return terminal.screen().filter((row) => /^\d+ \d+$/.test(row));
}
