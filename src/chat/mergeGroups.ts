// What a merge does to groups: memberships unite. Who was joined on the lost side is in, unless the
// group is gone here; who was removed there is out, unless somebody joined him anew meanwhile. A
// name that is taken gives way to the next free one. Messages reach those who are members here.

import type { AccountId } from "../base/ids.ts";
import { groupNameOf } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { ChatEvents } from "./contract.ts";
import { leaveGroup, tellChange } from "./groupCommands.ts";
import { deliverToGroup, refuseSend } from "./groupLetters.ts";
import { placesOfGroupLine } from "./groupLine.ts";
import { noSuchGroup } from "./groupRefusals.ts";
import type { Group, GroupRef } from "./groups.ts";
import { isLobby } from "./groups.ts";
import { isProofLength, join, part } from "./memberships.ts";
import { accountOf, freeName, keepReply, noteExecuted } from "./mergeSubjects.ts";
import { type Origin, originWord } from "./origin.ts";
import type { ChatRefusal } from "./refusals.ts";
import type { ChatState } from "./state.ts";
import { proveJoining } from "./vouching.ts";

export function mergeGroup(chat: ChatState, command: MessageOf<"mergeGroup">): void {
  const fresh = noteExecuted(chat, command);
  const owner = accountOf(chat, command);
  if (fresh === null || owner === undefined) return;
  const { request } = command;
  const origin = { client: fresh.client.id, request };
  const group = chat.groups.create(freeName(chat.groups, command.name), origin);
  join(group, owner, origin);
  keepGrouped(chat, fresh.client, { request, group, change: "create", member: owner });
}

export function mergeMember(
  chat: ChatState,
  command: MessageOf<"mergeMember">,
  events: ChatEvents,
): void {
  const fresh = noteExecuted(chat, command);
  const { member: id, memberClient, memberRequest } = command;
  const about = accountOf(chat, {
    account: id,
    accountClient: memberClient,
    accountRequest: memberRequest,
  });
  const group = groupOf(chat, command);
  if (fresh === null || about === undefined || group === undefined) return;
  const { request, joins } = command;
  const origin = { client: fresh.client.id, request };
  const account = accountOf(chat, command) ?? about;
  const wish = { actor: { account, origin }, group, about };
  const change = joins ? joined(chat, wish, events) : unjoined(chat, wish, command, events);
  keepGrouped(chat, fresh.client, { request, group, change, member: about });
}

interface Wish {
  readonly actor: { readonly account: Account; readonly origin: Origin };
  readonly group: Group;
  readonly about: Account;
}

function joined(chat: ChatState, wish: Wish, events: ChatEvents): string {
  const { actor, group, about } = wish;
  const isNew = !group.members.has(about.id);
  join(group, about, actor.origin);
  if (actor.account === about) return "join";
  if (isNew) tellChange(chat, { ...wish, event: "added", late: true }, events);
  return "add";
}

function unjoined(
  chat: ChatState,
  wish: Wish,
  command: MessageOf<"mergeMember">,
  events: ChatEvents,
): string {
  const { actor, group, about } = wish;
  const change = actor.account === about ? "leave" : "remove";
  const over = new Set(command.joinings);
  const before = group.members.get(about.id)?.joinings ?? [];
  const left = before.filter((joining) => !over.has(originWord(joining)));
  if (before.length === 0 || left.length === before.length) return change;
  if (left.length > 0) {
    group.members.set(about.id, { joinings: left });
  } else if (change === "leave") {
    leaveGroup(chat, { actor, group, late: true }, events);
  } else {
    part(chat, group, about);
    tellChange(chat, { ...wish, event: "removed", late: true }, events);
  }
  return change;
}

/** Whoever joined somebody there proves it here. */
export function mergeProof(chat: ChatState, command: MessageOf<"mergeProof">): void {
  const group = groupOf(chat, command);
  const { client, request, proof } = command;
  if (group === undefined || !isProofLength(proof)) return;
  proveJoining(group, { client, request }, proof.toString("base64"));
}

/** A message to a group, of a branch that was lost; what stands against one not confirmed. */
export function refuseGroupSend(
  chat: ChatState,
  from: { readonly sender: AccountId | null; readonly group: GroupRef; readonly name: string },
  message: Pick<MessageOf<"send">, "format" | "body">,
): ChatRefusal | null {
  const sender = chat.accounts.get(from.sender ?? 0);
  const group = chat.groups.get(chat.groups.find(from.group) ?? 0);
  if (sender === undefined) return noSuchGroup(from.name);
  return refuseSend(chat, { group, sender, to: from.name }, message);
}

/** Returns the group's name as it is shown here. */
export function mergeGroupSend(
  chat: ChatState,
  letter: {
    readonly from: AccountId;
    readonly client: ClientRecord;
    /** Who has it already. */
    readonly except?: ReadonlySet<AccountId>;
    readonly command: Pick<
      MessageOf<"mergeSend">,
      | "request"
      | "atMs"
      | "format"
      | "body"
      | "recipient"
      | "recipientName"
      | "recipientClient"
      | "recipientRequest"
    >;
  },
  events: ChatEvents,
): string {
  const { from, client, command } = letter;
  const { request, atMs, format, body, recipientName } = command;
  const origin = { client: command.recipientClient, request: command.recipientRequest };
  const id =
    chat.groups.find({ id: command.recipient, origin }) ??
    chat.groups.buryUnseen(groupNameOf(recipientName), origin);
  const group = chat.groups.get(id);
  const sender = chat.accounts.get(from);
  const comesIn = group !== undefined && isLobby(group) && sender !== undefined;
  if (comesIn && !group.members.has(from)) join(group, sender, { client: client.id, request });
  const text = { client: client.shortId, request, format, body };
  deliverToGroup(chat, { from, group: id, atMs, late: true, ...text }, events, letter.except);
  return chat.groups.nameOf(id);
}

/** Whom a letter was for, its sender among them; null when he has removed it, and none can say. */
export function holdersOf(
  chat: ChatState,
  from: number,
  word: string,
): ReadonlySet<AccountId> | null {
  const sender = chat.accounts.get(from);
  const seq = sender === undefined ? 0 : chat.places.find(chat, sender, word);
  if (sender === undefined || seq === 0) return null;
  const line = chat.letters.lineAt(sender.mailbox.addressAt(seq));
  return new Set(placesOfGroupLine(line).map(({ account }) => account));
}

function groupOf(
  chat: ChatState,
  command: MessageOf<"mergeMember"> | MessageOf<"mergeProof">,
): Group | undefined {
  const origin = { client: command.groupClient, request: command.groupRequest };
  const id = chat.groups.find({ id: command.group, origin });
  return id === null ? undefined : chat.groups.get(id);
}

function keepGrouped(
  chat: ChatState,
  client: ClientRecord,
  done: {
    readonly request: number;
    readonly group: Group;
    readonly change: string;
    readonly member: Account;
  },
): void {
  const { request, change, member } = done;
  const group = `#${done.group.name}`;
  const { op } = chat;
  const { name } = member;
  keepReply(client, { type: "grouped", request, op, copies: 0, group, change, member: name });
}
