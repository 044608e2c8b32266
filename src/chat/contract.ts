// What the replicated state machine offers to the layers above: types alone. `apply` is total and
// deterministic: time, salts and ids come in the command, and no command can throw.

import type { AccountId, ClientId, Op } from "../base/ids.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Draft } from "./drafts.ts";
import type { Origin } from "./origin.ts";
import type { TrimCursor } from "./trimming.ts";

/**
 * What a request is answered. `copies` is 0, `sent.online` false and `loggedIn.signature` empty:
 * they are not state, and the door fills them in when it speaks.
 */
export type Reply =
  | MessageOf<"refused">
  | MessageOf<"registered">
  | MessageOf<"loggedIn">
  | MessageOf<"sent">
  | MessageOf<"loggedOut">
  | MessageOf<"deleted">
  | MessageOf<"acknowledged">
  | MessageOf<"marked">
  | MessageOf<"drafted">
  | MessageOf<"grouped">
  | MessageOf<"blocked">
  | MessageOf<"passwordChanged">
  | MessageOf<"keysKept">;

/**
 * What one apply did that somebody may have to be told; secondaries pass listeners that do nothing.
 */
export interface ChatEvents {
  /** False while nobody at all is told anything. */
  readonly isOpen: boolean;
  /** A letter (own copies included) now ends this mailbox at `seq`. */
  mail(account: AccountId, seq: number): void;
  /** Whether anybody here would hear what becomes of what the account has sent. */
  isTold(account: AccountId): boolean;
  /** A letter that `sender` sent has been delivered to or read by its recipient. */
  status(sender: AccountId, status: MessageOf<"status">): void;
  /** How many letters are unopened has changed other than by a new letter. */
  unopened(account: AccountId): void;
  /** Somebody else's membership in a group of this account has changed. */
  groupNote(account: AccountId, note: MessageOf<"groupNote">): void;
  sessionEnded(client: ClientId, end: MessageOf<"sessionEnded">): void;
}

/** Whether the (client, request) has been decided in this history. */
export type RequestFate =
  | { readonly kind: "new" }
  /** Decided; its reply is still kept. */
  | { readonly kind: "kept"; readonly reply: Reply }
  /** Decided, reply known received, or the client's record has expired: never executed again. */
  | { readonly kind: "unknown" };

export interface Verifier {
  readonly account: AccountId;
  readonly name: string;
  readonly salt: string;
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

export interface SessionView {
  readonly account: AccountId;
  readonly name: string;
  readonly tokenHash: string;
}

export interface MailboxView {
  /** Newest position; 0 for none. */
  readonly last: number;
  /** Acknowledged by a terminal up to here. */
  readonly delivered: number;
  readonly unopened: number;
}

export interface ListedLetter {
  readonly letter: MessageOf<"message">;
  readonly opened: boolean;
}

export interface GroupView {
  /** With its #, as everywhere where groups are shown. */
  readonly name: string;
  readonly members: number;
  readonly isOwned: boolean;
}

export interface MembersAsk {
  readonly group: string;
  /** How many come before. */
  readonly after: number;
  readonly count: number;
}

export interface MembersPage {
  readonly group: string;
  /** In the order of joining. */
  readonly members: readonly { readonly id: AccountId; readonly name: string }[];
  /** Empty for the lobby. */
  readonly owner: string;
  /** How many come before the next page; 0 when this is the last. */
  readonly next: number;
}

/** Of a member, or of one who has left and vouched for somebody. */
export interface RosterRow {
  /** Null for who has left. */
  readonly name: string | null;
  /** In base64, as the proof; empty for none. */
  readonly publics: string;
  readonly joining: Origin;
  readonly proof: string;
}

export interface RosterPage {
  readonly group: string;
  readonly epoch: number;
  /** The request that made it. */
  readonly origin: Origin;
  /** Members in the order of joining, then the others. */
  readonly rows: readonly RosterRow[];
  /** How many come before the next page; 0 when this is the last. */
  readonly next: number;
}

export interface HistoryAsk {
  /** With whom, by name; empty for everybody. */
  readonly with: string;
  /** Only what stands before this position; 0 for all. */
  readonly before: number;
  readonly count: number;
}

export interface HistoryEntry {
  readonly letter: MessageOf<"message">;
  /** Of one's own what became of it at the other end. */
  readonly mark: "unread" | "read" | "stored" | "delivered";
}

export interface HistoryPage {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /** Where to go on; 0 when all was read. */
  readonly before: number;
}

/** Reads; all but `search`, `list` and `history` are O(1). */
export interface Chat {
  /** Highest op applied. */
  readonly op: Op;
  fateOf(client: ClientId, request: number): RequestFate;
  sessionOf(client: ClientId): SessionView | null;
  /** Whose sessions it has had, as long as that is known: nobody else can begin one under it. */
  ownerOf(client: ClientId): AccountId | null;
  sessions(): Iterable<readonly [ClientId, AccountId]>;
  /** All clients that have a record, each with whose session it has; null for none. */
  recorded(): Iterable<readonly [ClientId, AccountId | null]>;
  verifierOf(name: string): Verifier | null;
  /** It was changed on two sides of a fork, and not since. */
  isPasswordContested(account: AccountId): boolean;
  accountOf(name: string): AccountId | null;
  /** The public keys, empty for none; null when nobody has the name. */
  keysOf(name: string): { readonly name: string; readonly publics: Buffer } | null;
  /** As its terminals are told. */
  ownKeysOf(account: AccountId): MessageOf<"ownKeys">;
  /** A merge has left it keys that are not its present ones. */
  hasFormerKeys(account: AccountId): boolean;
  nameOf(account: AccountId): string;
  /** The name it was registered under on a branch that was merged; empty when it is its name. */
  formerNameOf(account: AccountId): string;
  /** What those are called now who were registered as `name` on branches that were merged. */
  namesSince(name: string): readonly string[];
  /** Milliseconds since 1970 of the account's last logged op. */
  lastSeenMs(account: AccountId): number;
  mailboxOf(account: AccountId): MailboxView;
  /** Unopened letters up to that position; costs what lies behind it. */
  unopenedThrough(account: AccountId, seq: number): number;
  /** Acknowledged by a terminal, here or on a branch that was merged. */
  isDelivered(account: AccountId, seq: number): boolean;
  /** Null when there is none at that position, or it was removed. */
  letterAt(account: AccountId, seq: number): MessageOf<"message"> | null;
  /**
   * Writes the frame that shows it at `start`, where there must be room for any. Returns the offset
   * behind it: `start` where there is nothing to show (none at that position, or an own copy for
   * the client that sent it, `echoOf` in short form), -1 where it has to be read first (a group's).
   */
  writeLetter(
    target: Buffer,
    start: number,
    account: AccountId,
    seq: number,
    echoOf: string,
  ): number;
  list(
    account: AccountId,
    range: { readonly after: number; readonly count: number; readonly unopened: boolean },
  ): { readonly letters: readonly ListedLetter[]; readonly more: boolean };
  /** Nothing that the other one sends is shown to the account. */
  hasBlocked(account: AccountId, other: AccountId): boolean;
  /** Whom the account has blocked, kept up to date while it is there; null for nobody. */
  blocksOf(account: AccountId): ReadonlySet<AccountId> | null;
  /** Whom the account has blocked and who is still there, by name. */
  blockedBy(account: AccountId): readonly string[];
  groupsOf(account: AccountId): readonly GroupView[];
  /** As it is written; null when nobody has the name. */
  userNamed(name: string): string | null;
  /** As it is written, with its #; null when it is no group of this account, nor the lobby. */
  groupNamed(account: AccountId, name: string): string | null;
  /** Whether anybody's group, or the lobby, has the name. */
  isGroup(name: string): boolean;
  /** Null when there is no such group for this account. */
  membersOf(account: AccountId, ask: MembersAsk): MembersPage | null;
  /** Null when it is no group of this account. */
  rosterOf(account: AccountId, ask: MembersAsk): RosterPage | null;
  /** By number, behind `after`. */
  drafts(account: AccountId, after: number): readonly Draft[];
  history(account: AccountId, ask: HistoryAsk): HistoryPage;
  /** Names in order regardless of case, behind `after`; `*` = any run of characters, anchored. */
  search(
    pattern: string,
    page: { readonly after: string; readonly count: number },
  ): { readonly names: readonly string[]; readonly more: boolean };
  /** Of letters beyond the newest `keep` of each conversation, those of the next stretch. */
  nextTrim(cursor: TrimCursor, keep: number): MessageOf<"trim"> | null;
  /** Client records past their time, at most `count`. */
  clientsPastKeeping(count: number): readonly ClientId[];
}
