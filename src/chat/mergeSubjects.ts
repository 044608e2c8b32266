// Whom and whose request a command of a merge means here: accounts by what made them, requests by
// what each client has done in this history. Shared by all commands of a merge.

import type { ClientId } from "../base/ids.ts";
import { nameLettersMax } from "../base/limits.ts";
import { detached } from "../base/text.ts";
import type { Account, AccountRef } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import { takeBackRefusal } from "./clients.ts";
import type { Reply } from "./contract.ts";
import type { ChatState } from "./state.ts";

/** The client, if this request is new to it; `isNewest`: it did nothing newer here. */
export function noteExecuted(
  chat: ChatState,
  { client: id, request }: { readonly client: ClientId; readonly request: number },
): { readonly client: ClientRecord; readonly isNewest: boolean } | null {
  const client = recordOf(chat, id);
  const isNewest = isNewestOf(client, request);
  const isNew = client.executed.add(request) || takeBackRefusal(client, request);
  return isNew ? { client, isNewest } : null;
}

/** It took effect in this history; a refusal is taken back. */
export function wasExecuted(client: ClientRecord, request: number): boolean {
  return client.executed.has(request) && !takeBackRefusal(client, request);
}

/** What the client did here since stands; a session of an older request does not undo it. */
function isNewestOf(client: ClientRecord, request: number): boolean {
  return request > client.assumed && request > client.executed.last;
}

/** The first one stands. */
export function keepReply(client: ClientRecord, reply: Reply): void {
  if (client.replies.get(reply.request) === undefined) client.replies.add(reply);
}

/** One that had no record here keeps none of its requests from being merged. */
export function recordOf(chat: ChatState, id: ClientId): ClientRecord {
  return chat.clients.get(id) ?? chat.clients.put(detached(id) as ClientId, chat.servedUs);
}

export interface OwnerFields {
  readonly account: number;
  readonly accountClient: ClientId;
  readonly accountRequest: number;
}

export function ownerOf({ account: id, accountClient, accountRequest }: OwnerFields): AccountRef {
  return { id, origin: { client: accountClient, request: accountRequest } };
}

export function accountOf(chat: ChatState, fields: OwnerFields): Account | undefined {
  const id = chat.accounts.find(ownerOf(fields));
  return id === null ? undefined : chat.accounts.get(id);
}

/** The name, or with the first number behind it that makes it free. */
export function freeName(
  names: { readonly named: (name: string) => unknown },
  name: string,
): string {
  if (names.named(name) === undefined) return name;
  for (let number = 2; ; number += 1) {
    const ending = String(number);
    const numbered = name.slice(0, nameLettersMax - ending.length) + ending;
    if (names.named(numbered) === undefined) return numbered;
  }
}
