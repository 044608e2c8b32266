// What a merge does to drafts: they unite. A text that was written on the lost side takes the place
// of the one it was written over, if that still stands here; else it is one more. What was removed
// or sent there is gone here, unless it was written anew meanwhile. Of a writing that was sent on
// both sides there is one message.

import type { ClientId } from "../base/ids.ts";
import { detached, isAddress } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import { drafted, draftFrom } from "./draftCommands.ts";
import { Drafts } from "./drafts.ts";
import { accountOf, keepReply, noteExecuted, type OwnerFields } from "./mergeSubjects.ts";
import { type Origin, readOriginWord } from "./origin.ts";
import type { ChatState } from "./state.ts";

export function mergeDraft(chat: ChatState, command: MessageOf<"mergeDraft">): void {
  const fresh = noteExecuted(chat, command);
  const owner = accountOf(chat, command);
  if (fresh === null || owner === undefined || !isAddress(command.to)) return;
  const { request, atMs, replaces } = command;
  owner.drafts ??= new Drafts();
  const { drafts } = owner;
  const origin = readOriginWord(replaces);
  const before = origin === null ? undefined : drafts.writtenBy(origin);
  const number = before?.number ?? drafts.last + 1;
  const client = fresh.client.id;
  drafts.put(draftFrom(chat, command, { client, number, atMs }));
  keepReply(fresh.client, drafted(chat, owner, { request, number }));
}

/** Done again it changes nothing, so it needs no request of its own. */
export function mergeDraftsGone(chat: ChatState, command: MessageOf<"mergeDraftsGone">): void {
  chat.clients.get(command.client)?.executed.add(command.request);
  for (const word of command.drafts) removeWriting(chat, command, word);
}

/** The request by which this history has sent the same writing already; null for none but this. */
export function sentBefore(chat: ChatState, command: MessageOf<"mergeDraftSend">): Origin | null {
  const drafts = accountOf(chat, command)?.drafts ?? null;
  const writing = readOriginWord(command.draft);
  if (drafts === null || writing === null) return null;
  const sentBy = drafts.sentBy(writing);
  const isThis = sentBy?.client === command.client && sentBy.request === command.request;
  return sentBy === undefined || isThis ? null : sentBy;
}

/** It has become this message, here or before. */
export function noteSent(chat: ChatState, command: MessageOf<"mergeDraftSend">): void {
  removeWriting(chat, command, command.draft);
  const writing = readOriginWord(command.draft);
  const { client, request } = command;
  const sentBy = { client: detached(client) as ClientId, request };
  if (writing !== null) accountOf(chat, command)?.drafts?.noteSent(writing, sentBy);
}

function removeWriting(chat: ChatState, fields: OwnerFields, word: string): void {
  const origin = readOriginWord(word);
  const drafts = accountOf(chat, fields)?.drafts;
  if (origin === null || drafts == null) return;
  const draft = drafts.writtenBy(origin);
  if (draft !== undefined) drafts.remove(draft.number);
}
