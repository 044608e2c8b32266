// How one letter stands in its line: the only place that knows the order of a line's fields. The
// first byte holds what became of the letter; it counts in snapshots alone (a live state keeps
// that in the mailboxes), and all else never changes.

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

function longClientId(short: string): ClientId {
  return asClientId(Buffer.from(short, "base64url").toString("hex"));
}

/** The sender's account id stands here, behind the fate and a bar. */
export const senderSkipBytes = 2;

/** Bits of the fate, written as one digit. */
export const openedByRecipient = 1;
export const goneFromRecipient = 2;
export const goneFromSender = 4;

/** Plain text of one to one, not merged from a fork: "0" and "p" until there is more. */
export function writeLetterLine(parts: LetterParts): string {
  const { from, to, seqFrom, seqTo, atMs, client, request, body } = parts;
  return `0|${from}|${to}|${seqFrom}|${seqTo}|${atMs}|0|${client}|${request}|p|${body}\n`;
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

/** "|" ends every field but the last. */
const bar = 0x7c;

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
