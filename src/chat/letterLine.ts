// How one letter stands in its line: the only place that knows the order of a line's fields. The
// first byte holds what became of the letter; it counts in snapshots alone (a live state keeps
// that in the mailboxes), and all else never changes.

import { writeUint } from "../base/digits.ts";
import { asAccountId, asClientId } from "../base/ids.ts";
import type { AccountId, ClientId } from "../base/ids.ts";
import type { MessageOf } from "../wire/messages.ts";

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
  /** Escaped as on the wire. */
  readonly body: string;
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

function longClientId(short: string): ClientId {
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
 * Writes the line at `start` and returns the offset behind it. Plain text of one to one: the format
 * is "p" until there is more. By bytes, because joining strings would cost more than all the rest
 * of a send.
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
  slab[at++] = letterP;
  slab[at++] = bar;
  at += slab.latin1Write(body, at, body.length);
  slab[at++] = newline;
  return at;
}

/** A bar ends every field but the last. */
const bar = 0x7c;
const digitZero = 0x30;
const letterP = 0x70;
const newline = 0x0a;

/** The number and a bar; returns the offset behind them. */
function writeNumber(slab: Buffer, start: number, value: number): number {
  const end = writeUint(slab, start, value);
  slab[end] = bar;
  return end + 1;
}

const uint = "(0|[1-9][0-9]{0,15})";
const escaped = "(?:[\\x20-\\x24\\x26-\\x7b\\x7d\\x7e]|%[0-9A-F]{2})*";
const lineForm = new RegExp(
  `^[0-7]\\|${uint}\\|${uint}\\|${uint}\\|${uint}\\|(?:${uint})\\|[01]\\|` +
    "[A-Za-z0-9_-]{21}[AQgw]\\|" +
    `${uint}\\|p\\|${escaped}$`,
);

export interface LetterPlace {
  readonly fate: number;
  readonly from: number;
  readonly to: number;
  readonly seqFrom: number;
  readonly seqTo: number;
}

/** Where a snapshot's line (without its line feed) belongs; null when it is no letter's line. */
export function placeOfLine(line: string): LetterPlace | null {
  const found = lineForm.exec(line);
  if (found === null) return null;
  return {
    fate: line.charCodeAt(0) - 0x30,
    from: Number(found[1]),
    to: Number(found[2]),
    seqFrom: Number(found[3]),
    seqTo: Number(found[4]),
  };
}

/** The same for a line that stands in a slab at `start`. */
export function placeInSlab(slab: Buffer, start: number): LetterPlace {
  const numbers = [0, 0, 0, 0, 0];
  let at = start;
  for (let index = 0; index < numbers.length; index += 1) {
    let value = 0;
    for (let byte = slab[at] as number; byte !== bar; byte = slab[at] as number) {
      value = value * 10 + byte - 0x30;
      at += 1;
    }
    numbers[index] = value;
    at += 1;
  }
  const [fate, from, to, seqFrom, seqTo] = numbers as [number, number, number, number, number];
  return { fate, from, to, seqFrom, seqTo };
}

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

export interface LetterIdentity {
  readonly client: ClientId;
  readonly request: number;
}

/** (client, request) is the letter's identity everywhere. */
export function identityOfLine(line: string): LetterIdentity {
  const fields = line.split("|", 9) as LineFields;
  return { client: longClientId(fields[7]), request: Number(fields[8]) };
}

/** The same in one word, as the commands of a merge name letters. */
export function identityWordOf(client: string, request: number): string {
  return `${client}.${request}`;
}

/** Of a letter's line. */
export function identityWordOfLine(line: string): string {
  const fields = line.split("|", 9) as LineFields;
  return identityWordOf(fields[7], Number(fields[8]));
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
