// Which letters a bounded history lets go: of each conversation those beyond its newest, if they
// are one's own or were read; unread ones never. A mailbox is looked through from its newest letter
// on, a stretch at a time; where a look has come to is the looker's, and no state.

import { trimmedPerOpMax } from "../base/limits.ts";
import { trimLookLetters } from "../base/talkLimits.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account, Accounts } from "./accounts.ts";
import { groupMark } from "./groupLine.ts";
import { senderSkipBytes } from "./letterLine.ts";
import type { LetterStore } from "./letters.ts";
import { openedFlag, ownFlag } from "./mailbox.ts";

/** Where a look has come to. */
export class TrimCursor {
  /** The account that is being looked through. */
  account = 0;
  /** Only what stands before this position is left to be looked at. */
  before = 0;
  /** How much has been looked at, ever: letters, and accounts without any. */
  looked = 0;
  /** How often all accounts have been looked through. */
  round = 0;
  /** Letters seen of each conversation of this account. */
  readonly counts = new Map<string, number>();
}

interface Shelves {
  readonly accounts: Accounts;
  readonly letters: LetterStore;
}

/** The next stretch; null when nothing in it is to go. */
export function nextTrim(
  chat: Shelves,
  cursor: TrimCursor,
  keep: number,
): MessageOf<"trim"> | null {
  const owner = cursor.before > 1 ? chat.accounts.get(cursor.account) : undefined;
  if (owner === undefined) {
    moveOn(chat, cursor);
    return null;
  }
  const through = cursor.looked + trimLookLetters;
  const seqs: number[] = [];
  while (cursor.looked < through && seqs.length < trimmedPerOpMax) {
    cursor.looked += 1;
    cursor.before = owner.mailbox.previous(cursor.before);
    if (cursor.before === 0) break;
    if (isToGo(chat, owner, cursor, keep)) seqs.push(cursor.before);
  }
  return seqs.length === 0 ? null : { type: "trim", account: owner.id, seqs };
}

/** To the next account that has letters; from the last one to the first. */
function moveOn({ accounts }: Shelves, cursor: TrimCursor): void {
  cursor.counts.clear();
  for (let step = 0; step < trimLookLetters; step += 1) {
    cursor.looked += 1;
    if (cursor.account >= accounts.lastId) cursor.round += 1;
    cursor.account = cursor.account >= accounts.lastId ? 1 : cursor.account + 1;
    const last = accounts.get(cursor.account)?.mailbox.last ?? 0;
    cursor.before = last + 1;
    if (last > 0 || accounts.lastId === 0) return;
  }
}

function isToGo(chat: Shelves, owner: Account, cursor: TrimCursor, keep: number): boolean {
  const seq = cursor.before;
  const conversation = conversationOf(chat, owner, seq);
  const count = (cursor.counts.get(conversation) ?? 0) + 1;
  cursor.counts.set(conversation, count);
  return count > keep && isRead(owner, seq);
}

/** One's own, or opened and delivered. */
export function isRead({ mailbox }: Account, seq: number): boolean {
  const flags = mailbox.flagsAt(seq);
  return flags === ownFlag || (flags === openedFlag && mailbox.isDelivered(seq));
}

function conversationOf({ letters }: Shelves, owner: Account, seq: number): string {
  const address = owner.mailbox.addressAt(seq);
  const from = letters.numberAt(address, senderSkipBytes);
  const to = letters.numberAt(address, senderSkipBytes + String(from).length + 1);
  if (letters.numberAt(address, 0) === groupMark) return `#${to}`;
  return String(from === owner.id ? to : from);
}
