// Letters to groups: one body, and a place in each member's mailbox. What is told of a membership
// is such a letter too, to whom it is about and to who did it. Refusals are decided before anything
// is changed.

import { mailboxUnreadMax } from "../base/limits.ts";
import type { AccountId } from "../base/ids.ts";
import { sealedLettersMax, sealedLettersPerMember } from "../base/sealLimits.ts";
import type { MessageOf } from "../wire/messages.ts";
import { hasTag } from "../wire/sealedBody.ts";
import type { Account } from "./accounts.ts";
import { hasBlocked } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import { epochOf } from "./epochs.ts";
import type { GroupLetterParts, Place } from "./groupLine.ts";
import { writeGroupLine } from "./groupLine.ts";
import type { Group } from "./groups.ts";
import { isLobby } from "./groups.ts";
import { plainOnly, sealedTooLong, staleKeys } from "./keyRefusals.ts";
import { refuseForm } from "./letterCommands.ts";
import { ownFlag, removedFlag } from "./mailbox.ts";
import { findGroup, join, part, refuseJoining } from "./memberships.ts";
import type { ChatRefusal } from "./refusals.ts";
import { mailboxFull, notLoggedIn, refused } from "./refusals.ts";
import { noSuchGroup, notAMember } from "./groupRefusals.ts";
import type { ChatState } from "./state.ts";

/** Whoever writes to the lobby is in it from then on; whose mailbox is full is not any more. */
export function sendToGroup(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"send">,
  events: ChatEvents,
): Reply {
  const { request, to, format, body } = command;
  const sender = client.account;
  if (sender === null) return refused(request, notLoggedIn);
  const group = findGroup(chat, to);
  const refusal = refuseForm(command) ?? refuseSend(chat, { group, sender, to }, command);
  if (refusal !== null || group === undefined) {
    return refused(request, refusal ?? noSuchGroup(to));
  }
  if (isLobby(group)) for (const full of fullOf(chat, group)) part(chat, group, full);
  if (!group.members.has(sender.id)) join(group, sender, { client: client.id, request });
  const atMs = Math.floor(chat.atUs / 1_000);
  const letter = { from: sender.id, atMs, late: false, client: client.shortId, request };
  deliverToGroup(chat, { ...letter, group: group.id, format, body }, events);
  const name = `#${group.name}`;
  return { type: "sent", request, op: chat.op, copies: 0, to: name, atMs, online: false };
}

/** What stands against a message of this sender to this group. */
export function refuseSend(
  chat: ChatState,
  from: { readonly group: Group | undefined; readonly sender: Account; readonly to: string },
  { format, body }: Pick<MessageOf<"send">, "format" | "body">,
): ChatRefusal | null {
  const { group, sender, to } = from;
  if (group === undefined) return noSuchGroup(to);
  if (!group.members.has(sender.id) && !isLobby(group)) return notAMember(group.name);
  const unsealable = format === "s" ? refuseSealedTo(chat, group, body) : null;
  if (unsealable !== null) return unsealable;
  // Its owner may remove him; of the lobby nobody is, and nobody absent is to silence it.
  const [full] = isLobby(group) ? [] : fullOf(chat, group);
  return full === undefined ? refuseJoining(group, sender) : mailboxFull(full.name);
}

/** It must be sealed for those who are in, with the keys that they have now. */
function refuseSealedTo(chat: ChatState, group: Group, body: string): ChatRefusal | null {
  if (isLobby(group)) return plainOnly;
  const lettersMax = sealedLettersMax + sealedLettersPerMember * group.members.size;
  if (body.length > lettersMax) return sealedTooLong;
  const isFresh = hasTag(body, String(epochOf(chat.accounts, group)));
  return isFresh ? null : staleKeys(`#${group.name}`);
}

/** Members who can take no more. */
function fullOf(chat: ChatState, group: Group): readonly Account[] {
  const full: Account[] = [];
  for (const id of group.members.keys()) {
    const member = chat.accounts.get(id);
    if (member !== undefined && member.mailbox.unread >= mailboxUnreadMax) full.push(member);
  }
  return full;
}

/** To all that are in it now but these; of a group that is gone, to the sender alone. */
export function deliverToGroup(
  chat: ChatState,
  letter: Omit<GroupLetterParts, "places">,
  events: ChatEvents,
  except: ReadonlySet<AccountId> = nobody,
): void {
  const group = chat.groups.get(letter.group);
  const places: Place[] = [];
  for (const id of group?.members.keys() ?? []) {
    const member = chat.accounts.get(id);
    if (member === undefined || id === letter.from || hasBlocked(member, letter.from)) continue;
    if (!except.has(id)) places.push(nextPlace(member, 0));
  }
  const sender = chat.accounts.get(letter.from);
  if (sender !== undefined && !except.has(letter.from)) places.push(nextPlace(sender, ownFlag));
  if (places.length === 0) return;
  if (group !== undefined) group.hasLetters = true;
  post(chat, { ...letter, places }, events);
}

const nobody: ReadonlySet<AccountId> = new Set();

/** Tells one of his membership, and keeps a copy for who changed it. */
export function tellMember(
  chat: ChatState,
  told: Omit<GroupLetterParts, "places" | "format" | "group"> & {
    readonly group: Group;
    readonly about: Account;
  },
  events: ChatEvents,
): void {
  const { about, group, ...letter } = told;
  const actor = chat.accounts.get(letter.from);
  const isKeptOut = hasBlocked(about, letter.from);
  const nowhere = { account: about.id, seq: 0, flags: removedFlag };
  const places = [isKeptOut ? nowhere : nextPlace(about, 0)];
  if (actor !== undefined && actor !== about) places.push(nextPlace(actor, ownFlag));
  group.hasLetters = true;
  post(chat, { ...letter, group: group.id, format: "e", places }, events);
}

function nextPlace(member: Account, flags: number): Place {
  return { account: member.id, seq: member.mailbox.last + 1, flags };
}

function post(chat: ChatState, parts: GroupLetterParts, events: ChatEvents): void {
  const address = chat.letters.appendLine(writeGroupLine(parts), parts.places.length);
  for (const { account: id, seq, flags } of parts.places) {
    if (flags === removedFlag) continue;
    const account = chat.accounts.get(id as AccountId);
    account?.mailbox.append(address, flags);
    events.mail(id, seq);
  }
}
