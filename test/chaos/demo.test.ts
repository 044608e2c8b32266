// `npm start` where there is no terminal: it plays by itself, proves what was promised and leaves
// nothing behind, however it ends. Processes are known by the temporary folder in their command
// line.

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { processesNaming } from "../support/processes.ts";

const demoFile = fileURLToPath(new URL("../../bin/chat-demo.js", import.meta.url));
const startLimitMs = 40_000;
const endLimitMs = 10_000;
const pollMs = 50;

let temporary: string;
let demo: ChildProcess;
let printed: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "replichat-test-"));
  printed = "";
  demo = start();
});

function start(): ChildProcess {
  const child = spawn(process.execPath, [demoFile], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: temporary },
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  return child;
}

afterEach(async () => {
  demo.kill("SIGKILL");
  // One that is stopped does not see that it is to end.
  for (const pid of started()) process.kill(pid, "SIGCONT");
  await untilGone();
  rmSync(temporary, { recursive: true, force: true });
});

const started = (): readonly number[] => processesNaming(temporary);

async function until(condition: () => boolean, what: string, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    assert.ok(performance.now() < endMs, `waited in vain for ${what}; printed:\n${printed}`);
    await pause(pollMs);
  }
}

const untilGone = (): Promise<void> => {
  return until(() => started().length === 0, "all servers to end", endLimitMs);
};
const untilTalking = (): Promise<void> => {
  return until(() => printed.includes("is primary"), "the start", startLimitMs);
};

test("without a terminal the demo plays by itself, kills two, ends with the proof", async () => {
  const [code] = (await once(demo, "close")) as [number | null];
  const lines = printed.trimEnd().split("\n");
  assert.match(printed, /no terminal here to chat on, so for ten seconds the demo plays by itself/);
  const proof = /^([\d,]+) sent, \1 stored, \1 shown, 0 twice, 0 out of order, (\d+) failovers?, /;
  assert.match(lines.at(-1) ?? "", proof);
  assert.equal(lines.filter((line) => line.includes("kill -9 of server")).length, 2);
  assert.equal(code, 0);
  await untilGone();
  assert.deepEqual(readdirSync(temporary), []);
});

for (const signal of ["SIGTERM", "SIGQUIT"] as const) {
  test(`a demo that is told to end by ${signal} takes its servers and its folder with it`, async () => {
    await untilTalking();
    if (process.platform === "linux") assert.equal(started().length, 3);
    demo.kill(signal);
    const [code] = (await once(demo, "close")) as [number | null];
    assert.equal(code, 130);
    await untilGone();
    assert.deepEqual(readdirSync(temporary), []);
  });
}

test("a demo goes on when it gets a signal that means nothing to it", async () => {
  await untilTalking();
  for (const signal of ["SIGUSR1", "SIGUSR2"] as const) demo.kill(signal);
  const [code] = (await once(demo, "close")) as [number | null];
  assert.equal(code, 0);
});

test("the servers of a demo that was killed with -9 end by themselves, and the next one tidies up", async () => {
  await untilTalking();
  const [left = ""] = readdirSync(temporary);
  // One that is stopped cannot see that its demo has gone.
  const [stopped] = started();
  if (stopped !== undefined) process.kill(stopped, "SIGSTOP");
  demo.kill("SIGKILL");
  const isStopped = (pid: number): boolean => pid === stopped;
  await until(() => started().every(isStopped), "the servers to end", endLimitMs);
  printed = "";
  demo = start();
  await untilTalking();
  assert.ok(!readdirSync(temporary).includes(left));
  if (stopped !== undefined) assert.ok(!started().includes(stopped));
  demo.kill("SIGTERM");
  await once(demo, "close");
  await untilGone();
  assert.deepEqual(readdirSync(temporary), []);
});

test("a demo whose output cannot be written says so, and leaves nothing behind", async (t) => {
  if (!existsSync("/dev/full")) return t.skip("there is no /dev/full here");
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  const own = mkdtempSync(join(temporary, "full-"));
  const { status, stderr } = spawnSync(process.execPath, [demoFile], {
    stdio: ["ignore", full, "pipe"],
    env: { ...process.env, TMPDIR: own },
    encoding: "utf8",
    timeout: startLimitMs,
  });
  const words = "The output cannot be written: the disk is full (ENOSPC).\n";
  assert.deepEqual([status, stderr, readdirSync(own)], [1, words, []]);
});
