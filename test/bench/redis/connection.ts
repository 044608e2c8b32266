// A client of Redis for the bench. A turn's messages leave together, as XADDs with one WAIT (or
// WAITAOF) behind them, which covers all that the connection has written before it; they are
// confirmed when that is answered. With one message outstanding that is an XADD and a WAIT each.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { bodyBytes, type Connection, type SendDone } from "../system.ts";
import { commandBytes, complaintOf, type Confirmation } from "./commands.ts";
import { type Reply, ReplyReader } from "./replies.ts";

const add = commandBytes("XADD", "messages", "*", "body", "x".repeat(bodyBytes));

export async function connectRedis(port: number, spec: SenderSpec): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return new RedisConnection(socket, spec);
}

export interface SenderSpec {
  readonly confirmation: Confirmation;
  readonly depth: number;
}

class RedisConnection implements Connection {
  private readonly socket: Socket;
  private readonly depth: number;
  private readonly reader = new ReplyReader();
  /** XADDs of the whole depth, and a WAIT behind them: what is written is the end of it. */
  private readonly bytes: Buffer;
  private readonly addsEnd: number;
  private queued: SendDone[] = [];
  /** Turns under way: XADDs not yet answered, and who waits for the WAIT behind them. */
  private readonly turns: Turn[] = [];

  constructor(socket: Socket, { confirmation, depth }: SenderSpec) {
    this.socket = socket;
    this.depth = depth;
    const adds = Array.from({ length: depth }, () => add);
    this.bytes = Buffer.concat([...adds, commandBytes(...confirmation.split(" "))]);
    this.addsEnd = adds.length * add.length;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => this.reader.push(chunk, (reply) => this.take(reply)));
    socket.on("close", () => this.fail("the connection to Redis ended"));
  }

  send(done: SendDone): void {
    this.queued.push(done);
    if (this.depth === 1) this.flush();
    else if (this.queued.length === 1) setImmediate(() => this.flush());
  }

  close(): void {
    this.socket.destroy();
  }

  private flush(): void {
    const waiting = this.queued;
    this.queued = [];
    this.turns.push({ unanswered: waiting.length, waiting });
    this.socket.write(this.bytes.subarray(this.addsEnd - waiting.length * add.length));
  }

  private take(reply: Reply): void {
    const turn = this.turns[0];
    if (turn === undefined) return this.fail("Redis answered what was not asked");
    if (turn.unanswered > 0) {
      turn.unanswered -= 1;
      if (reply.kind !== "string") this.fail(complaintOf(reply) ?? "XADD was answered oddly");
      return;
    }
    const complaint = complaintOf(reply);
    if (complaint !== null) return this.fail(complaint);
    this.turns.shift();
    for (const done of turn.waiting) done(null);
  }

  private fail(why: string): void {
    const lost = [...this.turns.flatMap(({ waiting }) => waiting), ...this.queued];
    this.turns.length = 0;
    this.queued = [];
    for (const done of lost) done(new Error(why));
    this.socket.destroy();
  }
}

interface Turn {
  unanswered: number;
  readonly waiting: readonly SendDone[];
}

/** One question on a connection of its own. */
export async function askRedis(port: number, ...words: readonly string[]): Promise<Reply> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    const reader = new ReplyReader();
    const replies: Reply[] = [];
    socket.write(commandBytes(...words));
    while (replies.length === 0) {
      const [chunk] = (await once(socket, "data")) as [Buffer];
      reader.push(chunk, (reply) => void replies.push(reply));
    }
    const [reply] = replies;
    if (reply === undefined) throw new Error("Redis did not answer");
    return reply;
  } finally {
    socket.destroy();
  }
}
