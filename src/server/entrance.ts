// Whoever comes in: registrations, logins and new passwords, which need to be proven here before
// they go into the log. What proves them stands in logins.ts; when a connection may speak for an
// account at last is told by the reply (speaker.ts).

import type { ClientId } from "../base/ids.ts";
import type { ChatRefusal } from "../chat/refusals.ts";
import { badRequest } from "../chat/refusals.ts";
import { opcodeOf } from "../wire/codec.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import type { Admission, Counted, Refuse } from "./admission.ts";
import type { ClientConnection, PendingLogin } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { checkRequest } from "./door.ts";
import type { Logins } from "./logins.ts";
import { replacedByNewer } from "./turnAways.ts";
import type { Driver } from "./wiring.ts";

const changePasswordOpcode = opcodeOf("changePassword");
const startSessionOpcode = opcodeOf("startSession");

/** A command whose payload has been read as text. */
export interface TextCommand {
  readonly client: ClientId;
  readonly opcode: number;
  readonly payload: string;
}

export interface EntranceParts {
  readonly driver: Driver;
  readonly directory: Directory;
  readonly logins: Logins;
  readonly admission: Admission;
  readonly refuse: Refuse;
  /** Tells it why, and ends it. */
  dismiss(connection: ClientConnection, why: Message): void;
}

/** Each returns false when the frame has to be held. */
export class Entrance {
  readonly #parts: EntranceParts;

  constructor(parts: EntranceParts) {
    this.#parts = parts;
  }

  register(
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

  login(connection: ClientConnection, client: ClientId, message: MessageOf<"login">): boolean {
    const { driver, logins } = this.#parts;
    const { request, received, tokenHash } = message;
    const checked = checkRequest(message, "");
    if (typeof checked !== "string") return this.#refuse(connection, request, checked);
    // A login that cannot be taken just now is not tried either: tries are counted.
    if (!driver.canRead() || !this.#parts.admission.hasRoom(connection)) return false;
    const proven = logins.login(connection, driver.chat(), message);
    if ("code" in proven) return this.#refuse(connection, request, proven);
    const { payload, signature } = proven;
    const command = { client, opcode: startSessionOpcode, payload };
    return this.#begin(connection, { request, received, tokenHash, signature }, command);
  }

  passwd(connection: ClientConnection, client: ClientId, message: MessageOf<"passwd">): boolean {
    const { driver, logins } = this.#parts;
    const { request } = message;
    if (request < 1) return this.#refuse(connection, request, badRequest);
    // Tries are counted, as a login's are.
    if (!driver.canRead() || !this.#parts.admission.hasRoom(connection)) return false;
    const proven = logins.passwd(connection, driver.chat(), message);
    if (typeof proven !== "string") return this.#refuse(connection, request, proven);
    const command = { client, opcode: changePasswordOpcode, payload: proven };
    return this.#parts.admission.submit(connection, message, command);
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
    if (!this.#parts.admission.hasRoom(connection)) return false;
    const replaced = directory.takeCharge(connection, command.client);
    if (replaced !== null) dismiss(replaced, replacedByNewer);
    connection.login = login;
    return this.#parts.admission.submit(connection, login, command);
  }

  #refuse(connection: ClientConnection, request: number, refusal: ChatRefusal): boolean {
    this.#parts.refuse(connection, request, refusal);
    return true;
  }
}
