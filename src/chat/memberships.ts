// Who is in which group, on both sides at once: the group knows its members, and each account its
// groups. Decides no refusals but for its bounds, and tells nobody.

import { groupMembersMax, groupsPerUserMax } from "../base/limits.ts";
import { proofBytesMax } from "../base/sealLimits.ts";
import { groupNameOf } from "../base/text.ts";
import type { Account } from "./accounts.ts";
import { forgetEpoch } from "./epochs.ts";
import { groupFull, tooManyGroups } from "./groupRefusals.ts";
import type { Group, Joining } from "./groups.ts";
import { isLobby } from "./groups.ts";
import type { ChatRefusal } from "./refusals.ts";
import type { ChatState } from "./state.ts";
import { forgetUnneeded, noteLeft } from "./vouching.ts";

/** By its name, with its # or without. */
export function findGroup(chat: ChatState, address: string): Group | undefined {
  return chat.groups.named(groupNameOf(address));
}

/** One more statement that he is in. */
export function join(group: Group, account: Account, joining: Joining): void {
  const { joinings = [] } = group.members.get(account.id) ?? {};
  if (joinings.length === 0) group.members.set(account.id, { joinings: [joining] });
  else group.members.set(account.id, { joinings: [...joinings, joining] });
  account.groups ??= new Set();
  account.groups.add(group.id);
  forgetEpoch(group);
}

export function isProofLength({ length }: Buffer): boolean {
  return length > 0 && length <= proofBytesMax;
}

/** He is out, and the group is gone with its last member. */
export function part(chat: ChatState, group: Group, account: Account): void {
  const member = group.members.get(account.id);
  if (member !== undefined) group.vouchers = noteLeft(group, member, account.keys);
  group.members.delete(account.id);
  forgetUnneeded(group);
  forgetEpoch(group);
  account.groups?.delete(group.id);
  if (group.members.size === 0 && !isLobby(group)) chat.groups.bury(group);
}

/** Null for who is in, and for who may come in. */
export function refuseJoining(group: Group, account: Account): ChatRefusal | null {
  if (group.members.has(account.id)) return null;
  if (group.members.size >= groupMembersMax) return groupFull(group.name);
  const count = account.groups?.size ?? 0;
  return count >= groupsPerUserMax ? tooManyGroups(account.name) : null;
}
