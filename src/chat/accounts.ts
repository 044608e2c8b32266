// Accounts by immutable id and by name. Everything refers to ids; a name is a look-up that ends
// with the account. A deleted account leaves a tombstone (id and name) as long as letters may name
// it, and nothing else: whoever registers the name anew is another account.

import { assert } from "../base/assert.ts";
import type { AccountId, ClientId } from "../base/ids.ts";
import { asAccountId } from "../base/ids.ts";
import { detached, foldName } from "../base/text.ts";
import { Mailbox } from "./mailbox.ts";
import { NameIndex } from "./names.ts";

/** What proves a login (FEATURES §5), as hexadecimal digits. */
export interface VerifierFields {
  readonly salt: string;
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

export interface Account {
  readonly id: AccountId;
  readonly name: string;
  readonly verifier: VerifierFields;
  readonly mailbox: Mailbox;
  lastSeenMs: number;
  /** Clients that have a session of this account. */
  readonly sessions: ClientId[];
}

export interface NewAccount {
  readonly id: AccountId;
  readonly name: string;
  readonly verifier: VerifierFields;
}

export class Accounts {
  /** Of the newest account ever made; 0 for none. Ids are never used twice. */
  lastId = 0;
  private readonly byId = new Map<number, Account>();
  private readonly byName = new Map<string, Account>();
  /** Names of the deleted that letters may name. */
  private readonly tombstones = new Map<AccountId, string>();
  private readonly names = new NameIndex();

  /** Live ones and tombstones: what takes room. */
  get count(): number {
    return this.byId.size + this.tombstones.size;
  }

  create(name: string, verifier: VerifierFields): Account {
    this.lastId += 1;
    return this.put({ id: asAccountId(this.lastId), name, verifier });
  }

  /** An account under an id that a snapshot names. */
  put(fresh: NewAccount): Account {
    const folded = foldName(fresh.name);
    assert(!this.byName.has(folded), "a name belongs to one account");
    const account: Account = {
      id: fresh.id,
      name: detached(fresh.name),
      verifier: detachedVerifier(fresh.verifier),
      mailbox: new Mailbox(),
      lastSeenMs: 0,
      sessions: [],
    };
    this.byId.set(account.id, account);
    this.byName.set(folded, account);
    this.names.add(folded);
    return account;
  }

  /** Frees the name; mailbox and verifier go with the account. */
  bury(account: Account): void {
    const folded = foldName(account.name);
    this.byId.delete(account.id);
    this.byName.delete(folded);
    this.names.remove(folded);
    // Whose mailbox never held a letter neither sent nor was sent any: no letter names him.
    if (account.mailbox.last > 0) this.putTombstone(account.id, account.name);
  }

  putTombstone(id: AccountId, name: string): void {
    this.tombstones.set(id, name);
  }

  get(id: number): Account | undefined {
    return this.byId.get(id);
  }

  named(name: string): Account | undefined {
    return this.byName.get(foldName(name));
  }

  isKnown(id: number): boolean {
    return this.byId.has(id) || this.tombstones.has(id as AccountId);
  }

  /** As people are shown it: `alice`, or `alice (deleted)`. */
  nameOf(id: number): string {
    const account = this.byId.get(id);
    if (account !== undefined) return account.name;
    return `${this.tombstones.get(id as AccountId) ?? ""} (deleted)`.trimStart();
  }

  namesFrom(folded: string): Iterable<string> {
    return this.names.startingAt(folded);
  }

  live(): Iterable<Account> {
    return this.byId.values();
  }

  buried(): Iterable<readonly [AccountId, string]> {
    return this.tombstones.entries();
  }
}

function detachedVerifier(verifier: VerifierFields): VerifierFields {
  return {
    salt: detached(verifier.salt),
    cost: verifier.cost,
    blockSize: verifier.blockSize,
    parallelism: verifier.parallelism,
    storedKey: detached(verifier.storedKey),
    serverKey: detached(verifier.serverKey),
  };
}
