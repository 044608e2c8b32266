// Brings the replies of decided requests, and word of new letters, to the connections they are for.
// What to say is decided already; who may be told is decided here: nobody is told of another's
// requests. The hot path is `sent`, which goes out without an object of its own.

import type { AccountId, ClientId } from "../base/ids.ts";
import { isGroupAddress } from "../base/text.ts";
import type { Reply } from "../chat/contract.ts";
import { alreadyLoggedIn, refused } from "../chat/refusals.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { pushStartOf } from "./logins.ts";
import type { Outgoing } from "./outgoing.ts";
import { isOnFor } from "./queries.ts";
import { fillIn } from "./replyFilling.ts";
import { SendTrace } from "./sendTrace.ts";
import { noticesFor, toldAtLogin } from "./turnAways.ts";
import type { Driver } from "./wiring.ts";

export class Speaker {
  /** Members of the present view. */
  copies = 0;
  readonly #directory: Directory;
  readonly #outgoing: Outgoing;
  readonly #trace = new SendTrace();
  #driver: Driver | null = null;

  constructor(directory: Directory, outgoing: Outgoing) {
    this.#directory = directory;
    this.#outgoing = outgoing;
  }

  attach(driver: Driver): void {
    this.#driver = driver;
  }

  /** A request has just been decided. */
  reply(client: ClientId, reply: Reply): void {
    const { ownCopySeq, isRecipientOn } = this.#trace;
    this.#trace.end();
    const connection = this.#directory.inChargeOf(client);
    if (connection === undefined) return;
    if (connection.outstanding > 0) connection.outstanding -= 1;
    // Before its proof a connection is told of its own login alone, not of what that id did before.
    if (!connection.trusted && connection.login?.request !== reply.request) return;
    if (reply.type === "refused") connection.leaving = false;
    if (reply.type !== "sent") return this.speak(connection, reply);
    if (ownCopySeq > 0) connection.passOver(ownCopySeq);
    // Of a group nobody is said to be on: its members are many.
    this.#speakSent(connection, reply, isGroupAddress(reply.to) ? false : isRecipientOn);
  }

  mail(account: AccountId, seq: number): void {
    const terminals = this.#directory.terminalsOf(account);
    this.#trace.note(seq, terminals.size > 0);
    for (const connection of terminals) {
      connection.pushWanted = true;
      this.#outgoing.touch(connection);
    }
  }

  /** What became of a letter; while there is too much to tell, of some it is not told. */
  status(sender: AccountId, status: MessageOf<"status">): void {
    for (const connection of this.#directory.terminalsOf(sender)) {
      if (connection.takeStatus()) this.#outgoing.send(connection, status);
    }
  }

  /** How many are has changed, other than by a new letter. */
  unopened(account: AccountId): void {
    for (const connection of this.#directory.terminalsOf(account)) {
      connection.wantCount();
      this.#outgoing.touch(connection);
    }
  }

  /** A reply, fresh or kept; one that begins a session admits the connection. */
  speak(connection: ClientConnection, reply: Reply): void {
    if (reply.type === "sent") return this.#speakSent(connection, reply, null);
    const { client, login } = connection;
    if (client === null || this.#driver === null) return;
    const cursor = pushStartOf(reply);
    const session = cursor === null ? null : this.#driver.chat().sessionOf(client);
    if (cursor !== null && session !== null && login?.request === reply.request) {
      // Two may register under one id at once; the session is his whose token it was begun with.
      if (session.tokenHash !== login.tokenHash) {
        const refusal = alreadyLoggedIn(session.name);
        return this.#outgoing.send(connection, refused(reply.request, refusal));
      }
      this.#directory.leave(connection);
      connection.admit(session.account, cursor);
      // What a terminal has shown on a branch that was merged is not new to this login.
      if (reply.type === "loggedIn") connection.passDeliveredThrough(reply.last);
      this.#directory.enter(connection, session.account);
    }
    this.#outgoing.send(connection, fillIn(reply, { connection, copies: this.copies }));
    // Asked twice, it is decided twice; but it says only once where the pushes begin.
    if (login?.request === reply.request) connection.login = null;
    if (session === null) return;
    const chat = this.#driver.chat();
    const isLogin = reply.type === "loggedIn";
    for (const notice of isLogin ? toldAtLogin(chat, session) : noticesFor(chat, session)) {
      this.#outgoing.send(connection, notice);
    }
  }

  #speakSent(connection: ClientConnection, reply: MessageOf<"sent">, isOn: boolean | null): void {
    const online = isOn ?? this.#isOn(connection, reply.to);
    this.#outgoing.sendSent(connection, reply, this.copies, online);
  }

  /** As the sender is told: of who has blocked him, that he is away. */
  #isOn({ account: sender }: ClientConnection, name: string): boolean {
    const chat = this.#driver?.chat();
    const account = chat?.accountOf(name) ?? null;
    if (chat === undefined || account === null) return false;
    return isOnFor({ account: sender, chat, directory: this.#directory }, account);
  }
}
