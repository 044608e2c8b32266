// Our own system for the bench: three servers as users start them, and clients that speak frames of
// the real protocol. Every connection is a registered, logged-in client; what it sends goes to
// accounts that are not logged in. Verifiers are made up, so that no scrypt is measured.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { asClientId, noBallot } from "../../src/base/ids.ts";
import { decodePayload, encodeMessage, opcodeOf, writeFrame } from "../../src/wire/codec.ts";
import { makeFrameReader, type FrameView } from "../../src/wire/frameReader.ts";
import { protocolVersion, type Message } from "../../src/wire/messages.ts";
import { freePorts, startNode, type ServerProcess } from "./processes.ts";
import { bodyBytes, type Connection, type SendDone, type System } from "./system.ts";

const command = new URL("../../bin/chat-server.js", import.meta.url).pathname;
/** A mailbox holds a bounded number of unread letters: the load is spread over many. */
const offline = { recipients: "offline", recipientCount: 400 } as const;
const registeredAtOnce = 50;
const sentOpcode = opcodeOf("sent");
const statusOpcode = opcodeOf("status");
const sendOpcode = opcodeOf("send");
const body = "x".repeat(bodyBytes);
const bytesPerSend = 220;

export interface ReplichatSystem extends System {
  /** The primary's, for clients. */
  readonly port: number;
}

export interface ReplichatOptions {
  readonly addsRecipients?: boolean;
  /** Of Node, before its program. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function startReplichat(
  folder: string,
  { addsRecipients = true, flags = [], env = {} }: ReplichatOptions = {},
): Promise<ReplichatSystem> {
  const ports = await freePorts(6);
  const hosts = [0, 1, 2].map((id) => `127.0.0.1:${ports[id]}:${ports[id + 3]}`);
  const started: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()));
  };
  try {
    const options = ["--state", join(folder, "state"), "--log-level", "warn"];
    const starting = hosts.map((_, id) => {
      const args = [...flags, command, String(id), ...hosts, ...options];
      return startNode(args, { ...env, CHAT_EXIT_WITH_STDIN: "1" });
    });
    started.push(...(await Promise.all(starting)));
    const port = ports[0] ?? 0;
    if (addsRecipients) await addRecipients(port);
    const names = ["primary", "secondary1", "secondary2"];
    const pids = new Map(started.map(({ pid }, id) => [names[id] ?? "", pid]));
    const connect = (index: number, depth: number): Promise<Connection> => {
      return connectClient(port, { index, depth, ...offline });
    };
    return { pids, port, connect, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addRecipients(port: number): Promise<void> {
  const { recipients, recipientCount } = offline;
  for (let first = 0; first < recipientCount; first += registeredAtOnce) {
    const batch = Array.from({ length: registeredAtOnce }, (_, at) => {
      return login(port, `${recipients}${first + at}`);
    });
    for (const { socket } of await Promise.all(batch)) socket.destroy();
  }
}

export interface SenderSpec {
  readonly index: number;
  readonly depth: number;
  /** What the names of those begin with who are sent to; numbers from 0 on follow. */
  readonly recipients: string;
  readonly recipientCount: number;
}

export async function connectClient(port: number, spec: SenderSpec): Promise<Connection> {
  const { socket } = await login(port, `sender${spec.index}n${randomBytes(6).toString("hex")}`);
  return new ClientConnection(socket, spec);
}

/** A connection with a session, after `register` under request 1. */
export async function login(port: number, name: string): Promise<{ readonly socket: Socket }> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const client = asClientId(randomBytes(16).toString("hex"));
  const hello = { type: "hello", version: protocolVersion, client, ballot: noBallot } as const;
  await ask(socket, hello, "welcome");
  const hex = (): string => randomBytes(32).toString("hex");
  const [salt, storedKey, serverKey, tokenHash] = [hex(), hex(), hex(), hex()];
  const keys = {
    salt,
    storedKey,
    serverKey,
    tokenHash,
    cost: 16_384,
    blockSize: 8,
    parallelism: 5,
  };
  const register = { type: "register", request: 1, received: 0, name, ...keys } as const;
  await ask(socket, register, "registered");
  return { socket };
}

async function ask(socket: Socket, message: Message, wanted: Message["type"]): Promise<void> {
  const reader = makeFrameReader(65_535);
  socket.write(encodeMessage(message));
  for (;;) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    let isAnswered = false;
    reader.push(chunk, ({ opcode, bytes, start, end }) => {
      const decoded = decodePayload(opcode, bytes.latin1Slice(start + 3, end));
      if (decoded.ok && decoded.message.type === wanted) isAnswered = true;
      else if (decoded.ok && decoded.message.type === "refused") {
        throw new Error(decoded.message.message);
      }
    });
    if (isAnswered) return;
  }
}

class ClientConnection implements Connection {
  private readonly socket: Socket;
  private readonly reader = makeFrameReader(65_535);
  private readonly waiting: SendDone[] = [];
  private head = 0;
  private request = 1;
  private received = 1;
  private recipient: number;
  private outgoing: Buffer;
  private outgoingBytes = 0;

  private readonly spec: SenderSpec;

  constructor(socket: Socket, spec: SenderSpec) {
    this.spec = spec;
    this.socket = socket;
    this.recipient = spec.index * 7;
    this.outgoing = Buffer.allocUnsafe(bytesPerSend * Math.max(spec.depth, 1));
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("close", () => this.fail("The connection was closed."));
  }

  send(done: SendDone): void {
    this.waiting.push(done);
    this.request += 1;
    const { recipients, recipientCount } = this.spec;
    this.recipient = (this.recipient + 1) % recipientCount;
    const to = `${recipients}${this.recipient}`;
    const payload = `${this.request}|${this.received}|${to}|p|${body}`;
    const isFirst = this.outgoingBytes === 0;
    this.outgoingBytes = writeFrame(this.outgoing, this.outgoingBytes, {
      opcode: sendOpcode,
      payload,
    });
    // As the floor's: a turn's messages leave together, and a single one at once.
    if (this.spec.depth === 1) this.flush();
    else if (isFirst) setImmediate(() => this.flush());
  }

  close(): void {
    this.socket.destroy();
  }

  private flush(): void {
    const bytes = this.outgoing.subarray(0, this.outgoingBytes);
    this.outgoing = Buffer.allocUnsafe(this.outgoing.length);
    this.outgoingBytes = 0;
    this.socket.write(bytes);
  }

  private take(chunk: Buffer): void {
    this.reader.push(chunk, (frame) => this.takeFrame(frame));
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
    for (const done of this.waiting.slice(this.head)) done(new Error(why));
    this.head = this.waiting.length;
  }
}
