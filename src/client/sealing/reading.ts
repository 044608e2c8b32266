// What a reader is shown of a message that came: its text if all is as it should be, and what is to
// be said if not. PURE but for the pins, which learn whose key is whose from what they see. Nothing
// is ever dropped: what cannot be opened stands there as a warning.

import { checkName, checkText, foldName, inert, isLobby } from "../../base/text.ts";
import { textBytesMax, textLettersMax } from "../../base/limits.ts";
import { unescapeText } from "../../wire/fields.ts";
import type { MessageOf } from "../../wire/messages.ts";
import {
  draftPlace,
  type Fault,
  groupTarget,
  openBody,
  type Opened,
  personTarget,
  readBody,
  readersOfTag,
} from "./body.ts";
import { judgeDeparted, nameBefore } from "./departed.ts";
import {
  badSignature,
  damaged,
  type Doubt,
  formerKey,
  keyNotAccepted,
  keyOfAnother,
  missingBefore,
  noKeysHere,
  notForYou,
  notSealed,
  otherGroup,
  outOfOrder,
  plainThough,
  shownBefore,
  wrongWriter,
} from "./doubts.ts";
import { idOf, type Identity, idText } from "./identity.ts";
import { keyOfDraft } from "./meantFor.ts";
import type { Pins, Verdict } from "./pins.ts";
import type { Numbered, Order } from "./sequences.ts";

export interface Read {
  readonly text: string;
  readonly doubt: Doubt | null;
  /** The key that has signed it, base64url, whoever's it is; absent where it stayed closed. */
  readonly signedBy?: string;
}

/** One's own, and for which key it was written; null where that was not known. */
export interface ReadDraft extends Read {
  readonly key: string | null;
}

/** With which keys, and what is known of others'. */
export interface Reading {
  /** The present one first. */
  readonly own: readonly Identity[];
  readonly pins: Pins | null;
  readonly judge: (place: Numbered, sequence: number) => Order;
  /** Whether the group of that name is the one that was made by this request. */
  readonly isOrigin: (group: string, origin: string) => boolean;
  /** Of what comes as it is written; null of what is read back. */
  readonly told: ((name: string, verdict: Verdict) => void) | null;
}

type Letter = MessageOf<"message"> | MessageOf<"item"> | MessageOf<"entry">;

export function readLetter(reading: Reading, letter: Letter): Read {
  const { format, body, group } = letter;
  if (format !== "s") {
    const text = unescapeText(body) ?? body;
    const isOpen = format === "e" || isLobby(group);
    return { text, doubt: isOpen ? null : plainDoubt(reading, letter) };
  }
  const cut = readBody(body);
  if (reading.own.length === 0) return hidden(noKeysHere);
  if (cut === null) return hidden(damaged);
  const opened = open(reading, letter, cut);
  if ("code" in opened) return hidden(opened);
  const read = readOpened(reading, letter, { opened, tag: cut.tag });
  return { ...read, signedBy: opened.writer.toString("base64url") };
}

function readOpened(
  reading: Reading,
  letter: Letter,
  { opened, tag }: { readonly opened: Opened; readonly tag: string },
): Read {
  const { group } = letter;
  const said = group === "" ? { text: opened.text, origin: tag } : groupWords(opened.text);
  if (said === null) return hidden(badSignature);
  const doubt = judgeWriter(reading, letter, opened, tag);
  if (doubt?.hidesText === true) return hidden(doubt);
  const { from: writer, client, late } = letter;
  const place = { writer, client, tag: said.origin };
  const order = late ? "next" : reading.judge(place, opened.sequence);
  if (order === "stale") return hidden(outOfOrder);
  const isThere = group === "" || reading.isOrigin(group, said.origin);
  // One is told, the gravest: servers can make gaps at will.
  const beside = isThere ? (doubt ?? besideOf(order)) : otherGroup;
  return { text: bounded(said.text), doubt: beside };
}

function besideOf(order: Order): Doubt | null {
  if (order === "again") return shownBefore;
  return order === "gap" ? missingBefore : null;
}

/** In a group the words begin with what made it. */
function groupWords(text: string): { readonly origin: string; readonly text: string } | null {
  const found = /^([0-9a-f]{32}-[0-9]{1,16}) /.exec(text);
  const origin = found?.[1];
  return origin === undefined ? null : { origin, text: text.slice(origin.length + 1) };
}

export function readDraft(
  own: readonly Identity[],
  item: { readonly to: string; readonly format: string; readonly body: string },
): ReadDraft {
  const { to, format, body } = item;
  const closed = (doubt: Doubt): ReadDraft => ({ ...hidden(doubt), key: null });
  if (format !== "s") return { text: unescapeText(body) ?? body, doubt: notSealed, key: null };
  const cut = readBody(body);
  if (own.length === 0) return closed(noKeysHere);
  if (cut === null) return closed(damaged);
  const reader = own.find(({ id }) => idText(id) === cut.tag);
  if (reader === undefined) return closed(notForYou);
  const opened = openBody(cut.bytes, {
    reader,
    place: draftPlace(to),
    readersOf: (writer) => (writer.equals(reader.signing) ? [reader.id] : null),
  });
  return typeof opened === "string"
    ? closed(doubtOf(opened))
    : { text: bounded(opened.text), doubt: null, key: keyOfDraft(opened.sequence) };
}

function plainDoubt({ pins }: Reading, { own, from }: Letter): Doubt {
  return !own && pins?.of(from) != null ? plainThough(from) : notSealed;
}

function hidden(doubt: Doubt): Read {
  return { text: doubt.words, doubt };
}

function open(
  { own }: Reading,
  letter: Letter,
  { tag, bytes }: { readonly tag: string; readonly bytes: Buffer },
): Opened | Doubt {
  const { client, request, group } = letter;
  const isGroup = group !== "";
  const target = isGroup ? groupTarget(tag) : personTarget;
  const place = { target, named: !isGroup, client, request };
  // Of one's own copy the tag names the other reader, and of a group's message all of them.
  const isAnys = letter.own || isGroup;
  const readers = isAnys ? own : own.filter(({ id }) => idText(id) === tag);
  let fault: Fault = "not-for-you";
  for (const reader of readers) {
    const readersOf = (writer: Buffer): readonly Buffer[] | null =>
      isGroup ? [] : readersOfTag(tag, writer);
    const opened = openBody(bytes, { reader, place, readersOf });
    if (typeof opened !== "string") return opened;
    if (fault === "not-for-you") fault = opened;
  }
  return doubtOf(fault);
}

function doubtOf(fault: Fault): Doubt {
  switch (fault) {
    case "damaged":
      return damaged;
    case "not-for-you":
      return notForYou;
    case "bad-signature":
      return badSignature;
  }
}

function judgeWriter(
  { own, pins, told }: Reading,
  letter: Letter,
  { writer }: Opened,
  tag: string,
): Doubt | null {
  const isOurs = own.some(({ signing }) => signing.equals(writer));
  const { from, to } = letter;
  if (letter.own) {
    if (!isOurs) return wrongWriter;
    if (letter.group !== "") return null;
    if (own.some(({ id }) => idText(id) === tag)) {
      return foldName(to) === foldName(from) ? null : badSignature;
    }
    const isHis = pins?.isKnown(nameBefore(to), (signing) => idText(idOf(signing)) === tag);
    return isHis === false && checkName(to) === null ? badSignature : null;
  }
  if (isOurs) return wrongWriter;
  if (pins === null) return noKeysHere;
  if (checkName(from) !== null) {
    const before = nameBefore(from);
    // Nobody can be called so: it would stand there as somebody whom nothing is known of.
    if (from !== nobodyNow && (before === from || checkName(before) !== null)) return wrongWriter;
    return judgeDeparted(pins, { name: before, writer, isAsked: told === null });
  }
  const verdict = pins.see(from, writer, told === null ? "kept" : "letter");
  told?.(from, verdict);
  switch (verdict.kind) {
    case "new":
    case "known":
    case "changed":
      return null;
    case "former":
      return formerKey(from);
    case "held":
      return keyNotAccepted(from);
    case "another's":
      return keyOfAnother(from, verdict.name);
  }
}

/** Whom no message names any more. */
const nobodyNow = "(deleted)";

/** A writer's client may have kept to no limit; of plain messages servers see to both. */
function bounded(text: string): string {
  const isGood = text.trim() === "" || checkText(text, textLettersMax + 1) === null;
  if (isGood) return inert(text);
  let letters = [...text].slice(0, textLettersMax);
  while (Buffer.byteLength(letters.join(""), "utf8") > textBytesMax) letters = letters.slice(0, -1);
  return `${inert(letters.join(""))}… (cut: it was longer than a message may be)`;
}
