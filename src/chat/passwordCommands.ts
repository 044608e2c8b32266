// What a change of password does: the account has another verifier from then on, and all its other
// sessions end. The door has proven the old password against a verifier, which must still be the
// account's. The servers see no password here either.

import type { MessageOf } from "../wire/messages.ts";
import { endSession, passwordChangedElsewhere } from "./accountCommands.ts";
import type { Account } from "./accounts.ts";
import { detachedVerifier } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import { areWrappedUnder, keepWrapsUnder } from "./keys.ts";
import { keysNotWrapped } from "./keyRefusals.ts";
import { accountOf, keepReply, noteExecuted } from "./mergeSubjects.ts";
import { notLoggedIn, refused, wrongPassword } from "./refusals.ts";
import type { ChatState } from "./state.ts";

type Change = MessageOf<"changePassword"> | MessageOf<"mergePassword">;

export function changePassword(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"changePassword">,
  events: ChatEvents,
): Reply {
  const { request } = command;
  const { account } = client;
  if (account === null) return refused(request, notLoggedIn);
  if (account.verifier.storedKey !== command.oldKey) return refused(request, wrongPassword);
  if (!areWrappedUnder(account, command.salt)) return refused(request, keysNotWrapped);
  putVerifier(chat, { account, client }, command, events);
  return { type: "passwordChanged", request, op: chat.op, copies: 0 };
}

/**
 * If it was changed on this side too, this side's stands, and the owner is told; so too where keys
 * were made here that the other one would not open.
 */
export function mergePassword(
  chat: ChatState,
  command: MessageOf<"mergePassword">,
  events: ChatEvents,
): void {
  const fresh = noteExecuted(chat, command);
  const account = accountOf(chat, command);
  if (fresh === null || account === undefined) return;
  const { client } = fresh;
  const { request, oldKey } = command;
  if (account.verifier.storedKey === oldKey && areWrappedUnder(account, command.salt)) {
    putVerifier(chat, { account, client }, command, events);
  } else {
    account.isPasswordContested = true;
  }
  keepReply(client, { type: "passwordChanged", request, op: chat.op, copies: 0 });
}

function putVerifier(
  chat: ChatState,
  { account, client }: { readonly account: Account; readonly client: ClientRecord },
  command: Change,
  events: ChatEvents,
): void {
  account.verifier = detachedVerifier(command);
  account.isPasswordContested = false;
  keepWrapsUnder(account, account.verifier.salt);
  for (const session of account.sessions ?? []) {
    if (session !== client.id) endSession(chat, session, events, passwordChangedElsewhere);
  }
}
