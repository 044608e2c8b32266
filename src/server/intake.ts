// What becomes of each frame of a client: answered, refused, put into the log, or held because it
// cannot be decided now (leases renew, the log is full). Bad form ends the connection, in words.
// Frames of one connection are decided in the order in which they came.

import { assert } from "../base/assert.ts";
import type { ClientId, ServerId } from "../base/ids.ts";
import { detached } from "../base/text.ts";
import type { Reply } from "../chat/contract.ts";
import type { ChatRefusal } from "../chat/refusals.ts";
import { badRequest, notLoggedIn, refused } from "../chat/refusals.ts";
import { opcodeOf } from "../wire/codec.ts";
import type { Clock } from "../ports.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { protocolVersion } from "../wire/messages.ts";
import type { PlainSend } from "../wire/plainSend.ts";
import { Admission, type Counted } from "./admission.ts";
import type { ClientConnection, HeldFrame, PendingLogin } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { checkRequest, isLoggedAsItCame, readClientFrame } from "./door.ts";
import type { LoggedAsItCame } from "./door.ts";
import { giveUp } from "./givingUp.ts";
import { resumeStartOf, type Logins } from "./logins.ts";
import type { Presence } from "./presence.ts";
import { cluster, isQuery, queryRefused } from "./queries.ts";
import { Questions } from "./questions.ts";
import { notPrimary, replacedByNewer, toldAtResumption } from "./turnAways.ts";
import type { Driver, HostSpec } from "./wiring.ts";

export interface IntakeParts {
  readonly clock: Clock;
  readonly driver: Driver;
  readonly directory: Directory;
  readonly logins: Logins;
  readonly presence: Presence;
  readonly self: ServerId;
  readonly hosts: readonly HostSpec[];
  readonly majority: boolean;
  /** This server leads, or is about to: whoever comes may wait for a moment. */
  isViewChanging(): boolean;
  /** To be sent at the end of the turn. */
  answer(connection: ClientConnection, message: Message): void;
  /** A decided request's reply. */
  reply(connection: ClientConnection, reply: Reply): void;
  /** Tells it why, and ends it. */
  dismiss(connection: ClientConnection, why: Message): void;
}

const changePasswordOpcode = opcodeOf("changePassword");
const startSessionOpcode = opcodeOf("startSession");
const sendOpcode = opcodeOf("send");

/** A command whose payload has been read as text. */
interface TextCommand {
  readonly client: ClientId;
  readonly opcode: number;
  readonly payload: string;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #admission: Admission;
  readonly #questions: Questions;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#questions = new Questions(parts);
    this.#admission = new Admission({
      ...parts,
      refuse: (connection, request, refusal) => this.#refuse(connection, request, refusal),
    });
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

  /** False when the frame has to be held. */
  take(connection: ClientConnection, opcode: number, payload: string): boolean {
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
        return this.#register(connection, message, { client, opcode, payload });
      case "login":
        return this.#login(connection, client, message);
      case "passwd":
        return this.#passwd(connection, client, message);
      default:
        return this.#query(connection, message);
    }
  }

  /** A question that could not be answered in time; requests wait on. True when it is done with. */
  giveUp(connection: ClientConnection, frame: HeldFrame): boolean {
    return giveUp(this.#parts, connection, frame);
  }

  /** This server is about to lead, or it will be known soon who is. */
  putsOffHellos(): boolean {
    return this.#parts.driver.status().role !== "primary" && this.#nextIfElsewhere() === "soon";
  }

  /** Who leads soon, if that is known to be somebody else, or nobody. */
  #nextIfElsewhere(): ServerId | "soon" | null {
    const { driver, self, isViewChanging } = this.#parts;
    const next = driver.successor();
    return isViewChanging() || next === self || next === "unknown" ? "soon" : next;
  }

  turnEnded(): void {
    this.#admission.turnEnded();
  }

  #hello(connection: ClientConnection, hello: MessageOf<"hello">): boolean {
    const { driver, directory, self, dismiss, answer } = this.#parts;
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
    if (status.role !== "primary") {
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
    return true;
  }

  #request(connection: ClientConnection, message: LoggedAsItCame, command: TextCommand): boolean {
    if (connection.account === null) return this.#refuse(connection, message.request, notLoggedIn);
    const checked = checkRequest(message, command.payload);
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

  #register(
    connection: ClientConnection,
    message: MessageOf<"register">,
    command: TextCommand,
  ): boolean {
    const { driver, logins } = this.#parts;
    const { request, received, tokenHash } = message;
    const checked = checkRequest(message, command.payload);
    if (typeof checked !== "string") return this.#refuse(connection, request, checked);
    if (!driver.canRead()) return false;
    // The first time is decided first: refused then, it might be carried out behind that.
    if (driver.chat().op < Math.min(connection.logEndAtProof, driver.logEnd())) return false;
    const refusal = logins.refuseRegistration(connection, driver.chat(), message);
    if (refusal !== null) return this.#refuse(connection, request, refusal);
    const login = { request, received, tokenHash, signature: "" };
    return this.#begin(connection, login, { ...command, payload: checked });
  }

  #login(connection: ClientConnection, client: ClientId, message: MessageOf<"login">): boolean {
    const { driver, logins } = this.#parts;
    const { request, received, tokenHash } = message;
    const checked = checkRequest(message, "");
    if (typeof checked !== "string") return this.#refuse(connection, request, checked);
    // A login that cannot be taken just now is not tried either: tries are counted.
    if (!driver.canRead() || !this.#admission.hasRoom(connection)) return false;
    const proven = logins.login(connection, driver.chat(), message);
    if ("code" in proven) return this.#refuse(connection, request, proven);
    const { payload, signature } = proven;
    const command = { client, opcode: startSessionOpcode, payload };
    return this.#begin(connection, { request, received, tokenHash, signature }, command);
  }

  #passwd(connection: ClientConnection, client: ClientId, message: MessageOf<"passwd">): boolean {
    const { driver, logins } = this.#parts;
    const { request } = message;
    if (request < 1) return this.#refuse(connection, request, badRequest);
    // Tries are counted, as a login's are.
    if (!driver.canRead() || !this.#admission.hasRoom(connection)) return false;
    const proven = logins.passwd(connection, driver.chat(), message);
    if (typeof proven !== "string") return this.#refuse(connection, request, proven);
    const command = { client, opcode: changePasswordOpcode, payload: proven };
    return this.#admission.submit(connection, message, command);
  }

  /**
   * A login or registration: from now on this connection is the one to be told of it. While a
   * session stands, only its owner comes this far (refuseRegistration, logins.login).
   */
  #begin(
    connection: ClientConnection,
    login: Counted & PendingLogin,
    command: TextCommand,
  ): boolean {
    const { directory, dismiss } = this.#parts;
    if (!this.#admission.hasRoom(connection)) return false;
    const replaced = directory.takeCharge(connection, command.client);
    if (replaced !== null) dismiss(replaced, replacedByNewer);
    connection.login = login;
    return this.#admission.submit(connection, login, command);
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
