// How a letter to a group stands in its line: one body, and for each member his place, which is his
// account, the position in his mailbox and, in snapshots alone, what became of it there. Its fields
// stand where those of any letter do (letterLine.ts), so that what both have is read alike.

import { asAccountId } from "../base/ids.ts";
import type { AccountId, ClientId } from "../base/ids.ts";
import type { MessageOf } from "../wire/messages.ts";
import { longClientId } from "./letterLine.ts";
import { openedFlag, ownFlag, removedFlag } from "./mailbox.ts";

/** What a line of a group begins with, where others have their fate. */
export const groupMark = 8;
export const groupMarkByte = 0x38;

export interface Place {
  readonly account: AccountId;
  /** 0 where there is none: he is to be named, not told. */
  readonly seq: number;
  readonly flags: number;
}

export interface GroupLetterParts {
  readonly from: AccountId;
  readonly group: number;
  /** Of what is told of a membership: whom it is about comes first, who did it second. */
  readonly places: readonly Place[];
  readonly atMs: number;
  readonly late: boolean;
  /** The client id in its short form. */
  readonly client: string;
  readonly request: number;
  /** "p" plain; "s" sealed; "e" what is told of a membership: added, removed, owner. */
  readonly format: string;
  /** Escaped as on the wire. */
  readonly body: string;
}

/** Without its line feed. */
export function writeGroupLine(parts: GroupLetterParts): string {
  const { from, group, atMs, late, client, request, format, body } = parts;
  const places = writePlaces(parts.places);
  const when = `${atMs}|${late ? 1 : 0}`;
  return `${groupMark}|${from}|${group}|${places}|0|${when}|${client}|${request}|${format}|${body}`;
}

export interface GroupLineHead {
  readonly from: number;
  readonly group: number;
  readonly places: readonly Place[];
}

/** Null when it is no such line in its only form. */
export function readGroupLineHead(line: string): GroupLineHead | null {
  if (!lineForm.test(line)) return null;
  const fields = line.split("|");
  const places = readPlaces(fields[3] ?? "");
  return { from: Number(fields[1]), group: Number(fields[2]), places };
}

/** All places of a line that stands in the state, where it was looked at as it came. */
export function placesOfGroupLine(line: string): readonly Place[] {
  return readPlaces(line.split("|", 4)[3] ?? "");
}

/** The same line with other flags; null when nobody has it any more. */
export function withFlags(
  line: string,
  flagsOf: (account: AccountId, seq: number) => number,
): string | null {
  const fields = line.split("|");
  const places = readPlaces(fields[3] ?? "").map(({ account, seq }) => {
    return { account, seq, flags: flagsOf(account, seq) };
  });
  if (places.every(({ flags }) => flags === removedFlag)) return null;
  return fields.with(3, writePlaces(places)).join("|");
}

/** The letter as it is read from `owner`'s mailbox, where it stands at `seq`. */
export function readGroupLine(
  line: string,
  { owner, seq }: { readonly owner: AccountId; readonly seq: number },
  names: {
    readonly ofAccount: (id: number) => string;
    readonly ofGroup: (id: number) => string;
  },
): MessageOf<"message"> {
  const fields = line.split("|");
  const from = Number(fields[1]);
  const group = names.ofGroup(Number(fields[2]));
  const format = fields[9] ?? "";
  const about = Number(/^[0-9]+/.exec(fields[3] ?? "")?.[0] ?? 0);
  return {
    type: "message",
    seq,
    client: longClientId(fields[7] ?? "") as ClientId,
    request: Number(fields[8]),
    from: names.ofAccount(from),
    to: format === "e" ? names.ofAccount(about) : group,
    group,
    atMs: Number(fields[5]),
    late: fields[6] === "1",
    own: from === owner,
    format,
    body: fields[10] ?? "",
  };
}

/** In the order of the letters: unopened, opened, own, removed. */
const flagLetters = new Map([
  [0, "a"],
  [openedFlag, "b"],
  [ownFlag, "o"],
  [removedFlag, "c"],
]);
const flagsOfLetter = new Map(
  [...flagLetters].map(([flags, letter]) => [letter.charCodeAt(0), flags]),
);
const digitZero = 0x30;
const digitNine = 0x39;
const dot = 0x2e;
const comma = 0x2c;

function writePlaces(places: readonly Place[]): string {
  let text = "";
  for (const { account, seq, flags } of places) {
    text += `${text === "" ? "" : ","}${account}.${seq}${flagLetters.get(flags) ?? "c"}`;
  }
  return text;
}

/** In one walk: a large group's line has a thousand of them. */
function readPlaces(text: string): Place[] {
  const places: Place[] = [];
  let account = 0;
  let number = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= digitZero && code <= digitNine) {
      number = number * 10 + (code - digitZero);
    } else if (code === dot) {
      account = number;
      number = 0;
    } else if (code !== comma) {
      const flags = flagsOfLetter.get(code) ?? removedFlag;
      places.push({ account: asAccountId(account), seq: number, flags });
      number = 0;
    }
  }
  return places;
}

const number = "(?:0|[1-9][0-9]{0,15})";
const positive = "[1-9][0-9]{0,15}";
const place = `${positive}\\.${number}[abco]`;
const shortId = "[A-Za-z0-9_-]{21}[AQgw]";
const text = "(?:[\\x20-\\x24\\x26-\\x7b\\x7d\\x7e]|%[0-9A-F]{2})*";
const fieldForms = [
  "8",
  positive,
  positive,
  `${place}(?:,${place})*`,
  "0",
  number,
  "[01]",
  shortId,
  number,
  "[pes]",
  text,
];
const lineForm = new RegExp(`^${fieldForms.join("\\|")}$`);
