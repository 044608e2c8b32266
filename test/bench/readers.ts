// People for the bench who are on and read: each shows every message pushed to it and acknowledges
// what it has shown, as the product's client does: cumulatively, one acknowledgement under way at a
// time, a moment after the first message; and opens it, if so wished. It judges nothing.

import type { Socket } from "node:net";
import { acknowledgeGapMs, marksPerRequestMax } from "../../src/base/limits.ts";
import { encodeMessage, opcodeOf } from "../../src/wire/codec.ts";
import { makeFrameReader, type FrameView } from "../../src/wire/frameReader.ts";
import { login, type Recipients } from "./login.ts";

export const readers = { recipients: "reader", recipientCount: 10 } as const;

const messageOpcode = opcodeOf("message");
const acknowledgedOpcode = opcodeOf("acknowledged");
const bar = 0x7c;

export class Reader {
  /** Positions shown, and known on the servers as delivered. */
  shown = 0;
  acknowledged = 0;
  readonly #socket: Socket;
  readonly #opens: boolean;
  readonly #frames = makeFrameReader(65_535);
  #request: number;
  #asked = 0;
  #isDue = false;

  constructor(socket: Socket, opens: boolean, lastRequest: number) {
    this.#request = lastRequest;
    this.#socket = socket;
    this.#opens = opens;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      this.#frames.push(chunk, (frame) => this.#take(frame));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take({ opcode, bytes, start }: FrameView): void {
    if (opcode === messageOpcode) this.shown = leadingNumber(bytes, start + 3);
    else if (opcode === acknowledgedOpcode) this.acknowledged = this.#asked;
    if (this.shown > this.#asked && this.acknowledged === this.#asked) this.#dueAcknowledgement();
  }

  #dueAcknowledgement(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => {
      this.#isDue = false;
      const received = this.#request;
      if (this.#opens) this.#open(received);
      this.#request += 1;
      this.#asked = this.shown;
      const request = this.#request;
      const through = this.shown;
      this.#socket.write(encodeMessage({ type: "acknowledge", request, received, through }));
    }, acknowledgeGapMs);
  }

  /** What was shown since the last acknowledgement. */
  #open(received: number): void {
    for (let before = this.#asked; before < this.shown; before += marksPerRequestMax) {
      const count = Math.min(marksPerRequestMax, this.shown - before);
      const seqs = Array.from({ length: count }, (_, at) => before + at + 1);
      this.#request += 1;
      const request = this.#request;
      this.#socket.write(encodeMessage({ type: "mark", request, received, mark: "read", seqs }));
    }
  }
}

/** Registers them, so that each name must be new. */
export function connectReaders(
  port: number,
  wanted: Recipients,
  opens = false,
): Promise<readonly Reader[]> {
  const connecting = Array.from({ length: wanted.recipientCount }, async (_, at) => {
    const { socket, lastRequest } = await login(port, `${wanted.recipients}${at}`, wanted);
    return new Reader(socket, opens, lastRequest);
  });
  return Promise.all(connecting);
}

function leadingNumber(bytes: Buffer, start: number): number {
  let value = 0;
  for (let at = start; bytes[at] !== bar; at += 1) value = value * 10 + (bytes[at] as number) - 48;
  return value;
}
