// People for the bench who are on and read: each shows every message pushed to it and acknowledges
// what it has shown, as the product's client does: cumulatively, one acknowledgement under way at a
// time, a moment after the first message. It counts, and judges nothing.

import type { Socket } from "node:net";
import { acknowledgeGapMs } from "../../src/base/limits.ts";
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
  readonly #frames = makeFrameReader(65_535);
  #request = 1;
  #asked = 0;
  #isDue = false;

  constructor(socket: Socket) {
    this.#socket = socket;
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
      this.#request += 1;
      this.#asked = this.shown;
      const request = this.#request;
      const through = this.shown;
      this.#socket.write(encodeMessage({ type: "acknowledge", request, received, through }));
    }, acknowledgeGapMs);
  }
}

/** Registers them, so that each name must be new. */
export function connectReaders(port: number, wanted: Recipients): Promise<readonly Reader[]> {
  const connecting = Array.from({ length: wanted.recipientCount }, async (_, at) => {
    return new Reader((await login(port, `${wanted.recipients}${at}`)).socket);
  });
  return Promise.all(connecting);
}

function leadingNumber(bytes: Buffer, start: number): number {
  let value = 0;
  for (let at = start; bytes[at] !== bar; at += 1) value = value * 10 + (bytes[at] as number) - 48;
  return value;
}
