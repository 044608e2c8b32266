// What must hold of groups, drafts and read marks at the end of a run, judged from what the talkers
// were told and what new terminals find: members and only members got a group's messages, in order;
// a draft was sent once or is still there; marks are as they were set last. After a fork the weaker
// promise is held: nothing confirmed is lost, and nothing stands twice.

import { wrapsMax } from "../../src/base/sealLimits.ts";
import { BrokenRule } from "../support/historyChecker.ts";
import type { Keeping } from "./keeping.ts";
import type { EndKeys } from "./sealing.ts";
import { Memberships, type Said, type TalkBook } from "./talkBook.ts";
import type { TalkEnd } from "./talker.ts";

export interface TalkKept {
  readonly book: TalkBook;
  readonly ends: readonly TalkEnd[];
  readonly keeping: Keeping;
}

export function judgeTalk(kept: TalkKept): void {
  const { book, ends } = kept;
  for (const end of ends) nothingTwice(end);
  judgeGroups(kept);
  for (const end of ends) {
    judgeDrafts(book, end);
    judgeMarks(book, end);
    judgeKeys(book, end, { isStrict: true });
    judgeConversations(kept, end);
  }
}

/** Where histories may have parted: a draft may have been sent on both sides, and is there once. */
export function judgeTalkLeniently({ book, ends, keeping }: TalkKept): void {
  for (const end of ends) {
    nothingTwice(end);
    if (end.isMuddled) continue;
    judgeKeys(book, end, { isStrict: false });
    const drafts = new Set(end.drafts.map(({ text }) => text));
    const texts = new Set(end.letters.map(({ text }) => text));
    for (const said of book.inOrder()) {
      if (said.by !== end.name || (said.kind !== "groupSend" && said.kind !== "draftSend"))
        continue;
      const isKept = texts.has(said.text) || keeping.hasLetGo(end.name, said.text);
      if (!isKept) broken(`${saying(said)} was confirmed, and is lost`);
      if (drafts.has(said.text)) broken(`${saying(said)} was confirmed, and is a draft again`);
    }
  }
}

function nothingTwice({ name, letters }: TalkEnd): void {
  const texts = new Set<string>();
  for (const { text } of letters) {
    if (texts.has(text)) broken(`${name} has "${text}" twice`);
    texts.add(text);
  }
}

/** All that took effect, told once more by the model; each message is looked for everywhere. */
function judgeGroups({ book, ends, keeping }: TalkKept): void {
  const memberships = new Memberships();
  const places = new Map(ends.map((end) => [end.name, placesOf(end)]));
  const newest = new Map<string, number>();
  for (const said of book.inOrder()) {
    memberships.take(said.kind === "draftSend" ? { ...said, kind: "groupSend" } : said);
    const isToGroup = said.group !== "" && (said.kind === "groupSend" || said.kind === "draftSend");
    if (!isToGroup || book.isUnsure(said.group)) continue;
    const members = memberships.of(said.group);
    if (!members.has(said.by)) broken(`${saying(said)} was taken of one who is no member`);
    const wanted = [...members].sort().join(" ");
    if (said.sealedFor !== "" && said.sealedFor !== wanted) {
      broken(`${saying(said)} was sealed for ${said.sealedFor}, and reached ${wanted}`);
    }
    for (const { name } of ends) {
      const place = places.get(name)?.get(said.text) ?? 0;
      if (place === 0 && keeping.hasLetGo(name, said.text)) continue;
      if (members.has(name) !== place > 0) {
        broken(
          `${saying(said)}: ${name} ${place > 0 ? "has it, and is" : "lacks it, and is"} ` +
            `${members.has(name) ? "a" : "no"} member`,
        );
      }
      if (place === 0) continue;
      if (place <= (newest.get(name) ?? 0)) broken(`${saying(said)} stands too early at ${name}`);
      newest.set(name, place);
    }
  }
  for (const end of ends) judgeMembers(book, memberships, end);
}

function placesOf({ letters }: TalkEnd): ReadonlyMap<string, number> {
  return new Map(letters.map(({ text, seq }) => [text, seq]));
}

function judgeMembers(book: TalkBook, memberships: Memberships, end: TalkEnd): void {
  for (const { name, members } of end.groups) {
    if (book.isUnsure(name)) continue;
    const wanted = [...memberships.of(name)].sort().join(" ");
    const found = [...members].sort().join(" ");
    if (found !== wanted)
      broken(`in ${name} are ${found}, by ${end.name}; there should be ${wanted}`);
  }
}

/** One's own drafts as the requests left them; texts differ, so that each writing is known. */
function judgeDrafts(book: TalkBook, end: TalkEnd): void {
  const own = book.said.filter(({ by, kind }) => by === end.name && kind.startsWith("draft"));
  if (own.some(({ outcome }) => outcome === "unknown")) return;
  const kept = new Map<number, string>();
  for (const said of book.inOrder()) {
    if (said.by !== end.name) continue;
    if (said.kind === "draftPut") kept.set(said.draft, said.text);
    if (said.kind === "draftRemove" || said.kind === "draftSend") kept.delete(said.draft);
  }
  const wanted = [...kept].map(([draft, text]) => `${draft} ${text}`).join(", ");
  const found = end.drafts.map(({ draft, text }) => `${draft} ${text}`).join(", ");
  if (found !== wanted) broken(`${end.name} has the drafts ${found}; there should be ${wanted}`);
}

/** What a draft became to one person is with both, once. */
function judgeConversations({ book, ends, keeping }: TalkKept, end: TalkEnd): void {
  for (const said of book.inOrder()) {
    if (said.by !== end.name || said.kind !== "draftSend" || said.group !== "") continue;
    for (const { name, letters } of ends) {
      const count = letters.filter(({ text }) => text === said.text).length;
      const wanted = name === said.by || name === said.to ? 1 : 0;
      if (count < wanted && keeping.hasLetGo(name, said.text)) continue;
      if (count !== wanted) broken(`${saying(said)}: ${name} has it ${count} times`);
    }
  }
}

/** Of more wraps than that the oldest are let go. */
const wrapsSure = wrapsMax - 1;

/** Keys and wraps that were confirmed are the account's; after a fork they may be former ones. */
function judgeKeys(book: TalkBook, end: TalkEnd, { isStrict }: { isStrict: boolean }): void {
  const { present, wraps, former, formerWraps } = end.keys ?? noKeys;
  const own = book.said.filter(({ by, kind }) => by === end.name && kind === "keysPut");
  for (const { outcome, text: publics, to: wrap } of own) {
    if (outcome !== "ok") continue;
    const place = former.indexOf(publics);
    const isFormer = !isStrict && place >= 0;
    if (present !== publics && !isFormer)
      broken(`keys of ${end.name} were confirmed, and are lost`);
    const kept = present === publics ? wraps : (formerWraps[place] ?? "").split(".");
    if (own.length > wrapsSure || kept.includes(wrap)) continue;
    broken(`a wrap of the keys of ${end.name} was confirmed, and is lost`);
  }
}

const noKeys: EndKeys = { present: "", wraps: [], former: [], formerWraps: [] };

function judgeMarks(book: TalkBook, end: TalkEnd): void {
  const own = book.said.filter(({ by, kind }) => by === end.name && kind === "mark");
  if (own.some(({ outcome }) => outcome === "unknown")) return;
  const marks = new Map<number, string>();
  for (const { kind, by, change, seqs } of book.inOrder()) {
    if (kind === "mark" && by === end.name) for (const seq of seqs) marks.set(seq, change);
  }
  for (const { seq, own: isOwn, mark, text } of end.letters) {
    if (isOwn || mark === (marks.get(seq) ?? "unread")) continue;
    broken(`"${text}" counts as ${mark} at ${end.name}, where it was marked ${marks.get(seq)}`);
  }
}

function saying({ by, kind, change, group, to, member, text, op }: Said): string {
  const words = [kind, change, group, to, member, `"${text}"`].filter(Boolean).join(" ");
  return `${by}'s ${words} (op ${op})`;
}

function broken(message: string): never {
  throw new BrokenRule(message);
}
