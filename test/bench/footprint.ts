// `npm run footprint`: what three servers cost when nobody asks them anything (processor time idle
// and with 1,000 idle clients, memory before and after 100,000 messages), and how long a start with
// those messages takes. Prints figures; judges nothing.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processorSeconds } from "./processes.ts";
import { startReplichat } from "./replichat.ts";
import type { Connection, System } from "./system.ts";

const idleSeconds = 10;
const idleClients = 1_000;
const messages = 100_000;
const depth = 64;

function residentMegabytes(pid: number): number {
  const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(found?.[1] ?? 0) / 1_024);
}

async function printIdle(system: System, what: string): Promise<void> {
  const before = [...system.pids].map(([, pid]) => processorSeconds(pid));
  await sleep(idleSeconds * 1_000);
  const columns = [...system.pids].map(([name, pid], index) => {
    const used = processorSeconds(pid) - (before[index] ?? 0);
    const percent = ((100 * used) / idleSeconds).toFixed(1);
    return `${name} ${percent} % of a processor, ${residentMegabytes(pid)} MB`;
  });
  console.log(`${what}: ${columns.join("; ")}`);
}

async function connectMany(system: System, count: number): Promise<readonly Connection[]> {
  const connections: Connection[] = [];
  for (let first = 0; first < count; first += 50) {
    const batch = Array.from({ length: 50 }, (_, at) => system.connect(first + at, depth));
    connections.push(...(await Promise.all(batch)));
  }
  return connections;
}

/** Every connection keeps `depth` messages outstanding until `count` are confirmed. */
function sendMany(connections: readonly Connection[], count: number): Promise<void> {
  let started = 0;
  let confirmed = 0;
  return new Promise((resolve, reject) => {
    const sendNext = (connection: Connection): void => {
      if (started >= count) return;
      started += 1;
      connection.send((error) => {
        if (error !== null) return reject(error);
        confirmed += 1;
        if (confirmed === count) return resolve();
        sendNext(connection);
      });
    };
    for (const connection of connections) {
      for (let at = 0; at < depth; at += 1) sendNext(connection);
    }
  });
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "replichat-footprint-"));
  let system = await startReplichat(folder);
  try {
    await sleep(2_000);
    await printIdle(system, "idle");
    const idle = await connectMany(system, idleClients);
    await printIdle(system, `${idleClients} idle clients`);
    const senders = await connectMany(system, 50);
    await sendMany(senders, messages);
    await printIdle(system, `after ${messages} messages`);
    await sendMany(senders, messages);
    await printIdle(system, `after ${2 * messages} messages`);
    for (const connection of [...idle, ...senders]) connection.close();
    await system.stop();
    const startedMs = performance.now();
    system = await startReplichat(folder, { addsRecipients: false });
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(2);
    console.log(`start of three with ${2 * messages} messages, processes included: ${seconds} s`);
  } finally {
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
