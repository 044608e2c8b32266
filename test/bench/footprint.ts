// `npm run footprint`: what three servers cost when nobody asks them anything (processor time idle
// and with 1,000 idle clients), how their memory grows with messages that are never read (sealed
// ones, too) and with messages that are read at once, how long a start with 100,000 messages takes,
// what each of very many idle connections takes, and what terminals cost that read nothing. It only
// prints; `--help` says how to ask for one part.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { restGapMs } from "../../src/base/limits.ts";
import { connections, Crowd } from "./crowd.ts";
import { connectMany, sendMany } from "./filling.ts";
import { aliveIn, memoryFlags, residentMegabytes } from "./memory.ts";
import { processorSeconds } from "./processes.ts";
import { connectReaders, readers, type Reader } from "./readers.ts";
import { connectClient, startReplichat, type ReplichatSystem } from "./replichat.ts";
import { slowReaders } from "./slowReader.ts";
import type { Connection } from "./system.ts";
import { bodyBytes, depthMax } from "./system.ts";

const idleSeconds = 10;
const idleClients = 1_000;
const senderCount = 50;
const steps = 8;
const grownMessages = 200_000;
const keptMessages = 100;
const startMessages = 100_000;
const idleConnections = 10_000;
const slowMessages = 200_000;
const wishedCount = process.argv.find((word) => /^\d+$/.test(word));
/** Until then buffers of fixed size are still filling. */
const warmSteps = 2;
const readWaitMs = 60_000;

type Part = (folder: string) => Promise<void>;

async function idle(folder: string): Promise<void> {
  const system = await startReplichat(folder);
  const crowd = new Crowd();
  try {
    await sleep(2_000);
    await printIdle(system, "idle");
    await crowd.grow(system.port, idleClients);
    await printIdle(system, `${idleClients} idle clients`);
  } finally {
    crowd.leave();
    await system.stop();
  }
}

async function printIdle(system: ReplichatSystem, what: string): Promise<void> {
  const before = [...system.pids].map(([, pid]) => processorSeconds(pid));
  await sleep(idleSeconds * 1_000);
  const columns = [...system.pids].map(([name, pid], index) => {
    const used = processorSeconds(pid) - (before[index] ?? 0);
    const percent = ((100 * used) / idleSeconds).toFixed(1);
    return `${name} ${percent} % of a processor, ${residentMegabytes(pid)} MB`;
  });
  console.log(`${what}: ${columns.join("; ")}`);
}

/** Nobody reads: all of it stays unread. */
async function unread(folder: string): Promise<void> {
  await growing(folder, "unread", gatherUnread);
}

async function gatherUnread(system: ReplichatSystem): Promise<Gathering> {
  return { senders: await connectMany(system.connect, senderCount), rested: () => sleep(500) };
}

/** The same, sealed. */
async function sealed(folder: string): Promise<void> {
  await growing(folder, "sealed, unread", gatherUnread, {}, true);
}

/** Everybody reads at once, and everything is acknowledged. */
async function read(folder: string): Promise<void> {
  await growing(folder, "read", (system) => reading(system, false));
}

/** The same, and everything is opened; of each conversation the newest messages stay. */
async function opened(folder: string): Promise<void> {
  const env = { CHAT_KEEP: String(keptMessages) };
  const what = `opened, --keep ${keptMessages}`;
  await growing(folder, what, (system) => reading(system, true), env);
}

async function reading(system: ReplichatSystem, opens: boolean): Promise<Gathering> {
  const people = await connectReaders(system.port, readers, opens);
  const connecting = Array.from({ length: senderCount }, (_, index) => {
    return connectClient(system.port, { index, depth: depthMax, ...readers });
  });
  return { senders: await Promise.all(connecting), rested: () => allRead(people) };
}

async function allRead(people: readonly Reader[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < readWaitMs; waitedMs += 100) {
    await sleep(100);
    if (people.every(({ shown, acknowledged }) => shown === acknowledged)) return sleep(500);
  }
  throw new Error("not everything that was sent has been read and acknowledged");
}

interface Gathering {
  readonly senders: readonly Connection[];
  rested(): Promise<void>;
}

async function growing(
  folder: string,
  what: string,
  gather: (system: ReplichatSystem) => Promise<Gathering>,
  env: Readonly<Record<string, string>> = {},
  isSealed = false,
): Promise<void> {
  const system = await startReplichat(folder, { flags: memoryFlags, env, sealed: isSealed });
  try {
    const { senders, rested } = await gather(system);
    const count = Number(wishedCount ?? grownMessages);
    const step = Math.ceil(count / steps);
    const alive: Map<string, number>[] = [];
    const idle = new Map([...system.pids].map(([name, pid]) => [name, residentMegabytes(pid)]));
    for (let sent = 0; sent <= count; sent += step) {
      if (sent > 0) await sendMany(senders, step);
      await rested();
      alive.push(await printMemory(system, folder, `${sent} messages ${what}`));
    }
    const slopes = [...system.pids.keys()].map((name) => {
      const sizes = alive.slice(warmSteps).map((bytes) => bytes.get(name) ?? Number.NaN);
      return `${name} ${Math.round(slopeOf(sizes) / step)}`;
    });
    console.log(`bytes alive per kept message, ${what}: ${slopes.join(", ")}`);
    printGrown(system, idle, { messages: step * steps, when: "at once" });
    await sleep(restGapMs);
    printGrown(system, idle, { messages: step * steps, when: "when it has come to rest" });
  } finally {
    await system.stop();
  }
}

/** What the system counts, beyond what it counted of each before. */
function printGrown(
  { pids }: ReplichatSystem,
  idle: ReadonlyMap<string, number>,
  { messages, when }: { readonly messages: number; readonly when: string },
): void {
  const grown = [...pids].map(([name, pid]) => {
    const bytes = (residentMegabytes(pid) - (idle.get(name) ?? 0)) * 1_048_576;
    return `${name} ${Math.round(bytes / messages)}`;
  });
  console.log(`bytes of the process per kept message, beyond idle, ${when}: ${grown.join(", ")}`);
}

/** Of the straight line that fits best. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let covariance = 0;
  let variance = 0;
  for (const [index, value] of values.entries()) {
    covariance += (index - middle) * (value - mean);
    variance += (index - middle) ** 2;
  }
  return covariance / variance;
}

/** Bytes alive, by server. */
async function printMemory(
  system: ReplichatSystem,
  folder: string,
  what: string,
): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  const columns: string[] = [];
  for (const [name, pid] of system.pids) {
    const resident = residentMegabytes(pid);
    const { heapBytes, externalBytes } = await aliveIn(pid, folder);
    bytes.set(name, heapBytes + externalBytes);
    const [heap, external] = [heapBytes, externalBytes].map(megabytes);
    columns.push(`${name} ${resident} MB (alive: heap ${heap}, buffers ${external})`);
  }
  console.log(`${what}: ${columns.join("; ")}`);
  return bytes;
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}

async function start(folder: string): Promise<void> {
  const count = Number(wishedCount ?? startMessages);
  let system = await startReplichat(folder);
  try {
    await sendMany(await connectMany(system.connect, senderCount), count);
    await system.stop();
    const startedMs = performance.now();
    system = await startReplichat(folder, { addsRecipients: false });
    const readyMs = performance.now() - startedMs;
    await sendMany([await system.connect(0, 1)], 1);
    const confirmedMs = performance.now() - startedMs;
    const used = [...system.pids].map(([name, pid]) => `${name} ${processorSeconds(pid)} s`);
    const [ready, confirmed] = [readyMs, confirmedMs].map((ms) => (ms / 1_000).toFixed(2));
    const words = `from process start to the last ready line: ${ready} s`;
    const first = `to the first message confirmed: ${confirmed} s`;
    console.log(`start of three with ${count} messages, ${words}, ${first}`);
    console.log(`processor time of that: ${used.join(", ")}`);
  } finally {
    await system.stop();
  }
}

const usage = `npm run footprint -- [PART ...] [N]

  idle         processor time and memory, with nobody and with ${idleClients} idle clients
  unread       memory by messages that nobody reads; N messages, default ${grownMessages}
  sealed       the same of sealed messages, of ${bodyBytes} bytes of text each
  read         the same of messages that are read at once
  opened       the same of messages that are opened, too, by servers with --keep ${keptMessages}
  start        how long a start takes with N messages, default ${startMessages}
  connections  what an idle connection takes, of N, default ${idleConnections}
  slow         what terminals that read nothing take when N messages, default ${slowMessages},
               are sent to them

Without a part: all of them.`;

const parts: Readonly<Record<string, Part>> = {
  idle,
  unread,
  sealed,
  read,
  opened,
  start,
  connections: (folder) => connections(folder, Number(wishedCount ?? idleConnections)),
  slow: (folder) => slowReaders(folder, Number(wishedCount ?? slowMessages)),
};

async function main(words: readonly string[]): Promise<number> {
  const wishes = words.filter((word) => !/^\d+$/.test(word));
  if (!wishes.every((word) => Object.hasOwn(parts, word))) {
    console.log(usage);
    return wishes.includes("--help") ? 0 : 2;
  }
  for (const [name, part] of Object.entries(parts)) {
    if (wishes.length > 0 && !wishes.includes(name)) continue;
    const folder = mkdtempSync(join(tmpdir(), "replichat-footprint-"));
    try {
      await part(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
