// What becomes of each frame of a client: answered, refused, put into the log, or held because it
// cannot be decided now (leases renew, the log is full). Bad form ends the connection, in words.
// Frames of one connection are decided in the order in which they came.

import { assert } from "../base/assert.ts";
import type { AccountId, ClientId, ServerId } from "../base/ids.ts";
import { detached } from "../base/text.ts";
import type { Reply } from "../chat/contract.ts";
import type { ChatRefusal } from "../chat/refusals.ts";
import { notLoggedIn, refused } from "../chat/refusals.ts";
import { opcodeOf } from "../wire/codec.ts";
import type { Clock } from "../ports.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { protocolVersion } from "../wire/messages.ts";
import { type PlainSend, readPlainSend } from "../wire/plainSend.ts";
import { Admission, type Refuse } from "./admission.ts";
import type { Announcer } from "./announcing.ts";
import type { ClientConnection, HeldFrame } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { checkRequest, isLoggedAsItCame, readClientFrame } from "./door.ts";
import type { Checked, LoggedAsItCame } from "./door.ts";
import { Entrance, type TextCommand } from "./entrance.ts";
import { giveUp } from "./givingUp.ts";
import { resumeStartOf, type Logins } from "./logins.ts";
import type { Presence } from "./presence.ts";
import { cluster, isQuery, queryRefused } from "./queries.ts";
import { Questions } from "./questions.ts";
import { TextTime, isTextOpcode } from "./textTime.ts";
import { notPrimary, replacedByNewer, toldAtResumption } from "./turnAways.ts";
import type { Driver, HostSpec } from "./wiring.ts";

export interface IntakeParts {
  readonly clock: Clock;
  readonly driver: Driver;
  readonly directory: Directory;
  readonly logins: Logins;
  readonly presence: Presence;
  readonly announcer: Announcer;
  readonly self: ServerId;
  readonly hosts: readonly HostSpec[];
  /** This server has begun a view that it is to lead: whoever comes may wait for a moment. */
  isViewChanging(): boolean;
  /** To be sent at the end of the turn. */
  answer(connection: ClientConnection, message: Message): void;
  /** A decided request's reply. */
  reply(connection: ClientConnection, reply: Reply): void;
  /** Tells it why, and ends it. */
  dismiss(connection: ClientConnection, why: Message): void;
}

const sendOpcode = opcodeOf("send");

export class Intake {
  readonly #parts: IntakeParts;
  readonly #admission: Admission;
  readonly #entrance: Entrance;
  readonly #questions: Questions;
  readonly #textTime: TextTime;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#questions = new Questions(parts);
    this.#textTime = new TextTime(parts.clock);
    const refuse: Refuse = (...refusal) => void this.#refuse(...refusal);
    this.#admission = new Admission({ ...parts, refuse });
    this.#entrance = new Entrance({ ...parts, refuse, admission: this.#admission });
  }

  /** The shortest way for the most frequent frame; false when it has to go the usual one. */
  takeSend(connection: ClientConnection, send: PlainSend): boolean {
    const { client, account } = connection;
    if (client === null || account === null) return false;
    if (!this.#admission.hasRoom(connection) || !connection.takeToken()) return false;
    connection.isBusy = true;
    const command = { client, opcode: sendOpcode, payload: send };
    return this.#admission.submitWithRoom(connection, send, command);
  }

  /** One that was held; false when it still has to be. */
  takeHeld(connection: ClientConnection, { opcode, payload }: HeldFrame): boolean {
    if (opcode === sendOpcode && connection.account !== null) {
      const send = readPlainSend(Buffer.from(payload, "latin1"), 0, payload.length);
      if (send !== null && this.takeSend(connection, send)) return true;
    }
    return this.take(connection, opcode, payload);
  }

  /** False when the frame has to be held. */
  take(connection: ClientConnection, opcode: number, payload: string): boolean {
    const { account } = connection;
    if (isTextOpcode(opcode) && account !== null && !this.#textTime.isLeftTo(account)) return false;
    if (!connection.takeToken()) return false;
    const decoded = readClientFrame(opcode, payload);
    if (!decoded.ok) {
      this.#fault(connection, decoded.code, decoded.message);
      return true;
    }
    const { message } = decoded;
    if (message.type !== "ping") connection.isBusy = true;
    if (message.type === "hello") return this.#hello(connection, message);
    const { client } = connection;
    if (client === null) {
      this.#fault(connection, "unexpected", "The first frame on a connection is hello.");
      return true;
    }
    if (isLoggedAsItCame(message)) {
      return this.#request(connection, message, { client, opcode, payload });
    }
    switch (message.type) {
      case "register":
        return this.#entrance.register(connection, message, { client, opcode, payload });
      case "login":
        return this.#entrance.login(connection, client, message);
      case "passwd":
        return this.#entrance.passwd(connection, client, message);
      default:
        return this.#query(connection, message);
    }
  }

  /** A question that could not be answered in time; requests wait on. True when it is done with. */
  giveUp(connection: ClientConnection, frame: HeldFrame): boolean {
    return giveUp(this.#parts, connection, frame);
  }

  /** It will be known soon who is to lead, this server perhaps. */
  putsOffHellos(): boolean {
    return !this.#isLeading() && this.#nextIfElsewhere() === "soon";
  }

  /**
   * Or has begun the view that it is to lead: who is let in by then has said all by the time at
   * which it is answered. Should that view come to nothing, all are sent away.
   */
  #isLeading(): boolean {
    return this.#parts.driver.status().role === "primary" || this.#parts.isViewChanging();
  }

  /** Who leads soon, if that is known to be somebody else, or nobody. */
  #nextIfElsewhere(): ServerId | "soon" | null {
    const { driver, self } = this.#parts;
    const next = driver.successor();
    return next === self || next === "unknown" ? "soon" : next;
  }

  turnEnded(): void {
    this.#admission.turnEnded();
  }

  #hello(connection: ClientConnection, hello: MessageOf<"hello">): boolean {
    const { driver, directory, self, dismiss, answer, announcer } = this.#parts;
    if (connection.client !== null) {
      this.#fault(connection, "unexpected", "A second hello came on one connection.");
      return true;
    }
    if (hello.version !== protocolVersion) {
      const versions = `version ${protocolVersion}; the client speaks version ${hello.version}`;
      const next = "Use client and server of one release.";
      this.#fault(connection, "unknown-version", `This server speaks ${versions}. ${next}`);
      return true;
    }
    const status = driver.status();
    if (hello.ballot > status.ballot && connection.isNewHint()) driver.hint(hello.ballot);
    if (!this.#isLeading()) {
      const next = this.#nextIfElsewhere();
      if (next === "soon") return false;
      dismiss(connection, notPrimary(next === null ? status : { ...status, primary: next }, self));
      return true;
    }
    // Its records will be known by this very string.
    connection.client = detached(hello.client) as ClientId;
    directory.greet(connection);
    const { ballot, verified } = status;
    const { nonce } = connection;
    const version = protocolVersion;
    answer(connection, { type: "welcome", version, server: self, ballot, verified, nonce });
    announcer.greet(connection);
    return true;
  }

  #request(connection: ClientConnection, message: LoggedAsItCame, command: TextCommand): boolean {
    const { account } = connection;
    if (account === null) return this.#refuse(connection, message.request, notLoggedIn);
    const checked = this.#check(connection, account, message, command);
    if (checked === null) return false;
    if (typeof checked !== "string") return this.#refuse(connection, message.request, checked);
    const { client, opcode } = command;
    const logged =
      checked === command.payload
        ? { client, opcode, payload: checked, command: message }
        : { client, opcode, payload: checked };
    const taken = this.#admission.submit(connection, message, logged);
    if (taken && (message.type === "logout" || message.type === "delete"))
      connection.leaving = true;
    return taken;
  }

  /** Null while it could not be taken anyway: a text that waits is not looked at each time. */
  #check(
    connection: ClientConnection,
    account: AccountId,
    message: LoggedAsItCame,
    { opcode, payload }: TextCommand,
  ): Checked | null {
    if (!isTextOpcode(opcode)) return checkRequest(message, payload);
    if (!this.#admission.hasRoom(connection)) return null;
    return this.#textTime.spend(account, () => checkRequest(message, payload));
  }

  #query(connection: ClientConnection, message: Message): boolean {
    const { driver, answer } = this.#parts;
    if (message.type === "cluster") {
      for (const part of cluster(this.#parts, message.query)) answer(connection, part);
      return true;
    }
    if (!isQuery(message)) {
      this.#fault(connection, "unexpected", `A ${message.type} frame is not for clients to send.`);
      return true;
    }
    if (!driver.canRead()) return false;
    switch (message.type) {
      case "ping":
        answer(connection, { type: "pong", query: message.query });
        break;
      case "challenge":
        answer(connection, this.#parts.logins.challenge(connection, driver.chat(), message));
        break;
      case "resume":
        return connection.doOnOwnTime(() => this.#resume(connection, message));
      case "watch":
        answer(connection, this.#parts.presence.take(connection, message));
        break;
      default:
        return this.#questions.take(connection, message);
    }
    return true;
  }

  #resume(connection: ClientConnection, message: MessageOf<"resume">): void {
    const { driver, directory, logins, answer, dismiss } = this.#parts;
    const chat = driver.chat();
    const { query } = message;
    const session = logins.resume(connection, chat, message);
    if ("code" in session) {
      connection.logEndAtProof = driver.logEnd();
      return answer(connection, queryRefused(query, session));
    }
    const { client } = connection;
    assert(client !== null, "a client that resumes has said hello");
    const replaced = directory.takeCharge(connection, client);
    if (replaced !== null) dismiss(replaced, replacedByNewer);
    const from = resumeStartOf(chat, session.account, message);
    directory.leave(connection);
    connection.admit(session.account, from);
    directory.enter(connection, session.account);
    const unopened = chat.unopenedThrough(session.account, from);
    answer(connection, { type: "resumed", query, name: session.name, unopened, from });
    for (const notice of toldAtResumption(chat, session)) answer(connection, notice);
  }

  #refuse(connection: ClientConnection, request: number, refusal: ChatRefusal): boolean {
    this.#parts.answer(connection, refused(request, refusal));
    return true;
  }

  #fault(connection: ClientConnection, code: string, message: string): void {
    this.#parts.dismiss(connection, { type: "error", code, message });
  }
}
