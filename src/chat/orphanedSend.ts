// What a message of a lost branch becomes, and how a merge names accounts. Shared by all that say
// what a lost branch leaves.

import type { ClientId } from "../base/ids.ts";
import { isGroupAddress } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import { findGroup } from "./memberships.ts";
import type { Origin } from "./origin.ts";
import type { ChatState } from "./state.ts";

/** A command of a lost branch, and when and by whom it was given. */
export interface Orphaned<Command> {
  readonly client: ClientId;
  readonly command: Command;
  readonly atUs: number;
  readonly confirmed: boolean;
}

/** What a message becomes; nothing when there was nobody to get it. */
export function orphanedSend(
  chat: ChatState,
  sender: Account,
  from: Orphaned<Pick<MessageOf<"send">, "request" | "received" | "to" | "format" | "body">>,
): readonly MessageOf<"mergeSend">[] {
  const { client, command, atUs, confirmed } = from;
  const { request, received, to, format, body } = command;
  const recipient = recipientOf(chat, to);
  if (recipient === undefined) return [];
  const send: MessageOf<"mergeSend"> = {
    type: "mergeSend",
    client,
    request,
    received,
    atMs: Math.floor(atUs / 1_000),
    confirmed,
    ...refOf(sender),
    name: sender.name,
    recipient: recipient.id,
    recipientClient: recipient.origin.client,
    recipientRequest: recipient.origin.request,
    recipientName: isGroupAddress(to) ? `#${recipient.name}` : recipient.name,
    format,
    body,
  };
  return [send];
}

/** An account, or a group. */
function recipientOf(
  chat: ChatState,
  to: string,
): { readonly id: number; readonly name: string; readonly origin: Origin } | undefined {
  return isGroupAddress(to) ? findGroup(chat, to) : chat.accounts.named(to);
}

export function refOf({ id, origin }: Account): {
  readonly account: number;
  readonly accountClient: ClientId;
  readonly accountRequest: number;
} {
  return { account: id, accountClient: origin.client, accountRequest: origin.request };
}
