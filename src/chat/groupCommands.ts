// What people do with groups: create, add, remove, leave, join. Any member adds, the owner removes,
// and when the owner goes, who has been in longest next owns the group. Whom a change is about gets
// a letter; the others who are on are told at once. Refusals are decided first.

import { groupsMax, groupsPerUserMax } from "../base/limits.ts";
import { checkName, detached, groupNameOf } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import { hasBlocked } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import { tellMember } from "./groupLetters.ts";
import * as refusals from "./groupRefusals.ts";
import type { Group, Joining } from "./groups.ts";
import { isLobby, ownerOf } from "./groups.ts";
import { shortClientId } from "./letterLine.ts";
import { findGroup, isProofLength, join, part, refuseJoining } from "./memberships.ts";
import type { ChatRefusal } from "./refusals.ts";
import { noSuchUser, notLoggedIn, refused } from "./refusals.ts";
import type { ChatState } from "./state.ts";

type Change = MessageOf<"groupChange"> | MessageOf<"groupSigned">;

/** Who changes it, by which request. */
interface Actor {
  readonly account: Account;
  /** With what proves it, if anything does. */
  readonly origin: Joining;
}

/** What was done, or why nothing was. */
type Done = { readonly group: Group; readonly about: Account } | ChatRefusal;

export function changeGroup(
  chat: ChatState,
  client: ClientRecord,
  command: Change,
  events: ChatEvents,
): Reply {
  const { request, change } = command;
  const { account } = client;
  if (account === null) return refused(request, notLoggedIn);
  const proof = command.type === "groupSigned" ? command.proof : null;
  if (proof !== null && !isProofLength(proof)) return refused(request, refusals.badProof);
  const origin = { client: client.id, request };
  const actor = { account, origin: proof === null ? origin : { ...origin, proof: base64(proof) } };
  const done = decideChange(chat, actor, command, events);
  if ("code" in done) return refused(request, done);
  const { name: member } = done.about;
  const group = `#${done.group.name}`;
  return { type: "grouped", request, op: chat.op, copies: 0, group, change, member };
}

function base64(proof: Buffer): string {
  return detached(proof.toString("base64"));
}

function decideChange(chat: ChatState, actor: Actor, command: Change, events: ChatEvents): Done {
  const { change } = command;
  if (change === "create") return createGroup(chat, actor, command.group);
  const group = findGroup(chat, command.group);
  if (group === undefined) return refusals.noSuchGroup(command.group);
  switch (change) {
    case "add":
      return add(chat, { actor, group, name: command.member }, events);
    case "remove":
      return remove(chat, { actor, group, name: command.member }, events);
    case "leave":
      return leave(chat, { actor, group }, events);
    case "join":
      return joinOpen(chat, { actor, group }, events);
    default:
      return refusals.badChange;
  }
}

function createGroup(chat: ChatState, { account, origin }: Actor, address: string): Done {
  const name = groupNameOf(address);
  const badName = checkName(name);
  if (badName !== null) return badName;
  if (chat.groups.named(name) !== undefined) return refusals.groupTaken(name);
  if (chat.groups.count >= groupsMax) return refusals.groupsFull;
  if ((account.groups?.size ?? 0) >= groupsPerUserMax) return refusals.tooManyGroups(account.name);
  const { client, request } = origin;
  const group = chat.groups.create(name, { client, request });
  join(group, account, origin);
  return { group, about: account };
}

interface Wish {
  readonly actor: Actor;
  readonly group: Group;
}

function add(
  chat: ChatState,
  { actor, group, name }: Wish & { readonly name: string },
  events: ChatEvents,
): Done {
  if (isLobby(group)) return refusals.lobbyIsOpen;
  if (!group.members.has(actor.account.id)) return refusals.notAMember(group.name);
  const about = chat.accounts.named(name);
  if (about === undefined) return noSuchUser(name);
  if (group.members.has(about.id)) return refusals.alreadyMember(about.name, group.name);
  const refusal = refuseJoining(group, about);
  if (refusal !== null) return refusal;
  join(group, about, actor.origin);
  tellChange(chat, { actor, group, about, event: "added", late: false }, events);
  return { group, about };
}

function remove(
  chat: ChatState,
  { actor, group, name }: Wish & { readonly name: string },
  events: ChatEvents,
): Done {
  if (isLobby(group)) return refusals.lobbyIsOpen;
  if (!group.members.has(actor.account.id)) return refusals.notAMember(group.name);
  const owner = ownerOf(group);
  if (owner !== actor.account.id) {
    return refusals.notTheOwner(group.name, chat.accounts.nameOf(owner ?? 0));
  }
  const about = chat.accounts.named(name);
  if (about === undefined || !group.members.has(about.id)) {
    return refusals.noMember(about?.name ?? name, group.name);
  }
  if (about === actor.account) return refusals.leaveInstead;
  part(chat, group, about);
  tellChange(chat, { actor, group, about, event: "removed", late: false }, events);
  return { group, about };
}

function leave(chat: ChatState, { actor, group }: Wish, events: ChatEvents): Done {
  const { account } = actor;
  if (!group.members.has(account.id)) return refusals.notAMember(group.name);
  leaveGroup(chat, { actor, group }, events);
  return { group, about: account };
}

function joinOpen(chat: ChatState, { actor, group }: Wish, events: ChatEvents): Done {
  const { account, origin } = actor;
  if (group.members.has(account.id)) return refusals.alreadyMember(account.name, group.name);
  if (!isLobby(group)) return refusals.notOpen(group.name);
  const refusal = refuseJoining(group, account);
  if (refusal !== null) return refusal;
  join(group, account, origin);
  noteOthers(chat, { group, about: account, by: account, change: "joined" }, events);
  return { group, about: account };
}

/** Whoever owns the group next is told. */
export function leaveGroup(
  chat: ChatState,
  wish: Wish & { readonly late?: boolean },
  events: ChatEvents,
): void {
  const { actor, group, late = false } = wish;
  const { account } = actor;
  const wasOwner = ownerOf(group) === account.id;
  part(chat, group, account);
  const owner = wasOwner ? chat.accounts.get(ownerOf(group) ?? 0) : undefined;
  if (owner === undefined) {
    return noteOthers(chat, { group, about: account, by: account, change: "left" }, events);
  }
  tellChange(chat, { actor, group, about: owner, event: "owner", late }, events);
}

/** Out of all groups, as an account that is being deleted goes. */
export function leaveAllGroups(
  chat: ChatState,
  actor: Actor & { readonly late?: boolean },
  events: ChatEvents,
): void {
  const { late = false } = actor;
  for (const id of [...(actor.account.groups ?? [])].sort((one, other) => one - other)) {
    const group = chat.groups.get(id);
    if (group !== undefined) leaveGroup(chat, { actor, group, late }, events);
  }
}

export function tellChange(
  chat: ChatState,
  told: Wish & {
    readonly about: Account;
    readonly event: "added" | "removed" | "owner";
    readonly late: boolean;
  },
  events: ChatEvents,
): void {
  const { actor, group, about, event, late } = told;
  const { client, request } = actor.origin;
  const letter = { from: actor.account.id, atMs: Math.floor(chat.atUs / 1_000), late };
  const identity = { client: shortClientId(client), request };
  tellMember(chat, { ...letter, ...identity, body: event, group, about }, events);
  noteOthers(chat, { group, about, by: actor.account, change: event }, events);
}

/** Those it is not about, who are on. */
function noteOthers(
  chat: ChatState,
  told: {
    readonly group: Group;
    readonly about: Account;
    readonly by: Account;
    readonly change: string;
  },
  events: ChatEvents,
): void {
  const { group, about, by, change } = told;
  const note = {
    type: "groupNote",
    group: `#${group.name}`,
    change,
    member: about.name,
    by: by.name,
  } as const;
  for (const id of group.members.keys()) {
    if (id === about.id || id === by.id) continue;
    const member = chat.accounts.get(id);
    if (member === undefined || hasBlocked(member, by.id)) continue;
    if (member.sessions !== null) events.groupNote(id, note);
  }
}
