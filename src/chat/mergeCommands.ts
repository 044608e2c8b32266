// What the commands of a merge do: they bring what a lost branch of the history holds into this one
// (replica/README.md). Each may come any number of times. What makes something is done once, by
// (client, request), whatever requests came after it; marks unite; a deletion wins over what it
// deleted; a name that is taken here gives way to the next free one.

import { mailboxUnreadMax, nameLettersMax } from "../base/limits.ts";
import { unreachable } from "../base/assert.ts";
import type { AccountId, ClientId } from "../base/ids.ts";
import { detached } from "../base/text.ts";
import type { MergeCommand, MessageOf } from "../wire/messages.ts";
import { buryAccount, endSession, loggedOut } from "./accountCommands.ts";
import type { Account, AccountRef } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import { takeBackRefusal } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import { deliver, tellSender } from "./letterCommands.ts";
import { mailboxFull, noSuchUser, refused } from "./refusals.ts";
import type { ChatState } from "./state.ts";

export function applyMerge(chat: ChatState, command: MergeCommand, events: ChatEvents): void {
  switch (command.type) {
    case "mergeSend":
      return mergeSend(chat, command, events);
    case "mergeRegister":
      return mergeRegister(chat, command, events);
    case "mergeSession":
      return mergeSession(chat, command, events);
    case "mergeMarks":
      return mergeMarks(chat, command, events);
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
  if (chat.unmerged.size === 0) chat.places.forget();
}

function mergeSend(chat: ChatState, command: MessageOf<"mergeSend">, events: ChatEvents): void {
  const { request, received, confirmed, atMs, body } = command;
  const sender = chat.accounts.find(ownerOf(command));
  // Nobody was told that it was sent: its own client may yet say so, once it is logged in here.
  if (!confirmed && (sender === null || chat.accounts.get(sender) === undefined)) return;
  const client = recordOf(chat, command.client);
  const recipient = recipientOf(chat, command);
  client.replies.dropThrough(received);
  // Refused here it may have been when it came late, to somebody who was unknown on this branch.
  const isOpen = confirmed && takeBackRefusal(client, request);
  const isDone = client.executed.has(request) && !isOpen;
  if (isDone) return;
  client.executed.add(request);
  const refusal = confirmed ? null : refusalOf(chat, recipient, command);
  if (refusal !== null) return client.replies.add(refused(request, refusal));
  const from = sender ?? chat.accounts.buryUnseen(command.name, ownerOf(command).origin);
  const to =
    recipient ?? chat.accounts.buryUnseen(command.recipientName, originOfRecipient(command));
  const letter = { from, to, atMs, late: true, client: client.shortId, request, body };
  deliver(chat, letter, events);
  const name = chat.accounts.get(to)?.name ?? command.recipientName;
  const reply = { type: "sent", request, op: chat.op, copies: 0, to: name, atMs } as const;
  keep(client, { ...reply, online: false }, received);
}

/** What was confirmed is merged whatever stands against it; what was not is like any new send. */
function refusalOf(
  chat: ChatState,
  recipient: AccountId | null,
  { recipientName }: MessageOf<"mergeSend">,
): ReturnType<typeof noSuchUser> | null {
  const account = recipient === null ? undefined : chat.accounts.get(recipient);
  if (account === undefined) return noSuchUser(recipientName);
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
  const name = freeName(chat, command.name);
  const account = chat.accounts.create(name, command, { client: client.id, request });
  if (name !== command.name) chat.accounts.noteFormerName(account, command.name);
  if (isNewest) beginSession(chat, { client, account, tokenHash }, events);
  keep(client, { type: "registered", request, op: chat.op, copies: 0, name }, 0);
}

/** The name, or with the first number behind it that makes it free. */
function freeName(chat: ChatState, name: string): string {
  if (chat.accounts.named(name) === undefined) return name;
  for (let number = 2; ; number += 1) {
    const ending = String(number);
    const numbered = name.slice(0, nameLettersMax - ending.length) + ending;
    if (chat.accounts.named(numbered) === undefined) return numbered;
  }
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
  const { name } = account;
  const { op } = chat;
  if (tokenHash === "") {
    if (isNewest && client.account === account) endSession(chat, client.id, events, loggedOut);
    return keep(client, { type: "loggedOut", request, op, copies: 0, name }, 0);
  }
  if (isNewest) beginSession(chat, { client, account, tokenHash }, events);
  const { unread, unopened, delivered, last } = account.mailbox;
  const mail = { unread, unopened, delivered, last };
  const reply = { type: "loggedIn", request, op, copies: 0, name, ...mail, signature: "" } as const;
  keep(client, reply, 0);
}

/** The client, if this request is new to it; `isNewest`: it did nothing newer here. */
function noteExecuted(
  chat: ChatState,
  { client: id, request }: Pick<MessageOf<"mergeRegister">, "client" | "request">,
): { readonly client: ClientRecord; readonly isNewest: boolean } | null {
  const client = recordOf(chat, id);
  const isNewest = isNewestOf(client, request);
  const isNew = client.executed.add(request) || takeBackRefusal(client, request);
  return isNew ? { client, isNewest } : null;
}

/** What the client did here since stands; a session of an older request does not undo it. */
function isNewestOf(client: ClientRecord, request: number): boolean {
  return request > client.assumed && request > client.executed.last;
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
  events.sessionStarted(client.id, account.id);
}

/** A union: done again it changes nothing, so it needs no request of its own. */
function mergeMarks(chat: ChatState, command: MessageOf<"mergeMarks">, events: ChatEvents): void {
  const owner = accountOf(chat, command);
  // A repetition by the client itself would speak of other positions.
  chat.clients.get(command.client)?.executed.add(command.request);
  if (owner === undefined) return;
  const { mailbox } = owner;
  const unopenedBefore = mailbox.unopened;
  for (const word of command.letters) {
    const seq = chat.places.find(chat.letters, owner, word);
    if (seq === 0) continue;
    if (command.mark === "removed") mailbox.remove(seq);
    if (command.mark === "read" && mailbox.open(seq)) {
      tellSender(chat, { owner, seq, status: "read" }, events);
    }
    if (command.mark === "delivered" && mailbox.acknowledgeOne(seq)) {
      tellSender(chat, { owner, seq, status: "delivered" }, events);
    }
  }
  if (mailbox.unopened !== unopenedBefore) events.unopened(owner.id, mailbox.unopened);
}

function mergeDelete(chat: ChatState, command: MessageOf<"mergeDelete">, events: ChatEvents): void {
  const { client: id, request } = command;
  const client = recordOf(chat, id);
  const owner = accountOf(chat, command);
  if (owner !== undefined) buryAccount(chat, owner, events);
  if (!client.executed.add(request)) return;
  const name = owner?.name ?? "";
  client.replies.add({ type: "deleted", request, op: chat.op, copies: 0, name });
}

/** One that had no record here keeps none of its requests from being merged. */
function recordOf(chat: ChatState, id: ClientId): ClientRecord {
  return chat.clients.get(id) ?? chat.clients.put(detached(id) as ClientId, chat.servedUs);
}

/** The first one stands. */
function keep(client: ClientRecord, reply: Reply, received: number): void {
  const { request } = reply;
  const isKept = request <= received || client.replies.get(request) !== undefined;
  if (!isKept) client.replies.add(reply);
}

interface OwnerFields {
  readonly account: number;
  readonly accountClient: ClientId;
  readonly accountRequest: number;
}

function ownerOf({ account: id, accountClient, accountRequest }: OwnerFields): AccountRef {
  return { id, origin: { client: accountClient, request: accountRequest } };
}

function accountOf(chat: ChatState, fields: OwnerFields): Account | undefined {
  const id = chat.accounts.find(ownerOf(fields));
  return id === null ? undefined : chat.accounts.get(id);
}

function originOfRecipient(command: MessageOf<"mergeSend">): AccountRef["origin"] {
  return { client: command.recipientClient, request: command.recipientRequest };
}

function recipientOf(chat: ChatState, command: MessageOf<"mergeSend">): AccountId | null {
  return chat.accounts.find({ id: command.recipient, origin: originOfRecipient(command) });
}
