// The floor's primary: takes clients' frames, sends each turn's worth to both secondaries and to
// its own disk at once, and answers when all three hold it. A client's frame is its length (u32)
// and a body; its answer is four bytes a frame. One write per socket and turn; nothing is encoded
// twice.

import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { GroupLog } from "./groupLog.ts";

const headerBytes = 8;
const answerBytes = 4;
const answersAtOnce = 4096;
const answers = Buffer.alloc(answerBytes * answersAtOnce);

/**
 * One client chunk that waits for its confirmation: its last sequence number and how many frames.
 */
interface Waiting {
  readonly client: Client;
  readonly last: number;
  count: number;
}

interface Client {
  readonly socket: Socket;
  rest: Buffer | undefined;
  answers: number;
}

export class Primary {
  private readonly log: GroupLog;
  private readonly secondaries: Socket[] = [];
  private readonly acknowledged: number[] = [];
  private sequence = 0;
  private ownDurable = 0;
  private committed = 0;
  private waiting: Waiting[] = [];
  private waitingHead = 0;
  private turn: Buffer[] = [];
  private turnBytes = 0;
  private scheduled = false;

  constructor(logPath: string) {
    this.log = new GroupLog(logPath, (sequence) => {
      this.ownDurable = sequence;
      this.commit();
    });
  }

  listen(port: number, ready: () => void): void {
    const server = createServer({ noDelay: true }, (socket) => this.accept(socket));
    server.listen(port, "127.0.0.1", 1024, ready);
  }

  addSecondary(port: number): void {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const index = this.secondaries.push(socket) - 1;
    this.acknowledged.push(0);
    let rest: Buffer | undefined;
    socket.on("data", (chunk: Buffer) => {
      const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length & ~3;
      if (whole > 0) this.acknowledged[index] = bytes.readUInt32LE(whole - 4);
      rest = whole < bytes.length ? bytes.subarray(whole) : undefined;
      this.commit();
    });
  }

  private accept(socket: Socket): void {
    const client: Client = { socket, rest: undefined, answers: 0 };
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => this.take(client, chunk));
  }

  private take(client: Client, chunk: Buffer): void {
    const bytes = client.rest === undefined ? chunk : Buffer.concat([client.rest, chunk]);
    let end = 0;
    let count = 0;
    while (bytes.length - end >= 4) {
      const next = end + 4 + bytes.readUInt32LE(end);
      if (bytes.length < next) break;
      end = next;
      count += 1;
    }
    client.rest = end < bytes.length ? bytes.subarray(end) : undefined;
    if (count === 0) return;
    this.sequence += count;
    this.turn.push(end === bytes.length ? bytes : bytes.subarray(0, end));
    this.turnBytes += end;
    this.waiting.push({ client, last: this.sequence, count });
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  /** The same bytes go to both secondaries and to the log. */
  private flush(): void {
    this.scheduled = false;
    const frame = Buffer.allocUnsafe(headerBytes + this.turnBytes);
    frame.writeUInt32LE(this.turnBytes, 0);
    frame.writeUInt32LE(this.sequence, 4);
    let offset = headerBytes;
    for (const bytes of this.turn) offset += bytes.copy(frame, offset);
    this.turn = [];
    this.turnBytes = 0;
    for (const socket of this.secondaries) socket.write(frame);
    this.log.append(frame, this.sequence);
    this.log.pump();
  }

  private commit(): void {
    let everywhere = this.ownDurable;
    for (const sequence of this.acknowledged) if (sequence < everywhere) everywhere = sequence;
    if (everywhere <= this.committed) return;
    this.committed = everywhere;
    for (const client of this.confirm(everywhere)) {
      const count = client.answers;
      client.answers = 0;
      const known = count <= answersAtOnce;
      const bytes = answerBytes * count;
      client.socket.write(known ? answers.subarray(0, bytes) : Buffer.alloc(bytes));
    }
  }

  /** Counts each client's answers up to `sequence`; returns the clients that have some. */
  private confirm(sequence: number): readonly Client[] {
    const answered: Client[] = [];
    while (this.waitingHead < this.waiting.length) {
      const entry = this.waiting[this.waitingHead];
      if (entry === undefined) break;
      const first = entry.last - entry.count + 1;
      if (first > sequence) break;
      const count = Math.min(entry.count, sequence - first + 1);
      if (entry.client.answers === 0) answered.push(entry.client);
      entry.client.answers += count;
      if (count < entry.count) {
        entry.count -= count;
        break;
      }
      this.waitingHead += 1;
    }
    if (this.waitingHead > 4096) {
      this.waiting = this.waiting.slice(this.waitingHead);
      this.waitingHead = 0;
    }
    return answered;
  }
}
