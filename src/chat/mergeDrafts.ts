// What a merge does to drafts: they unite. A text that was written on the lost side takes the place
// of the one it was written over, if that still stands here; else it is one more. What was removed
// or sent there is gone here, unless it was written anew meanwhile.

import { isAddress } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import { drafted, draftFrom } from "./draftCommands.ts";
import { Drafts } from "./drafts.ts";
import { accountOf, keepReply, noteExecuted, type OwnerFields } from "./mergeSubjects.ts";
import { readOriginWord } from "./origin.ts";
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

export function removeWriting(chat: ChatState, fields: OwnerFields, word: string): void {
  const origin = readOriginWord(word);
  const drafts = accountOf(chat, fields)?.drafts;
  if (origin === null || drafts == null) return;
  const draft = drafts.writtenBy(origin);
  if (draft !== undefined) drafts.remove(draft.number);
}
