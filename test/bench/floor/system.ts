// The speed floor: the least that three Node processes can do to confirm a message that all of them
// hold on disk. No chat, no views, no checksums. What ours costs above it is the price of the rest.

import { once } from "node:events";
import type { Socket } from "node:net";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import type { ServerProcess } from "../processes.ts";
import { freePorts, startProcess } from "../processes.ts";
import { reportEnvironment, reportFlags } from "../reports.ts";
import type { Connect, Connection, LogFiles, SendDone, System } from "../system.ts";
import { bodyBytes } from "../system.ts";

const answerBytes = 4;
const message = Buffer.alloc(4 + bodyBytes, "x");
message.writeUInt32LE(bodyBytes, 0);
const main = new URL("./main.ts", import.meta.url);

export async function startFloor(folder: string): Promise<System> {
  const [port = 0, ...secondaryPorts] = (await freePorts(3)).map(Number);
  const started: ServerProcess[] = [];
  const pids = new Map<string, number>();
  const env = reportEnvironment(folder);
  async function stop(): Promise<void> {
    await Promise.all(started.map((one) => one.stop()));
  }
  async function start(name: string, args: readonly string[]): Promise<void> {
    const [role = "", ...ports] = args;
    const words = [role, join(folder, `${name}.log`), ...ports];
    const server = await startProcess(main, words, { flags: reportFlags, env });
    started.push(server);
    pids.set(name, server.pid);
  }
  try {
    for (const [index, secondaryPort] of secondaryPorts.entries()) {
      await start(`secondary${index + 1}`, ["secondary", String(secondaryPort)]);
    }
    await start("primary", ["primary", String(port), ...secondaryPorts.map(String)]);
  } catch (error) {
    await stop();
    throw error;
  }
  const logs = new Map([...pids.keys()].map((name) => [name, logOf(folder, name)]));
  const connect: Connect = (_index, depth) => connectFloor(port, depth);
  return { pids, logs, reportFolder: folder, connect, openAudience: null, stop };
}

function logOf(folder: string, name: string): LogFiles {
  return { folder, pattern: new RegExp(`^${name}\\.log$`) };
}

async function connectFloor(port: number, depth: number): Promise<Connection> {
  const socket = connectSocket({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return depth === 1 ? new FloorConnection(socket) : new BatchingConnection(socket);
}

class FloorConnection implements Connection {
  protected readonly socket: Socket;
  private waiting: SendDone[] = [];
  private head = 0;
  private answeredBytes = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("close", () => this.fail());
  }

  send(done: SendDone): void {
    this.waiting.push(done);
    this.write();
  }

  close(): void {
    this.socket.destroy();
  }

  protected write(): void {
    this.socket.write(message);
  }

  private take(chunk: Buffer): void {
    this.answeredBytes += chunk.length;
    while (this.answeredBytes >= answerBytes) {
      this.answeredBytes -= answerBytes;
      const done = this.waiting[this.head];
      this.head += 1;
      if (this.head > 1024) {
        this.waiting.splice(0, this.head);
        this.head = 0;
      }
      done?.(null);
    }
  }

  private fail(): void {
    const lost = this.waiting.slice(this.head);
    this.waiting = [];
    this.head = 0;
    for (const done of lost) done(new Error("the floor's connection ended"));
  }
}

/** Writes a turn's messages at once. */
class BatchingConnection extends FloorConnection {
  private queued: Buffer[] = [];

  protected override write(): void {
    if (this.queued.push(message) === 1) setImmediate(() => this.flush());
  }

  private flush(): void {
    const first = this.queued[0];
    if (first === undefined) return;
    this.socket.write(this.queued.length === 1 ? first : Buffer.concat(this.queued));
    this.queued = [];
  }
}
