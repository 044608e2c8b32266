// Which connection speaks for which client id, and who is on. One connection is in charge of a
// client id: the last that proved that it may, or that asked to register while nobody has a session
// under it. Counts nothing but what is here on this server now: presence is no state and is never
// logged.

import type { AccountId, ClientId } from "../base/ids.ts";
import type { ClientConnection } from "./clientConnection.ts";

const nobody: ReadonlySet<ClientConnection> = new Set();

export class Directory {
  readonly #all = new Set<ClientConnection>();
  /** Those who have not said hello, the oldest first. */
  readonly #ungreeted = new Set<ClientConnection>();
  readonly #inCharge = new Map<ClientId, ClientConnection>();
  readonly #terminals = new Map<AccountId, Set<ClientConnection>>();
  readonly #perAddress = new Map<string, number>();
  readonly #changed: (account: AccountId) => void;

  /** `changed`: somebody is on who was not, or the other way round. */
  constructor(changed: (account: AccountId) => void) {
    this.#changed = changed;
  }

  add(connection: ClientConnection): void {
    this.#all.add(connection);
    this.#ungreeted.add(connection);
    this.#perAddress.set(connection.address, this.countFrom(connection.address) + 1);
  }

  /** Nothing is sent to it any more, and its user is off unless he has another terminal. */
  remove(connection: ClientConnection): void {
    if (!this.#all.delete(connection)) return;
    this.#ungreeted.delete(connection);
    const count = this.countFrom(connection.address) - 1;
    if (count > 0) this.#perAddress.set(connection.address, count);
    else this.#perAddress.delete(connection.address);
    this.leave(connection);
    const { client } = connection;
    if (client !== null && this.#inCharge.get(client) === connection) this.#inCharge.delete(client);
  }

  all(): ReadonlySet<ClientConnection> {
    return this.#all;
  }

  /** Undefined when all have said hello. */
  oldestUngreeted(): ClientConnection | undefined {
    for (const connection of this.#ungreeted) return connection;
    return undefined;
  }

  countFrom(address: string): number {
    return this.#perAddress.get(address) ?? 0;
  }

  inChargeOf(client: ClientId): ClientConnection | undefined {
    return this.#inCharge.get(client);
  }

  /** It has said hello, which anybody can under any id: that puts nobody out. */
  greet(connection: ClientConnection): void {
    this.#ungreeted.delete(connection);
  }

  /** Of a client id. Returns whom it has put out. */
  takeCharge(connection: ClientConnection, client: ClientId): ClientConnection | null {
    const current = this.#inCharge.get(client);
    if (current === connection) return null;
    this.#inCharge.set(client, connection);
    return current ?? null;
  }

  /** The connection's account is on. */
  enter(connection: ClientConnection, account: AccountId): void {
    const terminals = this.#terminals.get(account);
    if (terminals !== undefined) return void terminals.add(connection);
    this.#terminals.set(account, new Set([connection]));
    this.#changed(account);
  }

  leave(connection: ClientConnection): void {
    const { account } = connection;
    if (account === null) return;
    const terminals = this.#terminals.get(account);
    terminals?.delete(connection);
    connection.account = null;
    if (terminals?.size !== 0) return;
    this.#terminals.delete(account);
    this.#changed(account);
  }

  accountsOn(): Iterable<AccountId> {
    return this.#terminals.keys();
  }

  terminalsOf(account: AccountId): ReadonlySet<ClientConnection> {
    return this.#terminals.get(account) ?? nobody;
  }

  isOn(account: AccountId | null): boolean {
    return account !== null && this.#terminals.has(account);
  }
}
