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
  readonly client: ClientId;
  readonly request: number;
  /** Escaped as on the wire. */
  readonly body: string;
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

const uint = "(0|[1-9][0-9]{0,14})";
const escaped = "(?:[\\x20-\\x24\\x26-\\x7b\\x7d\\x7e]|%[0-9A-F]{2})*";
const lineForm = new RegExp(
  `^[0-7]\\|${uint}\\|${uint}\\|${uint}\\|${uint}\\|(?:${uint})\\|[01]\\|[0-9a-f]{32}\\|` +
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
  let at = start;
  const next = (): number => {
    let value = 0;
    // A number ends at the bar behind it.
    for (let byte = slab[at] as number; byte !== bar; byte = slab[at] as number) {
      value = value * 10 + byte - 0x30;
      at += 1;
    }
    at += 1;
    return value;
  };
  const [fate, from, to, seqFrom, seqTo] = [next(), next(), next(), next(), next()];
  return { fate, from, to, seqFrom, seqTo };
}

const bar = 0x7c;

/** The letter as it is read from its `owner`'s mailbox. */
export function readLetterLine(
  line: string,
  owner: AccountId,
  nameOf: (account: number) => string,
): MessageOf<"message"> {
  const fields = line.split("|");
  const at = (index: number): string => fields[index] as string;
  const from = asAccountId(Number(at(1)));
  const to = asAccountId(Number(at(2)));
  const own = from === owner;
  return {
    type: "message",
    seq: Number(own ? at(3) : at(4)),
    client: asClientId(at(7)),
    request: Number(at(8)),
    from: nameOf(from),
    to: nameOf(to),
    group: "",
    atMs: Number(at(5)),
    late: at(6) === "1",
    own,
    format: at(9),
    body: at(10),
  };
}
