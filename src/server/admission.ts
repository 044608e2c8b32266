// What may go into the log now, and what has to wait or is refused first: room in the log, the
// requests outstanding, what was decided before, servers short of disk. Knows no command.

import type { ServerId } from "../base/ids.ts";
import { outstandingRequestsMax } from "../base/limits.ts";
import type { Reply } from "../chat/contract.ts";
import type { ChatRefusal } from "../chat/refusals.ts";
import { outcomeUnknown } from "../chat/refusals.ts";
import { opcodeOf } from "../wire/codec.ts";
import type { CommandBytes } from "../wire/record.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import { comeAnew, noRoom } from "./turnAways.ts";
import type { Driver } from "./wiring.ts";

/** What the state grows by; the rest frees room, or lets people read what they have. */
const growingTypes = [
  "send",
  "register",
  "draftPut",
  "draftSend",
  "groupChange",
  "groupSigned",
] as const;
const growing = new Set(growingTypes.map(opcodeOf));
/** Replies that may be shown before the connection has proven whose client id it uses. */
const beginnings = new Set<Reply["type"]>(["registered", "loggedIn", "refused"]);

/** As its client counts it: its number, and up to which it has had all answers. */
export interface Counted {
  readonly request: number;
  readonly received: number;
}

export type Refuse = (connection: ClientConnection, request: number, refusal: ChatRefusal) => void;

export interface AdmissionParts {
  readonly driver: Driver;
  readonly self: ServerId;
  /** A decided request's reply. */
  reply(connection: ClientConnection, reply: Reply): void;
  readonly refuse: Refuse;
  /** Tells it why, and ends it. */
  dismiss(connection: ClientConnection, why: Message): void;
}

export class Admission {
  readonly #parts: AdmissionParts;
  /** The log takes no more until the turn has ended. */
  #isFull = false;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  turnEnded(): void {
    this.#isFull = false;
  }

  hasRoom(connection: ClientConnection): boolean {
    if (this.#isFull || connection.outstanding >= outstandingRequestsMax) return false;
    return this.#parts.driver.canWrite();
  }

  /** False when the request cannot be decided now: its frame has to be held. */
  submit(connection: ClientConnection, counted: Counted, command: CommandBytes): boolean {
    return this.hasRoom(connection) && this.submitWithRoom(connection, counted, command);
  }

  /** The same for who has looked for room. */
  submitWithRoom(connection: ClientConnection, counted: Counted, command: CommandBytes): boolean {
    const { driver, reply, refuse } = this.#parts;
    const { request, received } = counted;
    // What is committed stays so, with or without a lease: no need to wait for one.
    const fate = driver.chat().fateOf(command.client, request);
    if (fate.kind === "kept") {
      const shown = connection.trusted || beginnings.has(fate.reply.type);
      if (shown) reply(connection, fate.reply);
      else refuse(connection, request, outcomeUnknown);
      return true;
    }
    const short = driver.shortOfRoom();
    if (short.length > 0 && growing.has(command.opcode)) {
      // What came before is decided first: this request may be in the log, or wait to get there.
      if (driver.chat().op < driver.logEnd()) return false;
      connection.refusedThrough = Math.max(connection.refusedThrough, request);
      refuse(connection, request, fate.kind === "unknown" ? outcomeUnknown : noRoom(short));
      return true;
    }
    if (received < connection.refusedThrough && growing.has(command.opcode)) {
      this.#askAnew(connection);
      return true;
    }
    // Taken in any case; false asks for a pause.
    if (!driver.submit(command)) this.#isFull = true;
    connection.outstanding += 1;
    return true;
  }

  /**
   * No log holds what was refused for want of room: should that never have reached the client, it
   * repeats it on its next connection, where it would come behind what is taken here.
   */
  #askAnew(connection: ClientConnection): void {
    const { driver, self, dismiss } = this.#parts;
    dismiss(connection, comeAnew(driver.status(), self));
  }
}
