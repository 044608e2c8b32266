// What everybody here is told, logged in or not: whether all is verified, and that nothing is being
// confirmed. Of a standstill each client hears when it begins, once more when it comes anew, and
// not at each of the many times that it comes anew meanwhile (whoever resumes is sent away after a
// while): a connection that was there when it began may have been dead.

import { standstillToldMax } from "../base/doubtLimits.ts";
import type { ClientId } from "../base/ids.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { goesOnNotice, standsStillNotice, verificationNotice } from "./turnAways.ts";
import type { ServerStatus } from "./wiring.ts";

type Send = (connection: ClientConnection, message: Message) => void;

export class Announcer {
  readonly #directory: Directory;
  readonly #send: Send;
  /** Since they came anew. */
  readonly #told = new Set<ClientId>();
  #standstill: string | null = null;
  #wasVerified = true;

  constructor(directory: Directory, send: Send) {
    this.#directory = directory;
    this.#send = send;
  }

  statusChanged({ role, verified }: ServerStatus): void {
    if (role !== "primary") this.#standstill = null;
    else if (this.#wasVerified !== verified) this.#toAll(verificationNotice(verified));
    this.#wasVerified = verified;
  }

  /** Why nothing is confirmed, in words; null when something is again. */
  standstill(why: string | null): void {
    this.#standstill = why;
    this.#told.clear();
    this.#toAll(why === null ? goesOnNotice : standsStillNotice(why));
  }

  /** Who has said hello. */
  greet(connection: ClientConnection): void {
    const { client } = connection;
    if (this.#standstill === null || client === null || this.#told.has(client)) return;
    // Told once more is better than remembered without end.
    if (this.#told.size >= standstillToldMax) this.#told.clear();
    this.#told.add(client);
    this.#send(connection, standsStillNotice(this.#standstill));
  }

  #toAll(notice: Message): void {
    for (const connection of this.#directory.all()) {
      if (connection.client !== null) this.#send(connection, notice);
    }
  }
}
