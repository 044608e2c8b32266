// What a client is told when it is sent elsewhere, or has to ask again. PURE: words alone.
// Refusals of what is asked stand in chat/refusals.ts and beside the checks that make them.

import type { ServerId } from "../base/ids.ts";
import type { Chat, SessionView } from "../chat/contract.ts";
import type { ChatRefusal } from "../chat/refusals.ts";
import type { Message } from "../wire/messages.ts";
import { refuse, type WireRefusal } from "../wire/refusals.ts";
import type { ServerStatus } from "./wiring.ts";

/** Where a client that is turned away should go; the primary's id + 1, 0 for unknown. */
export function notPrimary(
  status: Pick<ServerStatus, "primary" | "ballot">,
  self: ServerId,
): Message {
  const { primary, ballot } = status;
  const hint = primary === null || primary === self ? 0 : primary + 1;
  return { type: "notPrimary", primary: hint, ballot };
}

/** It is to connect here again, and to repeat in order what it has no answer to. */
export function comeAnew({ ballot }: Pick<ServerStatus, "ballot">, self: ServerId): Message {
  return { type: "notPrimary", primary: self + 1, ballot };
}

export const replacedByNewer: Message = {
  type: "error",
  code: "replaced",
  message: "The same client has connected anew.",
};
/** For whoever speaks no TLS to a server that does, and the other way round. */
export const onlyTls: Message = {
  type: "error",
  code: "only-tls",
  message: "This server speaks TLS. Start the client with --tls, or with --tls-ca FILE.",
};
export const noTls: WireRefusal = refuse(
  "no-tls",
  "This server speaks no TLS. Start it with --tls-cert and --tls-key, or the client without --tls.",
);

/** There is room for those who say who they are before there is for others. */
export const tooManyHere: Message = {
  type: "error",
  code: "too-many-connections",
  message: "This server has as many connections as it can hold. Try again, or another one.",
};

export function tooManyFrom(address: string): Message {
  const message = `${address} has too many connections here already.`;
  return { type: "error", code: "too-many-connections", message };
}

export const unavailable: ChatRefusal = {
  code: "unavailable",
  message: "The servers are just finding out who serves. Try again.",
};

export const askedTooMuch: ChatRefusal = {
  code: "too-much-asked",
  message: "More is being asked than can be answered in time. Try again in a moment.",
};

/** Nothing new can be kept on these servers' disks, or in their memory. */
export function noRoom(servers: readonly ServerId[]): ChatRefusal {
  const one = servers.length === 1;
  const disks = one
    ? `The disk or memory of server ${servers[0]} is`
    : `The disks or memory of servers ${servers.join(", ")} are`;
  const message =
    `${disks} almost full, so nothing new is taken, and this was not done. ` +
    "What was confirmed is safe, and can be read. Try again when the operator has made room.";
  return { code: "no-room", message };
}

/** Right behind the reply to a login. */
export function toldAtLogin(chat: Chat, session: SessionView): readonly Message[] {
  return [chat.ownKeysOf(session.account), ...noticesFor(chat, session)];
}

/** A terminal that goes on knows its own keys, unless a merge may have made others of them. */
export function toldAtResumption(chat: Chat, session: SessionView): readonly Message[] {
  const { account } = session;
  return chat.hasFormerKeys(account) ? toldAtLogin(chat, session) : noticesFor(chat, session);
}

/** What an account is told at every login and resumption: what a merge has done to it. */
export function noticesFor(chat: Chat, { account, name }: SessionView): readonly Message[] {
  const renamed = renamedNotice(chat.formerNameOf(account), name);
  const contested = chat.isPasswordContested(account) ? [contestedNotice] : [];
  return renamed === null ? contested : [renamed, ...contested];
}

const contestedNotice: Message = {
  type: "notice",
  code: "password-contested",
  message:
    "While the servers were apart, your password was changed on both sides. The one that you " +
    "logged in with stands. Change it with passwd if the other change was not yours.",
};

/** Null when the account has the name that it was registered under. */
function renamedNotice(former: string, name: string): Message | null {
  if (former === "") return null;
  const message =
    `While the servers were apart, ${former} was registered on both sides. You are ${name} now; ` +
    "your messages have come with you.";
  return { type: "notice", code: "renamed", message };
}

/** Nothing is being confirmed: in words why, and for what that is waited. */
export function standsStillNotice(message: string): Message {
  return { type: "notice", code: "stands-still", message };
}

export const goesOnNotice: Message = {
  type: "notice",
  code: "goes-on",
  message: "Messages are being confirmed again.",
};

export function verificationNotice(verified: boolean): Message {
  const message = verified
    ? "All servers that may hold messages are back; nothing is missing."
    : "A server that is away may hold newer messages. They will be merged when it is back.";
  return { type: "notice", code: verified ? "verified" : "unverified", message };
}
