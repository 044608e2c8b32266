// What the records about groups of a lost branch become. A membership is named by the requests that
// joined somebody, so that a removal takes away what it saw and nothing else.

import type { ClientId } from "../base/ids.ts";
import { groupNameOf } from "../base/text.ts";
import type { MergeCommand, MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import type { Group } from "./groups.ts";
import { findGroup } from "./memberships.ts";
import { originWord } from "./origin.ts";
import { refOf } from "./orphanedSend.ts";
import type { ChatState } from "./state.ts";

/** As if the record took effect; `chat` is the state before it. */
export function orphanedChange(
  chat: ChatState,
  owner: Account,
  from: { readonly client: ClientId; readonly command: MessageOf<"groupChange"> },
): readonly MergeCommand[] {
  const { client, command } = from;
  const { request, change } = command;
  const ids = { client, request, ...refOf(owner) };
  if (change === "create") {
    return [{ type: "mergeGroup", ...ids, name: groupNameOf(command.group) }];
  }
  const group = findGroup(chat, command.group);
  const isAboutOther = change === "add" || change === "remove";
  const member = isAboutOther ? chat.accounts.named(command.member) : owner;
  if (group === undefined || member === undefined) return [];
  const joins = change === "add" || change === "join";
  const joinings = joins ? [originWord({ client, request })] : joiningsOf(group, member);
  const who = refOf(member);
  return [
    {
      type: "mergeMember",
      ...ids,
      group: group.id,
      groupClient: group.origin.client,
      groupRequest: group.origin.request,
      member: who.account,
      memberClient: who.accountClient,
      memberRequest: who.accountRequest,
      joins,
      joinings,
    },
  ];
}

function joiningsOf({ members }: Group, { id }: Account): readonly string[] {
  return (members.get(id)?.joinings ?? []).map(originWord);
}
