// What becomes of a frame that could not be decided in time. Questions are refused, so that whoever
// asked can ask again, but where nothing is confirmed at all they wait; whoever began here is sent
// on; requests wait for as long as their client does. Who piles questions up faster than they can
// be answered loses the connection.

import { assert } from "../base/assert.ts";
import type { ServerId } from "../base/ids.ts";
import { outstandingRequestsMax } from "../base/limits.ts";
import { standstillOf } from "../replica/strength.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection, HeldFrame } from "./clientConnection.ts";
import { readClientFrame } from "./door.ts";
import { queryRefused } from "./queries.ts";
import { askedTooMuch, notPrimary, unavailable } from "./turnAways.ts";
import type { Driver } from "./wiring.ts";

interface Parts {
  readonly driver: Driver;
  readonly self: ServerId;
  answer(connection: ClientConnection, message: Message): void;
  dismiss(connection: ClientConnection, why: Message): void;
}

/** True when the frame is done with. */
export function giveUp(
  { driver, self, dismiss, answer }: Parts,
  connection: ClientConnection,
  { opcode, payload }: HeldFrame,
): boolean {
  const decoded = readClientFrame(opcode, payload);
  assert(decoded.ok, "a held frame was read before");
  const { message } = decoded;
  if (beginningTypes.has(message.type)) {
    // Not a refusal: that would end the session of somebody who only has to ask elsewhere.
    dismiss(connection, notPrimary(driver.status(), self));
    return true;
  }
  if (!("query" in message)) return false;
  const isAnswering = driver.canRead();
  if (isAnswering && connection.held.length > outstandingRequestsMax) {
    dismiss(connection, { type: "error", ...askedTooMuch });
  } else if (message.type !== "ping") {
    // Whoever waits is told why; what he asks waits as what he writes does, which may need it.
    if (!isAnswering && standstillOf(driver.strength()) !== null) return false;
    const why = isAnswering ? askedTooMuch : unavailable;
    answer(connection, queryRefused(message.query, why));
  }
  return true;
}

const beginningTypes = new Set<Message["type"]>(["hello", "challenge", "resume"]);
