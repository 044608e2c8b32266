// What a reply says that is no state: how many servers hold the op, the server's proof. It is known
// only here and now, so it is filled in when the reply is spoken, kept replies included (`sent`,
// the most frequent one, has a way of its own: wire/plainSent.ts).

import type { Reply } from "../chat/contract.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";

export interface ReplySurroundings {
  readonly connection: ClientConnection;
  /** Members of the present view. */
  readonly copies: number;
}

/** The reply itself stays as it is: it belongs to the state. */
export function fillIn(
  reply: Exclude<Reply, { readonly type: "sent" }>,
  { connection, copies }: ReplySurroundings,
): Message {
  switch (reply.type) {
    case "refused":
      return reply;
    case "loggedIn": {
      const { login } = connection;
      const signature = login?.request === reply.request ? login.signature : "";
      return { ...reply, copies, signature };
    }
    default:
      return { ...reply, copies };
  }
}
