// How one letter stands in its line: this file, letterFrame.ts for speed, and groupLine.ts for
// letters to groups know the order of a line's fields. The first byte holds what became of the
// letter; it counts in snapshots alone (a live state keeps that in the mailboxes), and all else
// never changes.

import { writeUint } from "../base/digits.ts";
import { asAccountId, asClientId } from "../base/ids.ts";
import type { AccountId, ClientId } from "../base/ids.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { PlainSend } from "../wire/plainSend.ts";

export interface LetterParts {
  readonly from: AccountId;
  readonly to: AccountId;
  /** Its position in the sender's mailbox (the same as seqTo in a letter to oneself). */
  readonly seqFrom: number;
  readonly seqTo: number;
  readonly atMs: number;
  /** Merged after a fork. */
  readonly late: boolean;
  /** The client id in its short form. */
  readonly client: string;
  readonly request: number;
  readonly format: LetterFormat;
  /** Escaped as on the wire; of a plain send the bytes. */
  readonly body: string | PlainSend;
}

/** Plain, or sealed (wire/sealedBody.ts). */
export type LetterFormat = "p" | "s";

/**
 * One letter after the other, for who writes many: an object each would be a good part of the
 * garbage of sending.
 */
export class LetterDraft implements LetterParts {
  from = 0 as AccountId;
  to = 0 as AccountId;
  seqFrom = 0;
  seqTo = 0;
  atMs = 0;
  readonly late = false;
  client = "";
  request = 0;
  format: LetterFormat = "p";
  body: string | PlainSend = "";
}

/** 128 bits in 22 characters instead of 32: a letter carries them for good. */
export function shortClientId(client: ClientId): string {
  return Buffer.from(client, "hex").toString("base64url");
}

/** Null when it is no client id in its short form. */
export function readShortClientId(short: string): ClientId | null {
  return shortForm.test(short) ? longClientId(short) : null;
}

const shortForm = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/** From its short form, which must be one. */
export function longClientId(short: string): ClientId {
  return asClientId(Buffer.from(short, "base64url").toString("hex"));
}

/** The sender's account id stands here, behind the fate and a bar. */
export const senderSkipBytes = 2;

/** Bits of the fate, written as one digit. */
export const openedByRecipient = 1;
export const goneFromRecipient = 2;
export const goneFromSender = 4;

/** No line of a letter is longer than its body and this. */
export const letterBytesBesideBody = 160;

/**
 * Writes the line at `start` and returns the offset behind it. By bytes, because joining strings
 * would cost more than all the rest of a send.
 */
export function writeLetterLine(slab: Buffer, start: number, parts: LetterParts): number {
  let at = start;
  slab[at++] = digitZero;
  slab[at++] = bar;
  at = writeNumber(slab, at, parts.from);
  at = writeNumber(slab, at, parts.to);
  at = writeNumber(slab, at, parts.seqFrom);
  at = writeNumber(slab, at, parts.seqTo);
  at = writeNumber(slab, at, parts.atMs);
  slab[at++] = parts.late ? digitZero + 1 : digitZero;
  slab[at++] = bar;
  const { client, body } = parts;
  for (let index = 0; index < client.length; index += 1) slab[at++] = client.charCodeAt(index);
  slab[at++] = bar;
  at = writeNumber(slab, at, parts.request);
  slab[at++] = parts.format === "p" ? letterP : letterS;
  slab[at++] = bar;
  if (typeof body === "string") at += slab.latin1Write(body, at, body.length);
  else at = body.copyBody(slab, at);
  slab[at++] = newline;
  return at;
}

/** A bar ends every field but the last. */
const bar = 0x7c;
const digitZero = 0x30;
const letterP = 0x70;
const letterS = 0x73;
const newline = 0x0a;
const percent = 0x25;

/** The number and a bar; returns the offset behind them. */
function writeNumber(slab: Buffer, start: number, value: number): number {
  const end = writeUint(slab, start, value);
  slab[end] = bar;
  return end + 1;
}

export interface LetterPlace {
  readonly fate: number;
  readonly from: number;
  readonly to: number;
  readonly seqFrom: number;
  readonly seqTo: number;
}

/** What `readPlace` reads into: an image has too many lines for an object each. */
export class PlaceReader implements LetterPlace {
  fate = 0;
  from = 0;
  to = 0;
  seqFrom = 0;
  seqTo = 0;
  /** Of the number just read. */
  private value = 0;

  /**
   * Reads the line that begins at `start`; returns the offset behind its line feed, which must be
   * there, or 0 when it is no letter's line.
   */
  read(bytes: Buffer, start: number): number {
    this.fate = (bytes[start] as number) - digitZero;
    if (this.fate < 0 || this.fate > 7 || bytes[start + 1] !== bar) return 0;
    let at = this.number(bytes, start + 2);
    this.from = this.value;
    at = this.number(bytes, at);
    this.to = this.value;
    at = this.number(bytes, at);
    this.seqFrom = this.value;
    at = this.number(bytes, at);
    this.seqTo = this.value;
    // Its time.
    at = this.number(bytes, at);
    if (at === 0 || ((bytes[at] as number) | 1) !== (digitZero | 1) || bytes[at + 1] !== bar)
      return 0;
    at = this.number(bytes, behindClient(bytes, at + 2));
    if (at === 0 || bytes[at + 1] !== bar) return 0;
    if (bytes[at] !== letterP && bytes[at] !== letterS) return 0;
    return behindBody(bytes, at + 2);
  }

  /** Where the line that stands in a slab at `start` belongs: it is one. */
  readInSlab(slab: Buffer, start: number): this {
    this.fate = (slab[start] as number) - digitZero;
    let at = this.number(slab, start + 2);
    this.from = this.value;
    at = this.number(slab, at);
    this.to = this.value;
    at = this.number(slab, at);
    this.seqFrom = this.value;
    this.number(slab, at);
    this.seqTo = this.value;
    return this;
  }

  /** The offset behind the number and its bar; 0 when none stands there, or `start` is 0. */
  private number(bytes: Buffer, start: number): number {
    if (start === 0) return 0;
    let value = (bytes[start] as number) - digitZero;
    if (value < 0 || value > 9) return 0;
    let at = start + 1;
    const end = value === 0 ? at : start + digitsMax;
    for (; at < end; at += 1) {
      const digit = (bytes[at] as number) - digitZero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.value = value;
    return bytes[at] === bar ? at + 1 : 0;
  }
}

const digitsMax = 16;
const shortIdLetters = 22;

/** Behind a client id in its short form and its bar; 0 when none stands there. */
function behindClient(bytes: Buffer, start: number): number {
  const last = start + shortIdLetters - 1;
  for (let at = start; at < last; at += 1) {
    if (((kinds[bytes[at] as number] as number) & idLetter) === 0) return 0;
  }
  const isLast = ((kinds[bytes[last] as number] as number) & lastIdLetter) !== 0;
  return isLast && bytes[last + 1] === bar ? last + 2 : 0;
}

/** Behind an escaped text and its line feed; 0 when something else stands there. */
function behindBody(bytes: Buffer, start: number): number {
  for (let at = start; ; at += 1) {
    const byte = bytes[at] as number;
    if (((kinds[byte] as number) & plainLetter) !== 0) continue;
    if (byte === newline) return at + 1;
    if (byte !== percent) return 0;
    if (((kinds[bytes[at + 1] as number] as number) & hexDigit) === 0) return 0;
    if (((kinds[bytes[at + 2] as number] as number) & hexDigit) === 0) return 0;
    at += 2;
  }
}

const idLetter = 1;
const lastIdLetter = 2;
const plainLetter = 4;
const hexDigit = 8;
/** What each byte may be; a line feed is none of it. */
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  let kind = 0;
  if (/[A-Za-z0-9_-]/.test(letter)) kind |= idLetter;
  if (/[AQgw]/.test(letter)) kind |= lastIdLetter;
  if (/[\x20-\x24\x26-\x7b\x7d\x7e]/.test(letter)) kind |= plainLetter;
  if (/[0-9A-F]/.test(letter)) kind |= hexDigit;
  return kind;
});

/** The letter as it is read from its `owner`'s mailbox. */
export function readLetterLine(
  line: string,
  owner: AccountId,
  nameOf: (account: number) => string,
): MessageOf<"message"> {
  const fields = line.split("|") as LineFields;
  const from = asAccountId(Number(fields[1]));
  const to = asAccountId(Number(fields[2]));
  const own = from === owner;
  return {
    type: "message",
    seq: Number(own ? fields[3] : fields[4]),
    client: longClientId(fields[7]),
    request: Number(fields[8]),
    from: nameOf(from),
    to: nameOf(to),
    group: "",
    atMs: Number(fields[5]),
    late: fields[6] === "1",
    own,
    format: fields[9],
    body: fields[10],
  };
}

/** Whose it was to be, and its position there. */
export function recipientOfLine(line: string): { readonly to: number; readonly seqTo: number } {
  const fields = line.split("|", 5) as LineFields;
  return { to: Number(fields[2]), seqTo: Number(fields[4]) };
}

/** (client, request) is the letter's identity everywhere. */
export interface LetterIdentity {
  readonly client: ClientId;
  readonly request: number;
}

/** The same in one word, the client in its short form: what a merge names letters by. */
export function identityWordOf(client: string, request: number): string {
  return `${client}.${request}`;
}

/** A line's fields in their order. */
type LineFields = [
  fate: string,
  from: string,
  to: string,
  seqFrom: string,
  seqTo: string,
  atMs: string,
  late: string,
  client: string,
  request: string,
  format: string,
  body: string,
];
