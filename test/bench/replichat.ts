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
const recipientCount = 400;
const registeredAtOnce = 50;
const sentOpcode = opcodeOf("sent");
const sendOpcode = opcodeOf("send");
const body = "x".repeat(bodyBytes);
const bytesPerSend = 220;

export async function startReplichat(
  folder: string,
  { addsRecipients } = { addsRecipients: true },
): Promise<System> {
  const ports = await freePorts(6);
  const hosts = [0, 1, 2].map((id) => `127.0.0.1:${ports[id]}:${ports[id + 3]}`);
  const started: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()));
  };
  try {
    const options = ["--state", join(folder, "state"), "--log-level", "warn"];
    const starting = hosts.map((_, id) => {
      return startNode([command, String(id), ...hosts, ...options], { CHAT_EXIT_WITH_STDIN: "1" });
    });
    started.push(...(await Promise.all(starting)));
    const port = ports[0] ?? 0;
    if (addsRecipients) await addRecipients(port);
    const names = ["primary", "secondary1", "secondary2"];
    const pids = new Map(started.map(({ pid }, id) => [names[id] ?? "", pid]));
    return { pids, connect: (index, depth) => connectClient(port, { index, depth }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addRecipients(port: number): Promise<void> {
  for (let first = 0; first < recipientCount; first += registeredAtOnce) {
    const batch = Array.from({ length: registeredAtOnce }, (_, at) => {
      return login(port, `offline${first + at}`);
    });
    for (const { socket } of await Promise.all(batch)) socket.destroy();
  }
}

async function connectClient(
  port: number,
  spec: { readonly index: number; readonly depth: number },
): Promise<Connection> {
  const { socket } = await login(port, `sender${spec.index}n${randomBytes(6).toString("hex")}`);
  return new ClientConnection(socket, spec);
}

/** A connection with a session, after `register` under request 1. */
async function login(port: number, name: string): Promise<{ readonly socket: Socket }> {
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

  constructor(socket: Socket, spec: { readonly index: number; readonly depth: number }) {
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
    this.recipient = (this.recipient + 1) % recipientCount;
    const to = `offline${this.recipient}`;
    const payload = `${this.request}|${this.received}|${to}|p|${body}`;
    if (this.outgoingBytes === 0) setImmediate(() => this.flush());
    this.outgoingBytes = writeFrame(this.outgoing, this.outgoingBytes, {
      opcode: sendOpcode,
      payload,
    });
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
