// What one connection is to be sent this turn, gathered so that it leaves in one socket write.
// Frames are kept as one string of one-byte characters (the header's three bytes included), which
// costs less than a buffer for each; replies of sending, the most frequent ones, wait as they are
// and become text together; records that are bytes already stay bytes.

import { outstandingRequestsMax } from "../base/limits.ts";
import type { LinkBytes } from "../ports.ts";
import { encodeFrameText } from "../wire/codec.ts";
import { heartbeatFrame } from "../wire/heartbeat.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { isShortSent, sentFrameBytesMax, writeSentFrame } from "../wire/plainSent.ts";

/** Where replies are written before they are one string: of one connection after the other. */
const scratch = Buffer.allocUnsafeSlow(outstandingRequestsMax * sentFrameBytesMax);

export class Outbox {
  #text = "";
  #parts: (string | Buffer)[] = [];
  #partsBytes = 0;
  readonly #sents: MessageOf<"sent">[] = [];
  /** Of each of those: is the recipient on? */
  readonly #online: boolean[] = [];
  /** The same of all of them. */
  #copies = 0;

  add(message: Message): void {
    const bytes = message.type === "heartbeat" ? heartbeatFrame(message) : null;
    if (bytes !== null) return this.addBytes(bytes);
    this.#sealSents();
    this.#text += encodeFrameText(message);
  }

  /** Whole frames, a character a byte. */
  addText(frames: string): void {
    this.#sealSents();
    this.#text += frames;
  }

  /** The reply itself stays as it is: it belongs to the state. */
  addSent(reply: MessageOf<"sent">, copies: number, online: boolean): void {
    if (!isShortSent(reply)) return this.add({ ...reply, copies, online });
    if (this.#sents.length >= outstandingRequestsMax || copies !== this.#copies) this.#sealSents();
    this.#copies = copies;
    this.#sents.push(reply);
    this.#online.push(online);
  }

  /** Taken over; not to be changed afterwards. */
  addBytes(bytes: Buffer): void {
    this.#sealText();
    this.#parts.push(bytes);
    this.#partsBytes += bytes.length;
  }

  waitingBytes(): number {
    this.#sealSents();
    return this.#partsBytes + this.#text.length;
  }

  /** All that was added since the last call (one byte a character); null for nothing. */
  take(): LinkBytes | null {
    this.#sealSents();
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
    this.#sents.length = 0;
    this.#online.length = 0;
    this.#text = "";
    this.#parts = [];
    this.#partsBytes = 0;
  }

  #sealSents(): void {
    const count = this.#sents.length;
    if (count === 0) return;
    const spoken = { copies: this.#copies, online: false };
    let end = 0;
    for (let at = 0; at < count; at += 1) {
      spoken.online = this.#online[at] as boolean;
      end = writeSentFrame(scratch, end, this.#sents[at] as MessageOf<"sent">, spoken);
    }
    this.#sents.length = 0;
    this.#online.length = 0;
    this.#text += scratch.latin1Slice(0, end);
  }

  #sealText(): void {
    this.#sealSents();
    if (this.#text === "") return;
    this.#parts.push(this.#text);
    this.#partsBytes += this.#text.length;
    this.#text = "";
  }
}
