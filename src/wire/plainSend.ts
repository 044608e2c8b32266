// The most frequent command as it lies in its bytes: a `send` to a person in which nothing is
// escaped, of a short text or of a sealed body. What it says is read in place, and its body never
// becomes a string: from the client's frame into the record, and from the record into the
// mailboxes, it is copied as bytes. Anything else is the table's to read; both say the same of the
// same bytes.

import { copyShort, isBase64url, isPlainText } from "../base/bytes.ts";
import { readUint } from "../base/digits.ts";
import { nameLettersMax, textLettersMax } from "../base/limits.ts";
import { keyIdLetters, sealedLettersMax } from "../base/sealLimits.ts";
import { foldName } from "../base/text.ts";
import { bar, barFrom } from "./fields.ts";
import type { MessageOf } from "./messages.ts";
import { TextCache } from "./textCache.ts";

const letterP = 0x70;
const letterS = 0x73;
const fullStop = 0x2e;
const names = new TextCache((name) => name.length <= nameLettersMax && foldName(name) !== "");

export class PlainSend {
  readonly type = "plainSend";
  readonly request: number;
  readonly received: number;
  /** A name as it may be; whose it is, if anybody's, is not known here. */
  readonly to: string;
  readonly format: "p" | "s";
  /** Changed by `moveTo` alone. */
  bytes: Buffer;
  /** The payload lies in bytes [start, end), its last field, the body, in [bodyStart, end). */
  start: number;
  bodyStart: number;
  end: number;

  constructor(
    said: Pick<PlainSend, "request" | "received" | "to" | "format">,
    place: Pick<PlainSend, "bytes" | "start" | "bodyStart" | "end">,
  ) {
    this.request = said.request;
    this.received = said.received;
    this.to = said.to;
    this.format = said.format;
    this.bytes = place.bytes;
    this.start = place.start;
    this.bodyStart = place.bodyStart;
    this.end = place.end;
  }

  /** Of the payload, in bytes. */
  get length(): number {
    return this.end - this.start;
  }

  /** Copied to where the room is, and from now on it lies there; returns the offset behind it. */
  moveTo(bytes: Buffer, at: number): number {
    const end = copyShort(this.bytes, this.start, this.end, bytes, at);
    this.bodyStart += at - this.start;
    this.bytes = bytes;
    this.start = at;
    this.end = end;
    return end;
  }

  /** Whether a sealed body was sealed for these keys. */
  isSealedFor(keyId: string): boolean {
    for (let at = 0; at < keyIdLetters; at += 1) {
      if (this.bytes[this.bodyStart + at] !== keyId.charCodeAt(at)) return false;
    }
    return true;
  }

  /** Writes the body; returns the offset behind it. */
  copyBody(bytes: Buffer, at: number): number {
    return copyShort(this.bytes, this.bodyStart, this.end, bytes, at);
  }
}

/** Null when the payload in [start, end) is anything but such a send, in its only form. */
export function readPlainSend(bytes: Buffer, start: number, end: number): PlainSend | null {
  const first = barFrom(bytes, start, end);
  const second = barFrom(bytes, first + 1, end);
  const third = barFrom(bytes, second + 1, end);
  const bodyStart = third + 3;
  const letter = bytes[third + 1];
  if ((letter !== letterP && letter !== letterS) || bytes[third + 2] !== bar) return null;
  const isText = letter === letterP;
  // Nothing is escaped, no further field follows, and there is something to see.
  const isFit = isText ? isShortText(bytes, bodyStart, end) : isSealed(bytes, bodyStart, end);
  if (!isFit) return null;
  const request = readUint(bytes, start, first);
  const received = readUint(bytes, first + 1, second);
  if (request < 1 || received < 0) return null;
  const to = names.read(bytes, second + 1, third);
  if (to === null) return null;
  const said = { request, received, to, format: isText ? "p" : "s" } as const;
  return new PlainSend(said, { bytes, start, bodyStart, end });
}

function isShortText(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  return length >= 1 && length <= textLettersMax && isPlainText(bytes, start, end);
}

/** The id of somebody's keys, a full stop, and what is sealed (sealedBody.ts). */
function isSealed(bytes: Buffer, start: number, end: number): boolean {
  const stop = start + keyIdLetters;
  if (end <= stop + 1 || end - start > sealedLettersMax || bytes[stop] !== fullStop) return false;
  return isBase64url(bytes, start, stop) && isBase64url(bytes, stop + 1, end);
}

/** As the table reads it. */
export function sendOf(plain: PlainSend): MessageOf<"send"> {
  const { request, received, to, format, bytes, bodyStart, end } = plain;
  const body = bytes.latin1Slice(bodyStart, end);
  return { type: "send", request, received, to, format, body };
}
