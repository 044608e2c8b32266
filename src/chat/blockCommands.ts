// What block and unblock do: from then on nothing that the other one sends comes into the mailbox.
// He is told nothing: his message is confirmed as stored, as if the recipient were away. What came
// before stays.

import { blockedMax } from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { Reply } from "./contract.ts";
import { accountOf, keepReply, noteExecuted } from "./mergeSubjects.ts";
import { blockedFull, blockYourself, noSuchUser, notLoggedIn, refused } from "./refusals.ts";
import type { ChatState } from "./state.ts";

export function block(
  chat: ChatState,
  client: ClientRecord,
  { request, name, on }: MessageOf<"block">,
): Reply {
  const owner = client.account;
  if (owner === null) return refused(request, notLoggedIn);
  const other = chat.accounts.named(name);
  if (other === undefined) return refused(request, noSuchUser(name));
  if (other === owner) return refused(request, blockYourself);
  const isMore = on && owner.blocked?.has(other.id) !== true;
  if (isMore && isFull(chat, owner)) return refused(request, blockedFull);
  setBlocked(owner, other, on);
  return { type: "blocked", request, op: chat.op, copies: 0, name: other.name, on };
}

/** Those who are gone make room. */
function isFull(chat: ChatState, { blocked }: Account): boolean {
  if (blocked === null || blocked.size < blockedMax) return false;
  for (const id of blocked) if (chat.accounts.get(id) === undefined) blocked.delete(id);
  return blocked.size >= blockedMax;
}

/** The lost side's last word, unless this side has decided the same request. */
export function mergeBlock(chat: ChatState, command: MessageOf<"mergeBlock">): void {
  const fresh = noteExecuted(chat, command);
  const { request, on, other: id, otherClient, otherRequest } = command;
  const owner = accountOf(chat, command);
  const ref = { account: id, accountClient: otherClient, accountRequest: otherRequest };
  const other = accountOf(chat, ref);
  if (fresh === null || owner === undefined || other === undefined) return;
  // Two of the lost side may be one here, and what one sends to oneself always arrives.
  if (other === owner) return;
  setBlocked(owner, other, on);
  const { name } = other;
  keepReply(fresh.client, { type: "blocked", request, op: chat.op, copies: 0, name, on });
}

function setBlocked(owner: Account, other: Account, on: boolean): void {
  if (on) {
    owner.blocked ??= new Set();
    owner.blocked.add(other.id);
    return;
  }
  owner.blocked?.delete(other.id);
  if (owner.blocked?.size === 0) owner.blocked = null;
}
