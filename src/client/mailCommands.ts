// What the commands about one's own mailbox do: open, mark and take out messages, and read back
// what was written. What the marks mean on the servers is decided there.

import {
  chatLettersShown,
  historyFoundMax,
  historyLettersUsual,
  historyPagesMax,
  itemsPerPage,
  listedLettersMax,
  marksPerRequestMax,
} from "../base/limits.ts";
import { isLobby } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import { replyOf, type Why } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { withGroupHint } from "./groupHint.ts";
import { letterView } from "./letterView.ts";
import { ownGroups } from "./lookUp.ts";
import type { CommandOf } from "./parsed.ts";
import { refuse, type Result } from "./results.ts";
import { askWhoIsNow } from "./sealing/departed.ts";
import type { Read } from "./sealing/reading.ts";
import { BackwardOrder } from "./sealing/sequences.ts";
import type { HistoryEntryView, LetterView } from "./views.ts";

export async function runInbox(desk: Desk, wanted: number): Promise<Result> {
  const letters: LetterView[] = [];
  const countMax = Math.min(wanted, listedLettersMax);
  let more = true;
  let unread = 0;
  while (more && letters.length < countMax) {
    const count = Math.min(itemsPerPage, countMax - letters.length);
    const after = letters.at(-1)?.seq ?? 0;
    const outcome = await desk.client.query({ type: "list", after, count, unopened: true });
    const end = replyOf(outcome, "listed");
    if (!outcome.ok || end === null) return refuse(desk, "inbox", outcome);
    const parts = outcome.replies.filter((reply) => reply.type === "item");
    await askWhoIsNow(desk.sealer, parts);
    const items = parts.map((part) => letterView(part, desk.sealer.readKept(part)));
    letters.push(...items);
    unread = end.unopened;
    more = end.more && items.length > 0;
  }
  const seqs = letters.map(({ seq }) => seq);
  for (let from = 0; from < seqs.length; from += marksPerRequestMax) {
    const answer = await desk.client.mark("read", seqs.slice(from, from + marksPerRequestMax));
    if (!answer.ok) return refuse(desk, "inbox", answer);
    unread = answer.reply.unopened;
  }
  desk.noteLetters(letters);
  // What came while this terminal was on is newer.
  desk.lastLetter ??= letters.findLast(({ own, event }) => !own && event === "") ?? null;
  desk.show({ kind: "inbox", letters, unread });
  return "done";
}

const markOf = { read: "read", unread: "unread", remove: "removed" } as const;

export async function runMark(
  desk: Desk,
  kind: keyof typeof markOf,
  words: readonly string[],
): Promise<Result> {
  const seqs = await desk.ids.resolve(desk.client, words);
  if (!Array.isArray(seqs)) return refuse(desk, kind, seqs as Why);
  if (seqs.length === 0) return refuse(desk, kind, noneNamed);
  let count = 0;
  let unread = desk.unopened;
  for (let from = 0; from < seqs.length; from += marksPerRequestMax) {
    const answer = await desk.client.mark(
      markOf[kind],
      seqs.slice(from, from + marksPerRequestMax),
    );
    if (!answer.ok) return refuse(desk, kind, answer);
    count += answer.reply.count;
    unread = answer.reply.unopened;
  }
  desk.show({ kind: "marked", mark: markOf[kind], asked: seqs.length, count, unread });
  return "done";
}

const noneNamed: Why = { code: "misused", message: "Say which messages, by their numbers." };

export async function runHistory(
  desk: Desk,
  command: CommandOf<"history">,
  partner: string,
): Promise<Result> {
  const { find, before } = command;
  const start = before === null ? [0] : await desk.ids.resolve(desk.client, [before]);
  if (!Array.isArray(start)) return refuse(desk, "history", start as Why);
  const read = await readBack(desk, {
    with: partner.trim(),
    before: start[0] as number,
    count: Math.min(command.count ?? historyLettersUsual, historyFoundMax),
    isWanted: ({ text }) => find === null || text.toLowerCase().includes(find.toLowerCase()),
  });
  if ("code" in read) return refuse(desk, "history", read);
  desk.noteLetters(read.entries.map(({ letter }) => letter));
  desk.show({ kind: "history", find, isOlder: before !== null, ...read });
  return "done";
}

/** Opens a conversation: its newest messages are shown, and count as read. */
export async function runChat(desk: Desk, partner: string): Promise<Result> {
  const read = await readBack(desk, {
    with: partner.trim(),
    before: 0,
    count: chatLettersShown,
    isWanted: () => true,
  });
  if ("code" in read) return refuse(desk, "chat", read);
  desk.partner = read.with;
  if (isLobby(read.with)) desk.sealer.notSealed(read.with);
  desk.noteLetters(read.entries.map(({ letter }) => letter));
  desk.show({ kind: "history", find: null, isOlder: false, ...read });
  const unread = read.entries.filter(({ mark }) => mark === "unread");
  if (unread.length === 0) return "done";
  const answer = await desk.client.mark(
    "read",
    unread.map(({ letter }) => letter.seq),
  );
  return answer.ok ? "done" : refuse(desk, "chat", answer);
}

export function runLeave(desk: Desk): Result {
  const { partner } = desk;
  if (partner === null) return refuse(desk, "leave", noConversation);
  desk.partner = null;
  desk.show({ kind: "note", text: `Left the conversation with ${partner}.` });
  return "done";
}

const noConversation: Why = {
  code: "no-conversation",
  message: "No conversation is open. chat [name] opens one.",
};

interface ReadBack {
  readonly with: string;
  /** Oldest first. */
  readonly entries: readonly HistoryEntryView[];
  readonly more: boolean;
}

/** Page by page, since a page may hold nothing of what is looked for. */
async function readBack(
  desk: Desk,
  wish: {
    readonly with: string;
    readonly before: number;
    readonly count: number;
    readonly isWanted: (letter: LetterView) => boolean;
  },
): Promise<ReadBack | Why> {
  const entries: HistoryEntryView[] = [];
  const order = new BackwardOrder();
  let { before, with: name } = wish;
  for (let page = 0; page < historyPagesMax; page += 1) {
    const ask = { type: "history", with: wish.with, before, count: itemsPerPage } as const;
    const outcome = await desk.client.query(ask);
    if (!outcome.ok) return hinted(desk, wish.with, outcome);
    const end = replyOf(outcome, "historyEnd");
    if (end === null) return { code: "unexpected", message: "The servers' answer makes no sense." };
    name = end.with;
    const parts = outcome.replies.filter((reply) => reply.type === "entry");
    await askWhoIsNow(desk.sealer, parts);
    for (const part of parts) {
      const entry = entryView(part, desk.sealer.readKept(part, order));
      if (!wish.isWanted(entry.letter)) continue;
      if (entries.length >= wish.count) {
        return { with: name, entries: entries.reverse(), more: true };
      }
      entries.push(entry);
    }
    before = end.before;
    if (before === 0 || entries.length >= wish.count) break;
  }
  return { with: name, entries: entries.reverse(), more: before !== 0 };
}

/** Whoever names a group of his without its # is told. */
async function hinted(desk: Desk, name: string, why: Why): Promise<Why> {
  if (why.code !== "no-such-user") return why;
  return withGroupHint(why, name, await ownGroups(desk.client));
}

function entryView(entry: MessageOf<"entry">, read: Read): HistoryEntryView {
  const { mark } = entry;
  const known = mark === "unread" || mark === "read" || mark === "delivered" ? mark : "stored";
  return { letter: letterView(entry, read), mark: known };
}
