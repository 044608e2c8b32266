// The replicated state of the chat: what all servers hold alike after the same records. This file
// answers questions about it; commands change it in apply.ts and the files named there.

import { assert } from "../base/assert.ts";
import type { AccountId, ClientId, Op, ServerId } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { servedStepMs } from "../base/limits.ts";
import { foldName, groupNameOf, makeGlob } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import { Accounts } from "./accounts.ts";
import { Clients, isDecided } from "./clients.ts";
import type { Chat, HistoryAsk, HistoryPage, ListedLetter, MailboxView } from "./contract.ts";
import type { GroupView, MembersAsk, MembersPage } from "./contract.ts";
import type { RequestFate, RosterPage, SessionView, Verifier } from "./contract.ts";
import type { Draft } from "./drafts.ts";
import { groupMarkByte, readGroupLine } from "./groupLine.ts";
import { Groups } from "./groups.ts";
import { listGroups, listMembers, listRoster } from "./groupViews.ts";
import { readHistory } from "./history.ts";
import { ownKeysOf, publicsOf } from "./keys.ts";
import { LetterFrames } from "./letterFrame.ts";
import { readLetterLine } from "./letterLine.ts";
import { LetterStore } from "./letters.ts";
import { Places } from "./places.ts";
import { nextTrim, type TrimCursor } from "./trimming.ts";

const undecided: RequestFate = { kind: "new" };

export function createChat(): ChatState {
  return new ChatState();
}

export class ChatState implements Chat {
  op: Op = asOp(0);
  atUs = 0;
  /** Time during which records came: what expiry counts, so that an outage expires nothing. */
  servedUs = 0;
  readonly accounts = new Accounts();
  readonly clients = new Clients();
  readonly letters = new LetterStore();
  readonly frames = new LetterFrames(this.accounts, this.letters);
  readonly groups = new Groups();
  /** How much each server still holds of branches that are to be merged; none of who holds none. */
  readonly unmerged = new Map<ServerId, number>();
  /** Of letters sent on both sides of a fork, as drafts: which one stands for this one here. */
  readonly twins = new Map<string, string>();
  readonly places = new Places();

  /** The state stands at this record from now on. */
  advance(op: Op, atUs: number): void {
    assert(op === this.op + 1, "ops follow one another: op", op);
    const passedUs = Math.max(0, atUs - this.atUs);
    this.servedUs += Math.min(passedUs, servedStepMs * 1_000);
    this.op = op;
    this.atUs = Math.max(this.atUs, atUs);
  }

  fateOf(client: ClientId, request: number): RequestFate {
    const record = this.clients.get(client);
    if (record === undefined || !isDecided(record, request)) return undecided;
    const reply = record.replies.get(request);
    return reply === undefined ? { kind: "unknown" } : { kind: "kept", reply };
  }

  sessionOf(client: ClientId): SessionView | null {
    const record = this.clients.get(client);
    if (record === undefined || record.account === null) return null;
    const { id, name } = record.account;
    return { account: id, name, tokenHash: record.tokenHash };
  }

  ownerOf(client: ClientId): AccountId | null {
    return this.clients.get(client)?.owner ?? null;
  }

  *sessions(): Iterable<readonly [ClientId, AccountId]> {
    for (const { id, account } of this.clients.all()) {
      if (account !== null) yield [id, account.id];
    }
  }

  *recorded(): Iterable<readonly [ClientId, AccountId | null]> {
    for (const { id, account } of this.clients.all()) yield [id, account?.id ?? null];
  }

  verifierOf(name: string): Verifier | null {
    const account = this.accounts.named(name);
    if (account === undefined) return null;
    return { account: account.id, name: account.name, ...account.verifier };
  }

  isPasswordContested(account: AccountId): boolean {
    return this.accounts.get(account)?.isPasswordContested === true;
  }

  accountOf(name: string): AccountId | null {
    return this.accounts.named(name)?.id ?? null;
  }

  keysOf(wanted: string): { readonly name: string; readonly publics: Buffer } | null {
    const account = this.accounts.named(wanted);
    if (account === undefined) return null;
    return { name: account.name, publics: publicsOf(account.keys?.present ?? null) };
  }

  ownKeysOf(account: AccountId): MessageOf<"ownKeys"> {
    return ownKeysOf(this.accounts.get(account));
  }

  hasFormerKeys(account: AccountId): boolean {
    return (this.accounts.get(account)?.keys?.former.length ?? 0) > 0;
  }

  nameOf(account: AccountId): string {
    return this.accounts.nameOf(account);
  }

  formerNameOf(account: AccountId): string {
    return this.accounts.get(account)?.formerName ?? "";
  }

  namesSince(name: string): readonly string[] {
    return this.accounts.namesSince(name);
  }

  lastSeenMs(account: AccountId): number {
    return this.accounts.get(account)?.lastSeenMs ?? 0;
  }

  mailboxOf(account: AccountId): MailboxView {
    const mailbox = this.accounts.get(account)?.mailbox;
    if (mailbox === undefined) return { last: 0, delivered: 0, unopened: 0 };
    return { last: mailbox.last, delivered: mailbox.delivered, unopened: mailbox.unopened };
  }

  unopenedThrough(account: AccountId, seq: number): number {
    return this.accounts.get(account)?.mailbox.unopenedThrough(seq) ?? 0;
  }

  isDelivered(account: AccountId, seq: number): boolean {
    return this.accounts.get(account)?.mailbox.isDelivered(seq) === true;
  }

  letterAt(account: AccountId, seq: number): MessageOf<"message"> | null {
    const owner = this.accounts.get(account);
    return owner === undefined || !owner.mailbox.has(seq) ? null : this.read(owner, seq);
  }

  writeLetter(
    target: Buffer,
    start: number,
    account: AccountId,
    seq: number,
    echoOf: string,
  ): number {
    const owner = this.accounts.get(account);
    if (owner === undefined || !owner.mailbox.has(seq)) return start;
    return this.frames.write(target, start, owner, seq, echoOf);
  }

  list(
    account: AccountId,
    range: { readonly after: number; readonly count: number; readonly unopened: boolean },
  ): { readonly letters: readonly ListedLetter[]; readonly more: boolean } {
    const owner = this.accounts.get(account);
    if (owner === undefined) return { letters: [], more: false };
    const letters: ListedLetter[] = [];
    let seq = owner.mailbox.next(range.after, range.unopened);
    while (seq > 0 && letters.length < range.count) {
      letters.push({ letter: this.read(owner, seq), opened: owner.mailbox.flagsAt(seq) !== 0 });
      seq = owner.mailbox.next(seq, range.unopened);
    }
    return { letters, more: seq > 0 };
  }

  history(account: AccountId, ask: HistoryAsk): HistoryPage {
    const owner = this.accounts.get(account);
    return owner === undefined ? { entries: [], before: 0 } : readHistory(this, owner, ask);
  }

  hasBlocked(account: AccountId, other: AccountId): boolean {
    return this.accounts.get(account)?.blocked?.has(other) === true;
  }

  blocksOf(account: AccountId): ReadonlySet<AccountId> | null {
    return this.accounts.get(account)?.blocked ?? null;
  }

  blockedBy(account: AccountId): readonly string[] {
    const ids = [...(this.accounts.get(account)?.blocked ?? [])];
    const names = ids.flatMap((id) => this.accounts.get(id)?.name ?? []);
    return names.sort((one, other) => (foldName(one) < foldName(other) ? -1 : 1));
  }

  groupsOf(account: AccountId): readonly GroupView[] {
    return listGroups(this, account);
  }

  membersOf(account: AccountId, ask: MembersAsk): MembersPage | null {
    return listMembers(this, account, ask);
  }

  rosterOf(account: AccountId, ask: MembersAsk): RosterPage | null {
    return listRoster(this, account, ask);
  }

  userNamed(name: string): string | null {
    return this.accounts.named(name)?.name ?? null;
  }

  groupNamed(account: AccountId, name: string): string | null {
    return listMembers(this, account, { group: name, after: 0, count: 0 })?.group ?? null;
  }

  isGroup(name: string): boolean {
    return this.groups.named(groupNameOf(name)) !== undefined;
  }

  drafts(account: AccountId, after: number): readonly Draft[] {
    const drafts = this.accounts.get(account)?.drafts?.all() ?? [];
    const behind = [...drafts].filter(({ number }) => number > after);
    return behind.sort((one, other) => one.number - other.number);
  }

  search(
    pattern: string,
    page: { readonly after: string; readonly count: number },
  ): { readonly names: readonly string[]; readonly more: boolean } {
    const wanted = makeGlob(pattern);
    const after = foldName(page.after);
    const names: string[] = [];
    for (const folded of this.accounts.namesFrom(after > wanted.prefix ? after : wanted.prefix)) {
      if (!folded.startsWith(wanted.prefix)) break;
      if ((after !== "" && folded <= after) || !wanted.matches(folded)) continue;
      if (names.length >= page.count) return { names, more: true };
      names.push(this.accounts.named(folded)?.name ?? folded);
    }
    return { names, more: false };
  }

  nextTrim(cursor: TrimCursor, keep: number): MessageOf<"trim"> | null {
    return nextTrim(this, cursor, keep);
  }

  clientsPastKeeping(count: number): readonly ClientId[] {
    return this.clients.pastKeeping(count, this.servedUs);
  }

  /** Of what stands in the mailbox at that position. */
  read(owner: Account, seq: number): MessageOf<"message"> {
    const line = this.letters.lineAt(owner.mailbox.addressAt(seq));
    const nameOf = (id: number): string => this.accounts.nameOf(id);
    if (line.charCodeAt(0) !== groupMarkByte) return readLetterLine(line, owner.id, nameOf);
    const names = { ofAccount: nameOf, ofGroup: (id: number) => this.groups.nameOf(id) };
    return readGroupLine(line, { owner: owner.id, seq }, names);
  }
}
