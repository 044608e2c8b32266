// What the records about groups of a lost branch become. A membership is named by the requests that
// joined somebody, so that a removal takes away what it saw and nothing else.

import type { ClientId } from "../base/ids.ts";
import { groupNameOf } from "../base/text.ts";
import type { MergeCommand, MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import type { Group, GroupRef } from "./groups.ts";
import { findGroup } from "./memberships.ts";
import { originWord } from "./origin.ts";
import { refOf } from "./orphanedSend.ts";
import type { ChatState } from "./state.ts";

export type GroupCommand = MessageOf<"groupChange"> | MessageOf<"groupSigned">;

/** As if the record took effect; `chat` is the state before it. */
export function orphanedChange(
  chat: ChatState,
  owner: Account,
  from: Given,
): readonly MergeCommand[] {
  const { client, command } = from;
  const { request, change } = command;
  if (change === "create") {
    const ids = { client, request, ...refOf(owner) };
    const name = groupNameOf(command.group);
    return [{ type: "mergeGroup", ...ids, name }, ...proven(from, { id: 0, origin: ids })];
  }
  const group = findGroup(chat, command.group);
  const isAboutOther = change === "add" || change === "remove";
  const member = isAboutOther ? chat.accounts.named(command.member) : owner;
  if (group === undefined || member === undefined) return [];
  return changed(from, { owner, group, member });
}

interface Given {
  readonly client: ClientId;
  readonly command: GroupCommand;
}

function changed(
  from: Given,
  { owner, group, member }: { readonly owner: Account; readonly group: Group; member: Account },
): readonly MergeCommand[] {
  const { client, command } = from;
  const { request, change } = command;
  const joins = change === "add" || change === "join";
  const joinings = joins ? [originWord({ client, request })] : joiningsOf(group, member);
  const who = refOf(member);
  const merge: MergeCommand = {
    type: "mergeMember",
    client,
    request,
    ...refOf(owner),
    group: group.id,
    groupClient: group.origin.client,
    groupRequest: group.origin.request,
    member: who.account,
    memberClient: who.accountClient,
    memberRequest: who.accountRequest,
    joins,
    joinings,
  };
  return joins ? [merge, ...proven(from, group)] : [merge];
}

/** Behind what joined somebody. */
function proven({ client, command }: Given, { id, origin }: GroupRef): readonly MergeCommand[] {
  if (command.type !== "groupSigned") return [];
  const { request, proof } = command;
  const group = { group: id, groupClient: origin.client, groupRequest: origin.request };
  return [{ type: "mergeProof", client, request, ...group, proof }];
}

function joiningsOf({ members }: Group, { id }: Account): readonly string[] {
  return (members.get(id)?.joinings ?? []).map(originWord);
}
