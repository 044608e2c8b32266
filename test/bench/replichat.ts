// Our own system for the bench: three servers as users start them, and clients that speak frames of
// the real protocol. Every connection is a registered, logged-in client; what it sends goes to
// accounts that are not logged in, or to people who read and acknowledge (readers.ts).

import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { join } from "node:path";
import { writeUint } from "../../src/base/digits.ts";
import { frameHeaderBytes } from "../../src/base/limits.ts";
import { detached } from "../../src/base/text.ts";
import { withHugePages } from "../../src/node/hugePages.ts";
import { opcodeOf, writeFrameHeader } from "../../src/wire/codec.ts";
import { bar } from "../../src/wire/fields.ts";
import { makeFrameReader, type FrameView } from "../../src/wire/frameReader.ts";
import { login, makeSealedBody, type Recipients } from "./login.ts";
import { freePorts, startNode, type ServerProcess } from "./processes.ts";
import { connectReaders } from "./readers.ts";
import { reportEnvironment, reportFlags } from "./reports.ts";
import type { Audience, Connect, Connection, LogFiles, SendDone, System } from "./system.ts";
import { bodyBytes } from "./system.ts";

const command = new URL("../../bin/chat-server.js", import.meta.url).pathname;
/** A mailbox holds a bounded number of unread letters: the load is spread over many. */
const offline = { recipients: "offline", recipientCount: 400 } as const;
/** How many read when they are on. */
const audienceCount = 50;
const registeredAtOnce = 50;
const names = ["primary", "secondary1", "secondary2"];
const sentOpcode = opcodeOf("sent");
const statusOpcode = opcodeOf("status");
const sendOpcode = opcodeOf("send");
const body = "x".repeat(bodyBytes);
const bytesPerSend = { plain: 220, sealed: 640 } as const;

export interface ReplichatSystem extends System {
  /** The primary's, for clients. */
  readonly port: number;
  /** By the same short names. */
  readonly members: ReadonlyMap<string, Member>;
}

/** One of the servers, which may be stopped and started again. */
export interface Member {
  readonly folder: string;
  stop(): Promise<void>;
  /** Returns when it takes part. */
  start(): Promise<void>;
}

export interface ReplichatOptions {
  readonly addsRecipients?: boolean;
  /** Everybody has keys and is sent sealed messages alone. */
  readonly sealed?: boolean;
  /** Of Node, before its program. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function startReplichat(
  folder: string,
  {
    addsRecipients = true,
    sealed = false,
    flags = reportFlags,
    env: more = {},
  }: ReplichatOptions = {},
): Promise<ReplichatSystem> {
  const ports = await freePorts(6);
  const hosts = [0, 1, 2].map((id) => `127.0.0.1:${ports[id]}:${ports[id + 3]}`);
  const pids = new Map(names.map((name) => [name, 0]));
  const options = ["--state", join(folder, "state"), "--log-level", "warn"];
  const env = withHugePages({ ...reportEnvironment(folder), CHAT_EXIT_WITH_STDIN: "1", ...more });
  const members = new Map(
    names.map((name, id) => {
      const args = [...flags, command, String(id), ...hosts, ...options];
      const started = (pid: number): void => void pids.set(name, pid);
      return [name, memberOf(logOf(folder, id).folder, () => startNode(args, env), started)];
    }),
  );
  const stop = async (): Promise<void> => {
    await Promise.all([...members.values()].map((member) => member.stop()));
  };
  try {
    await Promise.all([...members.values()].map((member) => member.start()));
    const port = ports[0] ?? 0;
    const to = { ...offline, sealed };
    if (addsRecipients) await addRecipients(port, to);
    const logs = new Map(names.map((name, id) => [name, logOf(folder, id)]));
    const openAudience = (): Promise<Audience> => gatherAudience(port, sealed);
    return {
      pids,
      logs,
      port,
      members,
      reportFolder: folder,
      connect: connectTo(port, to),
      openAudience,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function memberOf(
  folder: string,
  run: () => Promise<ServerProcess>,
  started: (pid: number) => void,
): Member {
  let running: ServerProcess | null = null;
  return {
    folder,
    stop: async () => running?.stop(),
    start: async () => {
      running = await run();
      started(running.pid);
    },
  };
}

function logOf(folder: string, id: number): LogFiles {
  return { folder: join(folder, "state", `server-${id}`), pattern: /^journal-/ };
}

function connectTo(port: number, to: Recipients): Connect {
  return (index, depth) => connectClient(port, { index, depth, ...to });
}

async function gatherAudience(port: number, sealed: boolean): Promise<Audience> {
  const recipients = `reader${randomBytes(6).toString("hex")}n`;
  const to = { recipients, recipientCount: audienceCount, sealed };
  const readers = await connectReaders(port, to);
  return {
    connect: connectTo(port, to),
    delivered: () => readers.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    close: () => readers.forEach((reader) => reader.close()),
  };
}

async function addRecipients(port: number, wanted: Recipients): Promise<void> {
  const { recipients, recipientCount } = wanted;
  for (let first = 0; first < recipientCount; first += registeredAtOnce) {
    const batch = Array.from({ length: registeredAtOnce }, (_, at) => {
      return login(port, `${recipients}${first + at}`, wanted);
    });
    for (const { socket } of await Promise.all(batch)) socket.destroy();
  }
}

export interface SenderSpec extends Recipients {
  readonly index: number;
  readonly depth: number;
}

export async function connectClient(port: number, spec: SenderSpec): Promise<Connection> {
  const { socket } = await login(port, `sender${spec.index}n${randomBytes(6).toString("hex")}`);
  return new ClientConnection(socket, spec);
}

const restsByName = new Map<string, readonly string[]>();

/** Shared by the connections of one shape. */
function restsFor({ recipients, recipientCount, sealed }: SenderSpec): readonly string[] {
  const key = `${recipients} ${recipientCount} ${sealed === true}`;
  const known = restsByName.get(key);
  if (known !== undefined) return known;
  const text = sealed ? `s|${makeSealedBody()}` : `p|${body}`;
  const rests = Array.from({ length: recipientCount }, (_, at) => {
    return detached(`|${recipients}${at}|${text}`);
  });
  restsByName.set(key, rests);
  return rests;
}

class ClientConnection implements Connection {
  private readonly socket: Socket;
  private readonly reader = makeFrameReader(65_535);
  private readonly waiting: SendDone[] = [];
  private head = 0;
  /** Why nothing more comes, once it has ended. */
  private end: Error | null = null;
  private request = 1;
  private received = 1;
  private recipient: number;
  private outgoing: Buffer;
  private outgoingBytes = 0;

  private readonly spec: SenderSpec;
  /** What stands behind the two numbers of a send, for each recipient. */
  private readonly rests: readonly string[];
  private readonly onFrame = (frame: FrameView): void => this.takeFrame(frame);

  constructor(socket: Socket, spec: SenderSpec) {
    this.spec = spec;
    this.rests = restsFor(spec);
    this.socket = socket;
    this.recipient = spec.index * 7;
    const bytesEach = bytesPerSend[spec.sealed === true ? "sealed" : "plain"];
    this.outgoing = Buffer.allocUnsafe(bytesEach * Math.max(spec.depth, 1));
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("close", () => this.fail("The connection was closed."));
  }

  send(done: SendDone): void {
    const { end } = this;
    if (end !== null) return void setImmediate(() => done(end));
    this.waiting.push(done);
    this.request += 1;
    this.recipient = (this.recipient + 1) % this.rests.length;
    const isFirst = this.outgoingBytes === 0;
    this.outgoingBytes = this.write(this.outgoing, this.outgoingBytes);
    // As the floor's: a turn's messages leave together, and a single one at once.
    if (this.spec.depth === 1) this.flush();
    else if (isFirst) setImmediate(() => this.flush());
  }

  close(): void {
    this.socket.destroy();
  }

  /** The floor's client has its one message ready; here only the numbers are made each time. */
  private write(target: Buffer, start: number): number {
    const rest = this.rests[this.recipient] ?? "";
    let at = writeUint(target, start + frameHeaderBytes, this.request);
    target[at] = bar;
    at = writeUint(target, at + 1, this.received);
    at += target.latin1Write(rest, at, rest.length);
    writeFrameHeader(target, start, { opcode: sendOpcode, end: at });
    return at;
  }

  private flush(): void {
    const bytes = this.outgoing.subarray(0, this.outgoingBytes);
    this.outgoing = Buffer.allocUnsafe(this.outgoing.length);
    this.outgoingBytes = 0;
    this.socket.write(bytes);
  }

  private take(chunk: Buffer): void {
    this.reader.push(chunk, this.onFrame);
    if (this.head > 1_024) this.waiting.splice(0, this.head);
    if (this.head > 1_024) this.head = 0;
  }

  /** Replies come in the order of the requests on one connection. */
  private takeFrame({ opcode, bytes, start, end }: FrameView): void {
    // It is told when its messages have been delivered.
    if (opcode === statusOpcode) return;
    if (opcode !== sentOpcode) return this.fail(bytes.latin1Slice(start + 3, end));
    this.received += 1;
    const done = this.waiting[this.head];
    this.head += 1;
    done?.(null);
  }

  private fail(why: string): void {
    this.end ??= new Error(why);
    for (const done of this.waiting.slice(this.head)) done(this.end);
    this.head = this.waiting.length;
  }
}
