// Accounts by immutable id and by name. Everything refers to ids; a name is a look-up that ends
// with the account. A deleted account leaves a tombstone (id, name, origin) as long as letters may
// name it, and nothing else: whoever registers the name anew is another account. Ids hold on one
// branch of a history alone; an account's origin is the same on all.

import { assert } from "../base/assert.ts";
import type { AccountId, ClientId } from "../base/ids.ts";
import { asAccountId, serverClientId } from "../base/ids.ts";
import { detached, foldName } from "../base/text.ts";
import type { Drafts } from "./drafts.ts";
import { Mailbox } from "./mailbox.ts";
import type { AccountKeys } from "./keys.ts";
import type { Origin } from "./origin.ts";
import { isSame, originWord } from "./origin.ts";
import { NameIndex } from "./names.ts";
import { WordIndex } from "./wordIndex.ts";

/** What proves a login (FEATURES §5), as hexadecimal digits. */
export interface VerifierFields {
  readonly salt: string;
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** An account as a branch of the history names it that may not be ours. */
export interface AccountRef {
  readonly id: number;
  readonly origin: Origin;
}

/** Of accounts in snapshots that were made before origins were kept. */
export const noOrigin: Origin = { client: serverClientId, request: 0 };

export interface Account {
  readonly id: AccountId;
  readonly name: string;
  readonly origin: Origin;
  /** The name it was registered under on a branch that was merged; empty when it is its name. */
  formerName: string;
  verifier: VerifierFields;
  /** It was changed on two sides of a fork: its owner is told which one stands. */
  isPasswordContested: boolean;
  readonly mailbox: Mailbox;
  lastSeenMs: number;
  /** Clients that have a session of this account; null for none, as of most. */
  sessions: Set<ClientId> | null;
  /** Null for who never had one. */
  drafts: Drafts | null;
  /** Whose letters are kept from it; null for who never blocked anybody. */
  blocked: Set<AccountId> | null;
  /** Ids of the groups it is in; null for who never was in one. */
  groups: Set<number> | null;
  /** Null for who never had any. */
  keys: AccountKeys | null;
}

export interface NewAccount {
  readonly id: AccountId;
  readonly name: string;
  readonly origin: Origin;
  readonly verifier: VerifierFields;
}

export interface Tombstone {
  readonly id: AccountId;
  readonly name: string;
  readonly origin: Origin;
}

export class Accounts {
  /** Of the newest account ever made; 0 for none. Ids are never used twice. */
  lastId = 0;
  private readonly byId = new Map<number, Account>();
  private readonly byName = new Map<string, Account>();
  /** Of the deleted that letters may name. */
  private readonly tombstones = new Map<AccountId, Tombstone>();
  private readonly names = new NameIndex();
  /** Live accounts that a merge gave another name than they had, by that name. */
  private readonly renamed = new Map<string, Account[]>();
  /** Of all that are known. Made when a merge first asks for it, and kept from then on. */
  private byOrigin: WordIndex | null = null;

  /**
   * Live ones alone, or whoever registers and deletes in a loop would use up everybody's. What a
   * tombstone takes is less than the letters for which it stands, and those are counted nowhere.
   */
  get count(): number {
    return this.byId.size;
  }

  create(name: string, verifier: VerifierFields, origin: Origin): Account {
    return this.put({ id: this.nextId(), name, verifier, origin });
  }

  /** An account under an id that a snapshot names. */
  put(fresh: NewAccount): Account {
    const folded = foldName(fresh.name);
    assert(!this.byName.has(folded), "a name belongs to one account");
    const account: Account = {
      id: fresh.id,
      name: detached(fresh.name),
      origin: detachedOrigin(fresh.origin),
      formerName: "",
      verifier: detachedVerifier(fresh.verifier),
      isPasswordContested: false,
      mailbox: new Mailbox(),
      lastSeenMs: 0,
      sessions: null,
      drafts: null,
      blocked: null,
      groups: null,
      keys: null,
    };
    this.byId.set(account.id, account);
    this.byName.set(folded, account);
    this.names.add(folded);
    if (this.byOrigin !== null) noteOrigin(this.byOrigin, account);
    return account;
  }

  /** Frees the name; mailbox and verifier go with the account. */
  bury(account: Account): void {
    const folded = foldName(account.name);
    this.byId.delete(account.id);
    this.byName.delete(folded);
    this.names.remove(folded);
    const former = foldName(account.formerName);
    const others = this.renamed.get(former)?.filter((other) => other !== account) ?? [];
    if (others.length > 0) this.renamed.set(former, others);
    else this.renamed.delete(former);
    // Whose mailbox never held a letter neither sent nor was sent any: no letter names him, but for
    // those that he kept out.
    if (account.mailbox.last > 0 || account.blocked !== null) this.putTombstone(account);
    else this.byOrigin?.remove(originWord(account.origin), account.id);
  }

  /** The name it had is another's here. */
  noteFormerName(account: Account, name: string): void {
    account.formerName = detached(name);
    const folded = foldName(name);
    this.renamed.set(folded, [...(this.renamed.get(folded) ?? []), account]);
  }

  /** What those are called now who were registered as `name` on branches that were merged. */
  namesSince(name: string): readonly string[] {
    return (this.renamed.get(foldName(name)) ?? []).map((account) => account.name);
  }

  putTombstone({ id, name, origin }: Tombstone): void {
    const buried = { id, name: detached(name), origin: detachedOrigin(origin) };
    this.tombstones.set(id, buried);
    if (this.byOrigin !== null) noteOrigin(this.byOrigin, buried);
  }

  /** For letters of somebody who was deleted here before they came. */
  buryUnseen(name: string, origin: Origin): AccountId {
    const id = this.nextId();
    this.putTombstone({ id, name, origin });
    return id;
  }

  /**
   * Who this is here: a live account, or a tombstone; null when neither is known. Of several with
   * this origin the one with this id, or else the newest.
   */
  find({ id, origin }: AccountRef): AccountId | null {
    const known = this.byId.get(id)?.origin ?? this.tombstones.get(id as AccountId)?.origin;
    if (known !== undefined && isSame(known, origin)) return id as AccountId;
    if (origin.request === 0) return null;
    this.byOrigin ??= this.indexOrigins();
    const newest = this.byOrigin.highest(originWord(origin));
    return newest === 0 ? null : asAccountId(newest);
  }

  get(id: number): Account | undefined {
    return this.byId.get(id);
  }

  named(name: string): Account | undefined {
    // Most are written as they are kept.
    return this.byName.get(name) ?? this.byName.get(foldName(name));
  }

  isKnown(id: number): boolean {
    return this.byId.has(id) || this.tombstones.has(id as AccountId);
  }

  /** As people are shown it: `alice`, or `alice (deleted)`. */
  nameOf(id: number): string {
    const account = this.byId.get(id);
    if (account !== undefined) return account.name;
    return `${this.tombstones.get(id as AccountId)?.name ?? ""} (deleted)`.trimStart();
  }

  namesFrom(folded: string): Iterable<string> {
    return this.names.startingAt(folded);
  }

  live(): Iterable<Account> {
    return this.byId.values();
  }

  buried(): Iterable<Tombstone> {
    return this.tombstones.values();
  }

  private nextId(): AccountId {
    this.lastId += 1;
    return asAccountId(this.lastId);
  }

  private indexOrigins(): WordIndex {
    const index = new WordIndex();
    for (const buried of this.tombstones.values()) noteOrigin(index, buried);
    for (const account of this.byId.values()) noteOrigin(index, account);
    return index;
  }
}

/** Nothing that the other one sends is shown to the owner. */
export function hasBlocked({ blocked }: Account, other: AccountId): boolean {
  return blocked !== null && blocked.has(other);
}

/** Those who have none are many, and found by their ids alone. */
function noteOrigin(index: WordIndex, { id, origin }: Tombstone): void {
  if (origin.request > 0) index.add(originWord(origin), id);
}

function detachedOrigin({ client, request }: Origin): Origin {
  return { client: detached(client) as ClientId, request };
}

export function detachedVerifier(verifier: VerifierFields): VerifierFields {
  return {
    salt: detached(verifier.salt),
    cost: verifier.cost,
    blockSize: verifier.blockSize,
    parallelism: verifier.parallelism,
    storedKey: detached(verifier.storedKey),
    serverKey: detached(verifier.serverKey),
  };
}
