// What one connection is to be sent this turn, gathered so that it leaves in one socket write.
// Frames are kept as one string of one-byte characters (the header's three bytes included), which
// costs less than a buffer for each; the most frequent ones, replies of sending and what became of
// letters, wait as they are and become text together; records that are bytes already stay bytes.

import { outstandingRequestsMax } from "../base/limits.ts";
import type { LinkBytes } from "../ports.ts";
import { encodeFrameText } from "../wire/codec.ts";
import { heartbeatFrame } from "../wire/heartbeat.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { isShortSent, sentFrameBytesMax, writeSentFrame } from "../wire/plainSent.ts";
import { isShortStatus, statusFrameBytesMax, writeStatusFrame } from "../wire/plainStatus.ts";

const shortFrameBytesMax = Math.max(sentFrameBytesMax, statusFrameBytesMax);
/** Where they are written before they are one string: of one connection after the other. */
const scratch = Buffer.allocUnsafeSlow(outstandingRequestsMax * shortFrameBytesMax);

export class Outbox {
  #text = "";
  #parts: (string | Buffer)[] = [];
  #partsBytes = 0;
  /** Those that become text together, in order. */
  readonly #shorts: (MessageOf<"sent"> | MessageOf<"status">)[] = [];
  /** Of each of those: is the recipient on? Asked of replies alone. */
  readonly #online: boolean[] = [];
  /** The same of all replies among them. */
  #copies = 0;

  add(message: Message): void {
    const bytes = message.type === "heartbeat" ? heartbeatFrame(message) : null;
    if (bytes !== null) return this.addBytes(bytes);
    if (message.type === "status" && isShortStatus(message)) return this.#addShort(message, false);
    this.#sealShorts();
    this.#text += encodeFrameText(message);
  }

  /** Whole frames, a character a byte. */
  addText(frames: string): void {
    this.#sealShorts();
    this.#text += frames;
  }

  /** The reply itself stays as it is: it belongs to the state. */
  addSent(reply: MessageOf<"sent">, copies: number, online: boolean): void {
    if (!isShortSent(reply)) return this.add({ ...reply, copies, online });
    if (copies !== this.#copies) this.#sealShorts();
    this.#copies = copies;
    this.#addShort(reply, online);
  }

  #addShort(message: MessageOf<"sent"> | MessageOf<"status">, online: boolean): void {
    if (this.#shorts.length >= outstandingRequestsMax) this.#sealShorts();
    this.#shorts.push(message);
    this.#online.push(online);
  }

  /** Taken over; not to be changed afterwards. */
  addBytes(bytes: Buffer): void {
    this.#sealText();
    this.#parts.push(bytes);
    this.#partsBytes += bytes.length;
  }

  waitingBytes(): number {
    this.#sealShorts();
    return this.#partsBytes + this.#text.length;
  }

  /** All that was added since the last call (one byte a character); null for nothing. */
  take(): LinkBytes | null {
    this.#sealShorts();
    if (this.#parts.length === 0) {
      if (this.#text === "") return null;
      const text = this.#text;
      this.#text = "";
      return text;
    }
    this.#sealText();
    this.#partsBytes = 0;
    // As a rule it is one piece, and what it lay in stays.
    if (this.#parts.length === 1) return this.#parts.pop() as string | Buffer;
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  clear(): void {
    this.#shorts.length = 0;
    this.#online.length = 0;
    this.#text = "";
    this.#parts = [];
    this.#partsBytes = 0;
  }

  #sealShorts(): void {
    const count = this.#shorts.length;
    if (count === 0) return;
    const spoken = { copies: this.#copies, online: false };
    let end = 0;
    for (let at = 0; at < count; at += 1) {
      const message = this.#shorts[at] as MessageOf<"sent"> | MessageOf<"status">;
      spoken.online = this.#online[at] as boolean;
      if (message.type === "sent") end = writeSentFrame(scratch, end, message, spoken);
      else end = writeStatusFrame(scratch, end, message);
    }
    this.#shorts.length = 0;
    this.#online.length = 0;
    this.#text += scratch.latin1Slice(0, end);
  }

  #sealText(): void {
    this.#sealShorts();
    if (this.#text === "") return;
    this.#parts.push(this.#text);
    this.#partsBytes += this.#text.length;
    this.#text = "";
  }
}
