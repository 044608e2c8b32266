// What the records about drafts of a lost branch become. A draft is named by the request that wrote
// it last, which is the same on every branch.

import type { MergeCommand, MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import { originWord } from "./origin.ts";
import { type Orphaned, orphanedSend, refOf } from "./orphanedSend.ts";
import type { ChatState } from "./state.ts";

export type DraftCommand =
  MessageOf<"draftPut"> | MessageOf<"draftRemove"> | MessageOf<"draftSend">;

/** As if the record took effect; `chat` is the state before it. */
export function orphanedDraft(
  chat: ChatState,
  owner: Account,
  from: Orphaned<DraftCommand>,
): readonly MergeCommand[] {
  const { client, command, atUs } = from;
  const { request } = command;
  const ids = { client, request, ...refOf(owner) };
  switch (command.type) {
    case "draftPut": {
      const { to, format, body, draft } = command;
      const atMs = Math.floor(atUs / 1_000);
      const replaces = writingOf(owner, draft);
      return [{ type: "mergeDraft", ...ids, replaces, atMs, to, format, body }];
    }
    case "draftRemove": {
      const drafts = command.drafts.map((number) => writingOf(owner, number)).filter(Boolean);
      return [{ type: "mergeDraftsGone", ...ids, drafts }];
    }
    case "draftSend": {
      const draft = writingOf(owner, command.draft);
      const sends = orphanedSend(chat, owner, { ...from, command });
      return sends.map((send) => ({ ...send, type: "mergeDraftSend", draft }));
    }
  }
}

function writingOf({ drafts }: Account, number: number): string {
  const draft = drafts?.get(number);
  return draft === undefined ? "" : originWord(draft.writtenBy);
}
