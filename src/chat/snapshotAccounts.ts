// The accounts of a snapshot back into the state, each behind its origin and before what belongs to
// it. A line that is not valid ends the reading; the caller then drops the whole state.

import type { AccountId } from "../base/ids.ts";
import { checkName } from "../base/text.ts";
import type { Account } from "./accounts.ts";
import { noOrigin } from "./accounts.ts";
import { readShortClientId } from "./letterLine.ts";
import type { Origin } from "./origin.ts";
import { readKeysLine } from "./snapshotKeys.ts";
import { readLine } from "./snapshotLines.ts";
import { readBlockedLine, readContestedLine, readDraftLine } from "./snapshotTalk.ts";
import type { ChatState } from "./state.ts";

type AccountLine = "o" | "a" | "n" | "d" | "p" | "w" | "v" | "k" | "b" | "h" | "m" | "t";

/** Positions are held in 32 bits at most, so that damage cannot ask for any amount of memory. */
const positionMax = 0xffff_ffff;

export class AccountReader {
  readonly #chat: ChatState;
  #accountBefore = 0;
  #account: Account | null = null;
  /** Of the account that comes next. */
  #origin: Origin | null = null;

  constructor(chat: ChatState) {
    this.#chat = chat;
  }

  /** An origin came, and no account behind it. */
  hasOriginOpen(): boolean {
    return this.#origin !== null;
  }

  /** False when the line is not valid behind those before it. */
  take(kind: AccountLine, line: string): boolean {
    switch (kind) {
      case "o":
        return this.#readOrigin(line);
      case "a":
        return this.#readAccount(line);
      case "n":
      case "d":
        return this.#readOfAccount(line);
      case "p":
      case "w":
      case "v":
        return this.#account !== null && readDraftLine(this.#account, line);
      case "k":
        return this.#account !== null && readContestedLine(this.#account, line);
      case "b":
        return this.#account !== null && readBlockedLine(this.#account, line);
      case "h":
      case "m":
        return this.#account !== null && readKeysLine(this.#account, line);
      case "t":
        return this.#readTombstone(line);
    }
  }

  #readOrigin(line: string): boolean {
    const fields = readLine("o", line);
    const client = readShortClientId(fields?.client ?? "");
    if (fields === null || fields.request === 0 || client === null) return false;
    if (this.#origin !== null) return false;
    this.#origin = { client, request: fields.request };
    this.#account = null;
    return true;
  }

  #takeOrigin(): Origin {
    const origin = this.#origin ?? noOrigin;
    this.#origin = null;
    return origin;
  }

  #readAccount(line: string): boolean {
    const fields = readLine("a", line);
    if (fields === null || !this.#mayBeAccount(fields)) return false;
    if (this.#chat.accounts.named(fields.name) !== undefined) return false;
    if (fields.delivered > fields.last || fields.last > positionMax) return false;
    const { id, name } = fields;
    const origin = this.#takeOrigin();
    const account = this.#chat.accounts.put({ id, name, verifier: fields, origin });
    this.#account = account;
    account.lastSeenMs = fields.lastSeenMs;
    account.mailbox.last = fields.last;
    account.mailbox.delivered = fields.delivered;
    return true;
  }

  #readTombstone(line: string): boolean {
    const fields = readLine("t", line);
    if (fields === null || !this.#mayBeAccount(fields)) return false;
    this.#chat.accounts.putTombstone({ origin: this.#takeOrigin(), ...fields });
    this.#account = null;
    return true;
  }

  /** What stands behind an account's own line. */
  #readOfAccount(line: string): boolean {
    const account = this.#account;
    if (account === null) return false;
    const former = readLine("n", line);
    if (former !== null) {
      if (account.formerName !== "" || checkName(former.name) !== null) return false;
      this.#chat.accounts.noteFormerName(account, former.name);
      return true;
    }
    const { mailbox } = account;
    for (const seq of readLine("d", line)?.seqs ?? [0]) {
      if (mailbox.isDelivered(seq) || seq > mailbox.last) return false;
      mailbox.noteAhead(seq);
    }
    return true;
  }

  #mayBeAccount({ id, name }: { readonly id: AccountId; readonly name: string }): boolean {
    const inOrder = id > this.#accountBefore && id <= this.#chat.accounts.lastId;
    this.#accountBefore = id;
    return inOrder && checkName(name) === null;
  }
}
