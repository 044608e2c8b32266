// What is shown of groups: one's own, and who is in one of them. The lobby shows itself to all, any
// other group to its members alone. Changes nothing.

import type { AccountId } from "../base/ids.ts";
import { groupNameOf } from "../base/text.ts";
import type { Accounts } from "./accounts.ts";
import { noOrigin } from "./accounts.ts";
import type { GroupView, MembersAsk, MembersPage } from "./contract.ts";
import type { RosterPage, RosterRow } from "./contract.ts";
import { epochOf } from "./epochs.ts";
import type { Groups, Joining, Member } from "./groups.ts";
import { isLobby, ownerOf } from "./groups.ts";
import { signedOf } from "./vouching.ts";

interface Rooms {
  readonly accounts: Accounts;
  readonly groups: Groups;
}

/** In the order in which the groups were made. */
export function listGroups({ accounts, groups }: Rooms, account: AccountId): readonly GroupView[] {
  const ids = [...(accounts.get(account)?.groups ?? [])].sort((one, other) => one - other);
  return ids.flatMap((id) => {
    const group = groups.get(id);
    if (group === undefined) return [];
    const isOwned = ownerOf(group) === account;
    return [{ name: groups.nameOf(id), members: group.members.size, isOwned }];
  });
}

/** Null when there is no such group, or it is none of the asker's. */
export function listMembers(
  { accounts, groups }: Rooms,
  account: AccountId,
  { group: name, after, count }: MembersAsk,
): MembersPage | null {
  const group = groups.named(groupNameOf(name));
  if (group === undefined || (!group.members.has(account) && !isLobby(group))) return null;
  const members = [...group.members.keys()].slice(after, after + count);
  const owner = ownerOf(group);
  return {
    group: groups.nameOf(group.id),
    members: members.map((id) => ({ id, name: accounts.nameOf(id) })),
    owner: owner === null ? "" : accounts.nameOf(owner),
    next: after + members.length < group.members.size ? after + members.length : 0,
  };
}

/** Whom to seal for, and who says so: for members alone. */
export function listRoster(
  { accounts, groups }: Rooms,
  account: AccountId,
  { group: name, after, count }: MembersAsk,
): RosterPage | null {
  const group = groups.named(groupNameOf(name));
  if (group === undefined || !group.members.has(account)) return null;
  const { members, vouchers, origin } = group;
  const rows = [...members]
    .slice(after, after + count)
    .map(([id, member]) => memberRow(accounts, id, member));
  const skipped = Math.max(0, after - members.size);
  for (const voucher of vouchers.slice(skipped, skipped + count - rows.length)) {
    rows.push({ name: null, ...voucher });
  }
  const through = after + rows.length;
  const isWhole = through >= members.size + vouchers.length;
  const epoch = epochOf(accounts, group);
  return { group: groups.nameOf(group.id), epoch, origin, rows, next: isWhole ? 0 : through };
}

function memberRow(accounts: Accounts, id: AccountId, { joinings }: Member): RosterRow {
  const { proof = "", ...joining }: Joining = signedOf(joinings) ?? noOrigin;
  const publics = accounts.get(id)?.keys?.present?.publics ?? "";
  return { name: accounts.nameOf(id), publics, joining, proof };
}
