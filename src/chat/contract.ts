// What the replicated state machine offers to the layers above: types alone. `apply` is total and
// deterministic: time, salts and ids come in the command, and no command can throw.

import type { AccountId, ClientId, Op } from "../base/ids.ts";
import type { MessageOf } from "../wire/messages.ts";

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
  | MessageOf<"marked">;

/**
 * What one apply did that somebody may have to be told; secondaries pass listeners that do nothing.
 */
export interface ChatEvents {
  /** A letter (own copies included) now ends this mailbox at `seq`. */
  mail(account: AccountId, seq: number): void;
  /** A letter that `sender` sent has been delivered to or read by its recipient. */
  status(sender: AccountId, status: MessageOf<"status">): void;
  /** How many letters are unopened has changed other than by a new letter. */
  unopened(account: AccountId, count: number): void;
  /** A client has a session now (login, registration). */
  sessionStarted(client: ClientId, account: AccountId): void;
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

/** Reads; all but `search` and `list` are O(1). */
export interface Chat {
  /** Highest op applied. */
  readonly op: Op;
  fateOf(client: ClientId, request: number): RequestFate;
  sessionOf(client: ClientId): SessionView | null;
  sessions(): Iterable<readonly [ClientId, AccountId]>;
  verifierOf(name: string): Verifier | null;
  accountOf(name: string): AccountId | null;
  nameOf(account: AccountId): string;
  /** The name it was registered under on a branch that was merged; empty when it is its name. */
  formerNameOf(account: AccountId): string;
  /** What those are called now who were registered as `name` on branches that were merged. */
  namesSince(name: string): readonly string[];
  /** Milliseconds since 1970 of the account's last logged op. */
  lastSeenMs(account: AccountId): number;
  mailboxOf(account: AccountId): MailboxView;
  /** Acknowledged by a terminal, here or on a branch that was merged. */
  isDelivered(account: AccountId, seq: number): boolean;
  /** Null when there is none at that position, or it was removed. */
  letterAt(account: AccountId, seq: number): MessageOf<"message"> | null;
  list(
    account: AccountId,
    range: { readonly after: number; readonly count: number; readonly unopened: boolean },
  ): { readonly letters: readonly ListedLetter[]; readonly more: boolean };
  /** Names in order regardless of case, behind `after`; `*` = any run of characters, anchored. */
  search(
    pattern: string,
    page: { readonly after: string; readonly count: number },
  ): { readonly names: readonly string[]; readonly more: boolean };
  /** Client records past their time, at most `count`. */
  clientsPastKeeping(count: number): readonly ClientId[];
}
