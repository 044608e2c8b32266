// What one connection is to be sent this turn, gathered so that it leaves in one socket write.
// Frames are kept as one string of one-byte characters (the header's three bytes included), which
// costs less than a buffer for each; records that are bytes already stay bytes.

import { frameHeaderBytes } from "../base/limits.ts";
import type { LinkBytes } from "../ports.ts";
import { encodePayload, opcodeOf } from "../wire/codec.ts";
import type { Message } from "../wire/messages.ts";

export class Outbox {
  #text = "";
  #parts: (string | Buffer)[] = [];
  #partsBytes = 0;

  add(message: Message): void {
    this.addFrame(opcodeOf(message.type), encodePayload(message));
  }

  addFrame(opcode: number, payload: string): void {
    const { length } = payload;
    this.#text += String.fromCharCode(opcode, length >>> 8, length & 0xff) + payload;
  }

  /** Taken over; not to be changed afterwards. */
  addBytes(bytes: Buffer): void {
    this.#sealText();
    this.#parts.push(bytes);
    this.#partsBytes += bytes.length;
  }

  waitingBytes(): number {
    return this.#partsBytes + this.#text.length;
  }

  /** All that was added since the last call (one byte a character); null for nothing. */
  take(): LinkBytes | null {
    if (this.#parts.length === 0) {
      if (this.#text === "") return null;
      const text = this.#text;
      this.#text = "";
      return text;
    }
    this.#sealText();
    const parts = this.#parts;
    this.clear();
    return parts;
  }

  clear(): void {
    this.#text = "";
    this.#parts = [];
    this.#partsBytes = 0;
  }

  #sealText(): void {
    if (this.#text === "") return;
    this.#parts.push(this.#text);
    this.#partsBytes += this.#text.length;
    this.#text = "";
  }
}

/** What a payload of so many characters takes on the wire. */
export function frameBytes(payload: string): number {
  return frameHeaderBytes + payload.length;
}
