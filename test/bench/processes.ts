// Server processes of a bench: each says "ready" on stdout, ends when its stdin ends (so that none
// outlives the bench, however that ends), and is waited for when it is stopped.
// Ports are chosen at run time below the ephemeral range.

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 4_000;
const lowestPort = 20_000;
const highestPort = 32_000;
const registerUrl = new URL("../../src/register.js", import.meta.url).href;

export interface ProcessOptions {
  /** Of Node, before its program. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ServerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Runs one TypeScript file under Node and returns when it has said that it is ready. */
export function startProcess(
  file: URL,
  args: readonly string[],
  { flags, env }: ProcessOptions,
): Promise<ServerProcess> {
  return startNode(["--import", registerUrl, ...flags, file.pathname, ...args], env);
}

/** Runs Node and returns when the process has said something on stdout. */
export function startNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  return startProgram(process.execPath, [...profileFlags(), ...args], { env });
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stopsWith?: "SIGTERM" | "end of input";
}

export async function startProgram(
  command: string,
  args: readonly string[],
  { env = {}, cwd = process.cwd(), stopsWith = "SIGTERM" }: ProgramOptions,
): Promise<ServerProcess> {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
    cwd,
  });
  const stop = (): Promise<void> => stopChild(child, stopsWith);
  try {
    await untilReady(child);
  } catch (error) {
    await stop();
    throw error;
  }
  assert(child.pid !== undefined);
  return { pid: child.pid, stop };
}

/** With BENCH_PROFILE=DIR every process leaves a profile of its processor time in that folder. */
function profileFlags(): readonly string[] {
  const folder = process.env["BENCH_PROFILE"];
  return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}

/** For the process itself: says that it serves, and ends with its parent. */
export function sayReady(): void {
  process.stdin.on("end", () => process.exit(0)).resume();
  process.stdout.write("ready\n");
}

/** Seconds of processor time so far; NaN where the system does not tell. */
export function processorSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Different ports of 127.0.0.1 that nobody listens on. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = lowestPort + Math.floor(Math.random() * (highestPort - lowestPort));
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}

async function untilReady(child: ChildProcess): Promise<void> {
  const timeout = AbortSignal.timeout(readyTimeoutMs);
  const ended = once(child, "exit", { signal: timeout }).then(([code]) => {
    throw new Error(`a server process ended before it was ready (exit code ${String(code)})`);
  });
  // Whichever comes second interests nobody.
  ended.catch(() => undefined);
  assert(child.stdout !== null);
  const spoken = once(child.stdout, "data", { signal: timeout });
  spoken.catch(() => undefined);
  await Promise.race([spoken, ended]).catch((cause: unknown) => {
    if (!timeout.aborted) throw cause;
    throw new Error(`a server process was not ready within ${readyTimeoutMs} ms`);
  });
  child.stdout.resume();
}

async function stopChild(child: ChildProcess, how: "SIGTERM" | "end of input"): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  if (how === "SIGTERM") child.kill("SIGTERM");
  else child.stdin?.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}
