// What the commands about drafts do. Sending one is a send that takes the draft with it, in one op:
// a refused one stays. Each function decides all refusals before it changes anything.

import type { ClientId } from "../base/ids.ts";
import { draftsMax } from "../base/limits.ts";
import { detached, isAddress } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import { type Draft, Drafts } from "./drafts.ts";
import { refuseForm, refuseSealed } from "./letterCommands.ts";
import {
  draftChanged,
  draftsFull,
  noSuchDraft,
  noSuchUser,
  notLoggedIn,
  refused,
} from "./refusals.ts";
import { sendAnywhere } from "./sending.ts";
import type { ChatState } from "./state.ts";

/** Writes a new one (number 0), or another text in place of the old one. */
export function putDraft(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"draftPut">,
): Reply {
  const { request, draft: number } = command;
  const owner = client.account;
  if (owner === null) return refused(request, notLoggedIn);
  const stale = command.format === "s" ? refuseSealed(owner, command) : null;
  const refusal = refuseForm(command) ?? stale;
  if (refusal !== null) return refused(request, refusal);
  if (!isAddress(command.to)) return refused(request, noSuchUser(command.to));
  const drafts = owner.drafts ?? new Drafts();
  if (number > 0 && drafts.get(number) === undefined) return refused(request, noSuchDraft(number));
  if (number === 0 && drafts.count >= draftsMax) return refused(request, draftsFull);
  owner.drafts = drafts;
  const place = number > 0 ? number : drafts.last + 1;
  const atMs = Math.floor(chat.atUs / 1_000);
  drafts.put(draftFrom(chat, command, { client: client.id, number: place, atMs }));
  return drafted(chat, owner, { request, number: place });
}

export function removeDrafts(
  chat: ChatState,
  client: ClientRecord,
  { request, drafts: numbers }: MessageOf<"draftRemove">,
): Reply {
  const owner = client.account;
  if (owner === null) return refused(request, notLoggedIn);
  const missing = numbers.find((number) => owner.drafts?.get(number) === undefined);
  if (missing !== undefined) return refused(request, noSuchDraft(missing));
  for (const number of numbers) owner.drafts?.remove(number);
  return drafted(chat, owner, { request, number: 0 });
}

export function sendDraft(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"draftSend">,
  events: ChatEvents,
): Reply {
  const { request, received, draft: number, version, to, format, body } = command;
  const owner = client.account;
  if (owner === null) return refused(request, notLoggedIn);
  const draft = owner.drafts?.get(number);
  if (draft === undefined) return refused(request, noSuchDraft(number));
  if (draft.version !== version) return refused(request, draftChanged(number));
  const message = { type: "send", request, received, to, format, body } as const;
  const reply = sendAnywhere(chat, client, message, events);
  if (reply.type !== "sent") return reply;
  owner.drafts?.remove(number);
  owner.drafts?.noteSent(draft.writtenBy, { client: client.id, request });
  return reply;
}

/** As it is kept from now on. */
export function draftFrom(
  chat: ChatState,
  written: Pick<MessageOf<"draftPut">, "request" | "to" | "format" | "body">,
  place: { readonly client: ClientId; readonly number: number; readonly atMs: number },
): Draft {
  const { request, to, format, body } = written;
  const { client, number, atMs } = place;
  return {
    number,
    writtenBy: { client, request },
    version: chat.op,
    atMs,
    to: detached(to),
    format: detached(format),
    body: detached(body),
  };
}

export function drafted(
  chat: ChatState,
  owner: Account,
  { request, number }: { readonly request: number; readonly number: number },
): MessageOf<"drafted"> {
  const count = owner.drafts?.count ?? 0;
  return { type: "drafted", request, op: chat.op, copies: 0, draft: number, count };
}
