// What the commands about accounts and sessions do. The sender is the session of the record's
// client, never the payload. Each function decides all refusals before it changes anything.

import type { ClientId } from "../base/ids.ts";
import { sessionsPerAccountMax } from "../base/doubtLimits.ts";
import { accountsMax } from "../base/limits.ts";
import { checkName } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import { leaveAllGroups } from "./groupCommands.ts";
import type { Origin } from "./origin.ts";
import { accountsFull, alreadyLoggedIn, doesNotMatch } from "./refusals.ts";
import { loginRefused, nameTaken, notLoggedIn, refused, tooManySessions } from "./refusals.ts";
import type { ChatState } from "./state.ts";

export function register(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"register">,
): Reply {
  const { request, name } = command;
  if (client.account !== null) return refused(request, alreadyLoggedIn(client.account.name));
  const badName = checkName(name);
  if (badName !== null) return refused(request, badName);
  if (chat.accounts.named(name) !== undefined) return refused(request, nameTaken(name));
  if (chat.accounts.count >= accountsMax) return refused(request, accountsFull);
  const origin = { client: client.id, request };
  const account = chat.accounts.create(name, command, origin);
  chat.clients.startSession(client, account, command.tokenHash);
  return { type: "registered", request, op: chat.op, copies: 0, name: account.name };
}

/** The door has proven the login against a verifier; that verifier must still be the account's. */
export function startSession(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"startSession">,
): Reply {
  const { request } = command;
  const account = chat.accounts.named(command.name);
  if (account === undefined || account.verifier.storedKey !== command.storedKey) {
    return refused(request, loginRefused);
  }
  const isMore = client.account !== account;
  if (isMore && (account.sessions?.size ?? 0) >= sessionsPerAccountMax) {
    return refused(request, tooManySessions);
  }
  chat.clients.startSession(client, account, command.tokenHash);
  const { unread, unopened, delivered, last } = account.mailbox;
  const { name } = account;
  const signature = "";
  const { op } = chat;
  return {
    type: "loggedIn",
    request,
    op,
    copies: 0,
    name,
    unread,
    unopened,
    delivered,
    last,
    signature,
  };
}

export function logout(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"logout">,
  events: ChatEvents,
): Reply {
  const { request } = command;
  if (client.account === null) return refused(request, notLoggedIn);
  const { name } = client.account;
  endSession(chat, client.id, events, loggedOut);
  return { type: "loggedOut", request, op: chat.op, copies: 0, name };
}

/** The name is free again; what the account sent stays with its recipients. */
export function deleteAccount(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"delete">,
  events: ChatEvents,
): Reply {
  const { request } = command;
  const { account } = client;
  if (account === null) return refused(request, notLoggedIn);
  if (chat.accounts.named(command.name) !== account) return refused(request, doesNotMatch);
  buryAccount(chat, account, { client: client.id, request }, events);
  return { type: "deleted", request, op: chat.op, copies: 0, name: account.name };
}

/** `origin`: the request that deletes it. */
export function buryAccount(
  chat: ChatState,
  account: Account,
  origin: Origin,
  events: ChatEvents,
): void {
  for (const session of account.sessions ?? []) endSession(chat, session, events, accountDeleted);
  leaveAllGroups(chat, { account, origin }, events);
  const { mailbox } = account;
  for (let seq = mailbox.previous(mailbox.last + 1); seq > 0; seq = mailbox.previous(seq)) {
    chat.letters.noteGone(mailbox.addressAt(seq));
  }
  chat.accounts.bury(account);
}

export function endSessions(
  chat: ChatState,
  command: MessageOf<"endSessions">,
  events: ChatEvents,
): void {
  for (const id of command.clients) endSession(chat, id as ClientId, events, expired);
}

/** Only those that are really past their time: the list was made on another state. */
export function expireClients(chat: ChatState, command: MessageOf<"expireClients">): void {
  for (const id of command.clients) chat.clients.expire(id as ClientId, chat.servedUs);
}

type SessionEnd = MessageOf<"sessionEnded">;
export const loggedOut: SessionEnd = {
  type: "sessionEnded",
  code: "logged-out",
  message: "You are logged out.",
};
const accountDeleted: SessionEnd = {
  type: "sessionEnded",
  code: "account-deleted",
  message: "This account has been deleted.",
};
export const passwordChangedElsewhere: SessionEnd = {
  type: "sessionEnded",
  code: "password-changed",
  message: "Your password was changed at another terminal. Log in with the new one.",
};
const expired: SessionEnd = {
  type: "sessionEnded",
  code: "expired",
  message: "You were away for too long. Log in again.",
};

export function endSession(
  chat: ChatState,
  id: ClientId,
  events: ChatEvents,
  end: SessionEnd,
): void {
  const client = chat.clients.get(id);
  if (client === undefined || client.account === null) return;
  chat.clients.endSession(client, chat.servedUs);
  events.sessionEnded(client.id, end);
}
