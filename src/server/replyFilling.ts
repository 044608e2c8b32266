// What a reply says that is no state: how many servers hold the op, who is on, the server's proof.
// It is known only here and now, so it is filled in when the reply is spoken, kept replies
// included.

import type { Reply } from "../chat/contract.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import type { Driver } from "./wiring.ts";

export interface ReplySurroundings {
  readonly connection: ClientConnection;
  readonly driver: Driver;
  readonly directory: Directory;
  /** Members of the present view. */
  readonly copies: number;
}

/** The reply itself stays as it is: it belongs to the state. */
export function fillIn(reply: Reply, surroundings: ReplySurroundings): Message {
  const { connection, driver, directory, copies } = surroundings;
  if (reply.type === "refused") return reply;
  switch (reply.type) {
    case "sent":
      return { ...reply, copies, online: directory.isOn(driver.chat().accountOf(reply.to)) };
    case "loggedIn": {
      const { login } = connection;
      const signature = login?.request === reply.request ? login.signature : "";
      return { ...reply, copies, signature };
    }
    default:
      return { ...reply, copies };
  }
}
