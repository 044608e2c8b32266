// Redis for the bench, asked for the same promise as ours: one primary and two replicas, each with
// an append-only file that is synced before anything is answered, no images. Started from the
// `redis-server` that is installed, on free ports, with files in the bench's own folder; none
// outlives the bench.

import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts, type ServerProcess, startProgram } from "../processes.ts";
import type { Connect, StartSystem, System } from "../system.ts";
import { type Confirmation, confirmationOf, versionIn } from "./commands.ts";
import { askRedis, connectRedis } from "./connection.ts";

const readyTimeoutMs = 20_000;
const pollMs = 20;
/** A shell that ends the server when its own input ends, however the bench does. */
const keeper = 'redis-server "$@" >redis.log 2>&1 & echo started; cat >/dev/null; kill $!; wait $!';
const settings = [
  "appendonly yes",
  "appendfsync always",
  "auto-aof-rewrite-percentage 0",
  "repl-diskless-sync yes",
  "repl-diskless-sync-delay 0",
];
const names = ["primary", "secondary1", "secondary2"];

export interface RedisHere {
  readonly version: string;
  readonly confirmation: Confirmation;
  readonly start: StartSystem;
}

/** null when it is not installed. */
export function findRedis(): RedisHere | null {
  const { stdout, error } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  const version = error === undefined ? versionIn(stdout) : null;
  if (version === null) return null;
  const confirmation = confirmationOf(version);
  // Since 7.0 the append-only file is several, in a folder of their own.
  const logFolder = Number.parseInt(version) >= 7 ? "appendonlydir" : ".";
  const start: StartSystem = (folder) => startRedis(folder, { confirmation, logFolder });
  return { version, confirmation, start };
}

interface Ways {
  readonly confirmation: Confirmation;
  readonly logFolder: string;
}

async function startRedis(folder: string, ways: Ways): Promise<System> {
  const ports = await freePorts(names.length);
  const started: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()));
  };
  try {
    const pids = new Map<string, number>();
    for (const [id, port] of ports.entries()) {
      const replicated = id === 0 ? [] : ["--replicaof", "127.0.0.1", String(ports[0])];
      const ownFolder = join(folder, String(id));
      await mkdir(ownFolder);
      started.push(await startServer(ownFolder, port, replicated));
      pids.set(names[id] ?? "", await pidOf(port));
    }
    const port = ports[0] ?? 0;
    await untilReplicated(port);
    const logs = names.map((name, id) => {
      const at = join(folder, String(id), ways.logFolder);
      return [name, { folder: at, pattern: /\.aof$/ }] as const;
    });
    const connect: Connect = (_index, depth) => {
      return connectRedis(port, { confirmation: ways.confirmation, depth });
    };
    return { pids, logs: new Map(logs), reportFolder: null, connect, openAudience: null, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startServer(
  folder: string,
  port: number,
  more: readonly string[],
): Promise<ServerProcess> {
  const where = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", ""];
  const set = settings.flatMap((setting) => `--${setting}`.split(" "));
  const args = ["-c", keeper, "redis", ...where, ...set, ...more];
  return startProgram("sh", args, { cwd: folder, stopsWith: "end of input" });
}

/** Asks until it answers: it has just been started. */
async function pidOf(port: number): Promise<number> {
  let pid = Number.NaN;
  await until("Redis did not start", async () => {
    pid = Number(/process_id:(\d+)/.exec(await infoOf(port, "server"))?.[1]);
    return pid > 0;
  });
  return pid;
}

function untilReplicated(port: number): Promise<void> {
  return until("the replicas of Redis did not connect", async () => {
    const found = (await infoOf(port, "replication")).match(/^slave\d+:.*state=online/gm);
    return found?.length === names.length - 1;
  });
}

async function infoOf(port: number, section: string): Promise<string> {
  const reply = await askRedis(port, "INFO", section).catch(() => null);
  return reply?.kind === "string" ? (reply.text ?? "") : "";
}

async function until(complaint: string, condition: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < readyTimeoutMs; waitedMs += pollMs) {
    if (await condition()) return;
    await sleep(pollMs);
  }
  throw new Error(`${complaint} within ${readyTimeoutMs} ms`);
}
