// What the commands of a merge do: they bring what a lost branch of the history holds into this one
// (replica/README.md). Each may come any number of times. What makes something is done once, by
// (client, request), whatever requests came after it; marks unite; a deletion wins over what it
// deleted; a name that is taken here gives way to the next free one.

import { mailboxUnreadMax, mergeLettersPerOp } from "../base/limits.ts";
import { unreachable } from "../base/assert.ts";
import { type AccountId, asAccountId } from "../base/ids.ts";
import { isGroupAddress } from "../base/text.ts";
import type { MergeCommand, MessageOf } from "../wire/messages.ts";
import { buryAccount, endSession, loggedOut } from "./accountCommands.ts";
import type { Account, AccountRef } from "./accounts.ts";
import { mergeBlock } from "./blockCommands.ts";
import type { ClientRecord } from "./clients.ts";
import { takeBackRefusal } from "./clients.ts";
import type { ChatEvents } from "./contract.ts";
import { mergeKeys } from "./keyCommands.ts";
import { deliver, refuseSealed, takeOut, tellSender } from "./letterCommands.ts";
import { identityWordOf, shortClientId } from "./letterLine.ts";
import {
  holdersOf,
  mergeGroup,
  mergeGroupSend,
  mergeMember,
  mergeProof,
  refuseGroupSend,
} from "./mergeGroups.ts";
import { mergePassword } from "./passwordCommands.ts";
import type { ChatRefusal } from "./refusals.ts";
import { isWellFormed } from "./mergeForm.ts";
import { mergeDraft, mergeDraftsGone, noteSent, sentBefore } from "./mergeDrafts.ts";
import {
  accountOf,
  freeName,
  keepReply,
  noteExecuted,
  ownerOf,
  recordOf,
  wasExecuted,
} from "./mergeSubjects.ts";
import type { Origin } from "./origin.ts";
import { mailboxFull, noSuchUser, refused } from "./refusals.ts";
import type { ChatState } from "./state.ts";

export function applyMerge(chat: ChatState, command: MergeCommand, events: ChatEvents): void {
  if (!isWellFormed(command)) return;
  switch (command.type) {
    case "mergeSend":
      return void mergeSend(chat, command, events);
    case "mergeDraftSend":
      return mergeDraftSend(chat, command, events);
    case "mergeDraft":
      return mergeDraft(chat, command);
    case "mergeDraftsGone":
      return mergeDraftsGone(chat, command);
    case "mergeRegister":
      return mergeRegister(chat, command, events);
    case "mergeSession":
      return mergeSession(chat, command, events);
    case "mergeMarks":
      return mergeMarks(chat, command, events);
    case "mergeGroup":
      return mergeGroup(chat, command);
    case "mergeMember":
      return mergeMember(chat, command, events);
    case "mergeBlock":
      return mergeBlock(chat, command);
    case "mergePassword":
      return mergePassword(chat, command, events);
    case "mergeKeys":
      return mergeKeys(chat, command);
    case "mergeProof":
      return mergeProof(chat, command);
    case "mergeDelete":
      return mergeDelete(chat, command, events);
    case "orphans":
      return noteOrphans(chat, command);
    default:
      return unreachable(command);
  }
}

function noteOrphans(chat: ChatState, { server, left }: MessageOf<"orphans">): void {
  if (left > 0) chat.unmerged.set(server, left);
  else chat.unmerged.delete(server);
  if (chat.unmerged.size > 0) return;
  chat.places.forget();
  chat.twins.clear();
}

type Sent = MessageOf<"mergeSend"> | MessageOf<"mergeDraftSend">;

/** True when the message stands in this history now. */
function mergeSend(chat: ChatState, command: Sent, events: ChatEvents): boolean {
  const { request, received, confirmed, atMs, body } = command;
  const sender = chat.accounts.find(ownerOf(command));
  // Nobody was told that it was sent: its own client may yet say so, once it is logged in here.
  if (!confirmed && (sender === null || chat.accounts.get(sender) === undefined)) return false;
  const client = recordOf(chat, command.client);
  const isToGroup = isGroupAddress(command.recipientName);
  const recipient = isToGroup ? null : recipientOf(chat, command);
  client.replies.dropThrough(received);
  // Refused here it may have been when it came late, to somebody who was unknown on this branch.
  const isOpen = confirmed && takeBackRefusal(client, request);
  const isDone = client.executed.has(request) && !isOpen;
  if (isDone) return client.replies.get(request)?.type !== "refused";
  client.executed.add(request);
  const refusal = confirmed ? null : refusalOf(chat, { sender, recipient }, command);
  if (refusal !== null) {
    client.replies.add(refused(request, refusal));
    return false;
  }
  const from = sender ?? chat.accounts.buryUnseen(command.name, ownerOf(command).origin);
  if (isToGroup) {
    keepSent(chat, command, mergeGroupSend(chat, { from, client, command }, events));
    return true;
  }
  const to =
    recipient ?? chat.accounts.buryUnseen(command.recipientName, originOfRecipient(command));
  const letter = { from, to, atMs, late: true, client: client.shortId, request, body };
  deliver(chat, { ...letter, format: command.format === "s" ? "s" : "p" }, events);
  const name = chat.accounts.get(to)?.name ?? command.recipientName;
  keepSent(chat, command, name);
  return true;
}

function mergeDraftSend(
  chat: ChatState,
  command: MessageOf<"mergeDraftSend">,
  events: ChatEvents,
): void {
  const sentBy = sentBefore(chat, command);
  if (sentBy !== null) return mergeSentTwice(chat, { command, sentBy }, events);
  // Even one that had been merged before: the draft went with it.
  if (mergeSend(chat, command, events)) noteSent(chat, command);
}

/** Whoever was told that it was sent was told the truth: ours stands for both. */
function mergeSentTwice(
  chat: ChatState,
  twice: { readonly command: MessageOf<"mergeDraftSend">; readonly sentBy: Origin },
  events: ChatEvents,
): void {
  const { command, sentBy } = twice;
  const { request, received, confirmed, recipientName } = command;
  if (!confirmed) return;
  const client = recordOf(chat, command.client);
  client.replies.dropThrough(received);
  const isOpen = takeBackRefusal(client, request);
  if (client.executed.has(request) && !isOpen) return;
  client.executed.add(request);
  const kept = identityWordOf(shortClientId(sentBy.client), sentBy.request);
  chat.twins.set(identityWordOf(client.shortId, request), kept);
  const from = chat.accounts.find(ownerOf(command)) ?? 0;
  const except = isGroupAddress(recipientName) ? holdersOf(chat, from, kept) : null;
  if (except === null) return keepSent(chat, command, recipientName);
  // Who was in the group on the other side alone has it from there.
  const letter = { from: asAccountId(from), client, command, except };
  keepSent(chat, command, mergeGroupSend(chat, letter, events));
}

function keepSent(
  chat: ChatState,
  { client: id, request, received, atMs }: Sent,
  to: string,
): void {
  if (request <= received) return;
  const reply = { type: "sent", request, op: chat.op, copies: 0, to, atMs, online: false } as const;
  keepReply(recordOf(chat, id), reply);
}

/** What was confirmed is merged whatever stands against it; what was not is like any new send. */
function refusalOf(
  chat: ChatState,
  {
    sender,
    recipient,
  }: { readonly sender: AccountId | null; readonly recipient: AccountId | null },
  command: Sent,
): ChatRefusal | null {
  const { recipientName } = command;
  if (isGroupAddress(recipientName)) {
    const group = { id: command.recipient, origin: originOfRecipient(command) };
    return refuseGroupSend(chat, { sender, group, name: recipientName }, command);
  }
  const account = recipient === null ? undefined : chat.accounts.get(recipient);
  if (account === undefined) return noSuchUser(recipientName);
  const stale = command.format === "s" ? refuseSealed(account, command) : null;
  if (stale !== null) return stale;
  return account.mailbox.unread >= mailboxUnreadMax ? mailboxFull(account.name) : null;
}

function mergeRegister(
  chat: ChatState,
  command: MessageOf<"mergeRegister">,
  events: ChatEvents,
): void {
  const { request, tokenHash } = command;
  const fresh = noteExecuted(chat, command);
  if (fresh === null) return;
  const { client, isNewest } = fresh;
  const name = freeName(chat.accounts, command.name);
  const account = chat.accounts.create(name, command, { client: client.id, request });
  if (name !== command.name) chat.accounts.noteFormerName(account, command.name);
  client.owner ??= account.id;
  if (isNewest) beginSession(chat, { client, account, tokenHash }, events);
  keepReply(client, { type: "registered", request, op: chat.op, copies: 0, name });
}

function mergeSession(
  chat: ChatState,
  command: MessageOf<"mergeSession">,
  events: ChatEvents,
): void {
  const { request, tokenHash } = command;
  const fresh = noteExecuted(chat, command);
  if (fresh === null) return;
  const { client, isNewest } = fresh;
  const account = accountOf(chat, command);
  if (account === undefined) return;
  client.owner ??= account.id;
  const { name } = account;
  const { op } = chat;
  if (tokenHash === "") {
    if (isNewest && client.account === account) endSession(chat, client.id, events, loggedOut);
    return keepReply(client, { type: "loggedOut", request, op, copies: 0, name });
  }
  if (isNewest) beginSession(chat, { client, account, tokenHash }, events);
  const { unread, unopened, delivered, last } = account.mailbox;
  const mail = { unread, unopened, delivered, last };
  const reply = { type: "loggedIn", request, op, copies: 0, name, ...mail, signature: "" } as const;
  keepReply(client, reply);
}

function beginSession(
  chat: ChatState,
  session: {
    readonly client: ClientRecord;
    readonly account: Account;
    readonly tokenHash: string;
  },
  events: ChatEvents,
): void {
  const { client, account, tokenHash } = session;
  if (client.account !== null && client.account !== account) {
    endSession(chat, client.id, events, loggedOut);
  }
  chat.clients.startSession(client, account, tokenHash);
}

/** A union, but for what was read by the same request here, and may be unread again since. */
function mergeMarks(chat: ChatState, command: MessageOf<"mergeMarks">, events: ChatEvents): void {
  const { client: id, request, letters, mark } = command;
  const owner = accountOf(chat, command);
  const client = chat.clients.get(id);
  const wasDone = client !== undefined && wasExecuted(client, request);
  // A repetition by the client itself would speak of other positions. More follows a full command.
  if (letters.length < mergeLettersPerOp) client?.executed.add(request);
  if (owner === undefined || (wasDone && mark === "read")) return;
  const { mailbox } = owner;
  const unopenedBefore = mailbox.unopened;
  for (const word of letters) {
    const seq = chat.places.find(chat, owner, chat.twins.get(word) ?? word);
    if (seq === 0) continue;
    if (mark === "removed") takeOut(chat, owner, seq);
    if (mark === "read" && mailbox.open(seq)) {
      tellSender(chat, { owner, seq, status: "read" }, events);
    }
    if (mark === "delivered" && mailbox.acknowledgeOne(seq)) {
      tellSender(chat, { owner, seq, status: "delivered" }, events);
    }
  }
  if (mailbox.unopened !== unopenedBefore) events.unopened(owner.id);
}

function mergeDelete(chat: ChatState, command: MessageOf<"mergeDelete">, events: ChatEvents): void {
  const { client: id, request } = command;
  const client = recordOf(chat, id);
  const owner = accountOf(chat, command);
  if (owner !== undefined) buryAccount(chat, owner, { client: client.id, request }, events);
  if (!client.executed.add(request)) return;
  const name = owner?.name ?? "";
  client.replies.add({ type: "deleted", request, op: chat.op, copies: 0, name });
}

function originOfRecipient(command: Sent): AccountRef["origin"] {
  return { client: command.recipientClient, request: command.recipientRequest };
}

function recipientOf(chat: ChatState, command: Sent): AccountId | null {
  return chat.accounts.find({ id: command.recipient, origin: originOfRecipient(command) });
}
