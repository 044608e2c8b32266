// Very many people who are logged in and do nothing: `npm run footprint -- connections`. What each
// of them takes of the server they are connected to, and how well it serves the few who write
// meanwhile. Each says a ping as often as the product's client does. It only prints.

import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { present } from "../../src/base/assert.ts";
import { clientPingMs } from "../../src/base/limits.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { connectMany } from "./filling.ts";
import { login } from "./login.ts";
import { aliveIn, memoryFlags, residentMegabytes } from "./memory.ts";
import { processorSeconds } from "./processes.ts";
import { startReplichat, type ReplichatSystem } from "./replichat.ts";
import { SteadyLoad, wordsOf } from "./steady.ts";

const senderCount = 10;
const sendsPerSecond = 500;
const atOnce = 50;
const measuredSeconds = 10;
const restMs = 3_000;
/** Files that a server has open besides its clients. */
const filesBeside = 200;
const beatsPerPing = 50;
const ping = encodeMessage({ type: "ping", query: 1 });

/** Logged in, and as quiet as the product's client is. */
export class Crowd {
  readonly #sockets: Socket[] = [];
  readonly #timer: NodeJS.Timeout;
  #beat = 0;
  #gone = 0;

  constructor() {
    this.#timer = setInterval(() => this.#sayPings(), clientPingMs / beatsPerPing);
  }

  async grow(port: number, count: number): Promise<void> {
    for (let first = 0; first < count; first += atOnce) {
      const size = Math.min(atOnce, count - first);
      const batch = Array.from({ length: size }, (_, at) => login(port, `idler${first + at}`));
      for (const { socket } of await Promise.all(batch)) this.#add(socket);
    }
  }

  /** Whom the server has let go. */
  get gone(): number {
    return this.#gone;
  }

  leave(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #add(socket: Socket): void {
    socket.on("error", () => undefined).on("close", () => (this.#gone += 1));
    socket.resume();
    this.#sockets.push(socket);
  }

  /** Of every so-manieth each time, so that they do not come all at once. */
  #sayPings(): void {
    this.#beat = (this.#beat + 1) % beatsPerPing;
    for (let at = this.#beat; at < this.#sockets.length; at += beatsPerPing) {
      this.#sockets[at]?.write(ping);
    }
  }
}

export async function connections(folder: string, count: number): Promise<void> {
  const filesMax = openFilesMax();
  if (filesMax < count + filesBeside) {
    console.log(`${count} connections are too many for ulimit -n, which is ${filesMax} here`);
    return;
  }
  const system = await startReplichat(folder, { flags: memoryFlags });
  const crowd = new Crowd();
  try {
    const pid = present(system.pids.get("primary"), "a primary");
    const senders = await connectMany(system.connect, senderCount);
    const load = new SteadyLoad(senders, sendsPerSecond);
    await printServed(load, pid, `${senderCount} clients send, nobody else is there`);
    const before = await memoryOf(system, folder);
    await crowd.grow(system.port, count);
    await sleep(restMs);
    printGrowth(before, await memoryOf(system, folder), count);
    await printServed(load, pid, `the same beside ${count} idle connections`);
    if (crowd.gone > 0) console.log(`${crowd.gone} of them were let go by the server`);
  } finally {
    crowd.leave();
    await system.stop();
  }
}

async function printServed(load: SteadyLoad, pid: number, what: string): Promise<void> {
  load.start();
  await sleep(restMs);
  load.take();
  const before = processorSeconds(pid);
  await sleep(measuredSeconds * 1_000);
  const percent = (((processorSeconds(pid) - before) * 100) / measuredSeconds).toFixed(0);
  console.log(`${what}: primary ${percent} % of a processor; ${wordsOf(load.take())}`);
  await load.stop();
}

interface Memory {
  readonly residentBytes: number;
  readonly aliveBytes: number;
}

type MemoryByServer = ReadonlyMap<string, Memory>;

/** What is resident is read first: the collection that tells what is alive may change it. */
async function memoryOf({ pids }: ReplichatSystem, folder: string): Promise<MemoryByServer> {
  const memory = new Map<string, Memory>();
  for (const [name, pid] of pids) {
    const residentBytes = residentMegabytes(pid) * 1_048_576;
    const { heapBytes, externalBytes } = await aliveIn(pid, folder);
    memory.set(name, { residentBytes, aliveBytes: heapBytes + externalBytes });
  }
  return memory;
}

function printGrowth(before: MemoryByServer, after: MemoryByServer, count: number): void {
  const columns = [...after].map(([name, { residentBytes, aliveBytes }]) => {
    const from = present(before.get(name), "a server that was measured before");
    const [resident, alive] = [
      (residentBytes - from.residentBytes) / count,
      (aliveBytes - from.aliveBytes) / count,
    ].map(Math.round);
    return `${name} ${resident} (alive: ${alive})`;
  });
  console.log(`bytes of the process per idle connection, beyond idle: ${columns.join(", ")}`);
}

/** Infinite where the system does not tell. */
function openFilesMax(): number {
  try {
    const found = /Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"));
    return Number(found?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
