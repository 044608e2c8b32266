// One's own mailbox read backwards, all of it or what was written to and by one other person. It
// needs no index, since own copies stand in it as well: a bounded stretch is looked through for
// each question, and the asker goes on from where the answer ended.

import { historyScanLetters } from "../base/limits.ts";
import { foldName, formerAddress, isGroupAddress } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account, Accounts } from "./accounts.ts";
import type { HistoryAsk, HistoryEntry, HistoryPage } from "./contract.ts";
import { groupMark, groupMarkByte } from "./groupLine.ts";
import type { Groups } from "./groups.ts";
import { recipientOfLine, senderSkipBytes } from "./letterLine.ts";
import type { LetterStore } from "./letters.ts";
import { ownFlag, removedFlag } from "./mailbox.ts";

/** What is read of the state. */
interface Shelves {
  readonly accounts: Accounts;
  readonly letters: LetterStore;
  readonly groups: Groups;
  read(owner: Account, seq: number): MessageOf<"message">;
}

/** Whom a letter is from or to, by account id; or to which group, by its id. */
interface Partner {
  readonly isGroup: boolean;
  readonly isWanted: (id: number) => boolean;
}

/** Newest first. */
export function readHistory(chat: Shelves, owner: Account, ask: HistoryAsk): HistoryPage {
  const { mailbox } = owner;
  const newest = ask.before === 0 ? mailbox.last : Math.min(ask.before - 1, mailbox.last);
  const oldest = Math.max(0, newest - historyScanLetters);
  const partner = ask.with === "" ? null : partnerOf(chat, ask.with);
  const entries: HistoryEntry[] = [];
  let seq = newest;
  for (; seq > oldest && entries.length < ask.count; seq -= 1) {
    const flags = mailbox.flagsAt(seq);
    if ((flags & removedFlag) !== 0) continue;
    if (partner !== null && !isBetween(chat, owner, { seq, flags, partner })) continue;
    entries.push({ letter: chat.read(owner, seq), mark: markOf(chat, owner, { seq, flags }) });
  }
  return { entries, before: seq < 1 ? 0 : seq + 1 };
}

/**
 * Whoever has the name; when nobody has, those who had it and were deleted. These alone, too, by
 * what they are shown as, however often the name has been given away since: `bob (deleted)`.
 */
function partnerOf(chat: Shelves, shown: string): Partner {
  const former = formerAddress(shown);
  const name = former ?? shown;
  const isFormer = former !== null;
  if (isGroupAddress(name)) return { isGroup: true, isWanted: groupNamed(chat, name, isFormer) };
  const live = isFormer ? undefined : chat.accounts.named(name);
  if (live !== undefined) return { isGroup: false, isWanted: (id) => id === live.id };
  const deleted = `${foldName(name)} (deleted)`;
  const isWanted = (id: number): boolean => {
    return chat.accounts.get(id) === undefined && isNamed(chat.accounts.nameOf(id), deleted);
  };
  return { isGroup: false, isWanted };
}

/** The group of that name; when there is none, those that had it and are gone. */
function groupNamed({ groups }: Shelves, name: string, isFormer: boolean): (id: number) => boolean {
  const live = isFormer ? undefined : groups.named(name.slice(1));
  if (live !== undefined) return (id) => id === live.id;
  const gone = `${name.toLowerCase()} (gone)`;
  return (id) => groups.get(id) === undefined && isNamed(groups.nameOf(id), gone);
}

function isNamed(name: string, folded: string): boolean {
  return name.toLowerCase() === folded;
}

function isBetween(
  chat: Shelves,
  owner: Account,
  at: { readonly seq: number; readonly flags: number; readonly partner: Partner },
): boolean {
  const { isGroup, isWanted } = at.partner;
  const address = owner.mailbox.addressAt(at.seq);
  if ((chat.letters.numberAt(address, 0) === groupMark) !== isGroup) return false;
  const from = chat.letters.numberAt(address, senderSkipBytes);
  if (!isGroup && (at.flags & ownFlag) === 0) return isWanted(from);
  const toSkipBytes = senderSkipBytes + String(from).length + 1;
  return isWanted(chat.letters.numberAt(address, toSkipBytes));
}

/** What became of it: of one's own at the other end, of others' here. */
function markOf(
  chat: Shelves,
  owner: Account,
  { seq, flags }: { readonly seq: number; readonly flags: number },
): HistoryEntry["mark"] {
  if ((flags & ownFlag) === 0) return flags === 0 ? "unread" : "read";
  const line = chat.letters.lineAt(owner.mailbox.addressAt(seq));
  if (line.charCodeAt(0) === groupMarkByte) return "stored";
  const { to, seqTo } = recipientOfLine(line);
  const recipient = chat.accounts.get(to);
  if (to === owner.id) return "read";
  if (recipient === undefined || seqTo === 0) return "stored";
  const { mailbox } = recipient;
  if ((mailbox.flagsAt(seqTo) & removedFlag) === 0 && mailbox.flagsAt(seqTo) !== 0) return "read";
  return mailbox.isDelivered(seqTo) ? "delivered" : "stored";
}
