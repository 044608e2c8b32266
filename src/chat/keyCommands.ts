// What the commands about keys do: an account's are put once, and wrapped anew for each password.
// After a fork the winner's stand, and what the other side made is kept beside them. Each function
// decides all refusals before it changes anything.

import type { MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { Reply } from "./contract.ts";
import { forgetEpochsOf } from "./epochs.ts";
import type { BroughtKeys, KeySet } from "./keys.ts";
import {
  addFormer,
  addWrap,
  hasKeyLengths,
  keySetOf,
  knownSet,
  makePresent,
  wrapOf,
} from "./keys.ts";
import { accountOf, keepReply, noteExecuted } from "./mergeSubjects.ts";
import { badKeys, keysExist, keysNotWrapped } from "./keyRefusals.ts";
import { type ChatRefusal, notLoggedIn, refused } from "./refusals.ts";
import type { ChatState } from "./state.ts";

export function putKeys(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"keysPut">,
): Reply {
  const { request } = command;
  const { account } = client;
  if (account === null) return refused(request, notLoggedIn);
  const refusal = refuseKeys(account, command);
  if (refusal !== null) return refused(request, refusal);
  takeKeys(chat, account, command);
  return kept(chat, request);
}

function refuseKeys(account: Account, brought: BroughtKeys): ChatRefusal | null {
  if (!hasKeyLengths(brought)) return badKeys;
  const isFirst = (account.keys?.present ?? null) === null;
  if (isFirst) return brought.salt === account.verifier.salt ? null : keysNotWrapped;
  return knownSet(account, brought.publics) === undefined ? keysExist : null;
}

/** Known ones are wrapped anew; where there are none at present, these are. */
function takeKeys(chat: ChatState, account: Account, brought: BroughtKeys): void {
  const set = knownSet(account, brought.publics) ?? keySetOf(brought.publics, []);
  addWrap(account, set, wrapOf(brought));
  if ((account.keys?.present ?? null) !== null) return;
  makePresent(account, set);
  forgetEpochsOf(chat.groups, account.groups);
}

/** Keys that only this side does not know, or that its password does not open, become former. */
export function mergeKeys(chat: ChatState, command: MessageOf<"mergeKeys">): void {
  const fresh = noteExecuted(chat, command);
  const account = accountOf(chat, command);
  if (fresh === null || account === undefined || !hasKeyLengths(command)) return;
  if (refuseKeys(account, command) === null) takeKeys(chat, account, command);
  else keepFormer(account, command);
  keepReply(fresh.client, kept(chat, command.request));
}

function keepFormer(account: Account, brought: BroughtKeys): void {
  const known: KeySet | undefined = knownSet(account, brought.publics);
  const set = known ?? keySetOf(brought.publics, []);
  addWrap(account, set, wrapOf(brought));
  if (known === undefined) addFormer(account, set);
}

function kept(chat: ChatState, request: number): MessageOf<"keysKept"> {
  return { type: "keysKept", request, op: chat.op, copies: 0 };
}
