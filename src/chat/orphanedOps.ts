// What the records of a lost branch become: commands of a merge that speak of nothing but what has
// the same name on every branch (replica/README.md). The branch is lived through once more, from
// the state at the fork, since only that tells whose session, mailbox and positions a record meant.

import type { ClientId } from "../base/ids.ts";
import { mergeLettersPerOp } from "../base/limits.ts";
import type { DecodedRecord } from "../wire/batch.ts";
import type { Command, MergeCommand, MessageOf } from "../wire/messages.ts";
import { isMergeCommand } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import { applyRecord } from "./apply.ts";
import { letterName } from "./letterNames.ts";
import { ownFlag, removedFlag } from "./mailbox.ts";
import { nobody } from "./nobody.ts";
import { type DraftCommand, orphanedDraft } from "./orphanedDrafts.ts";
import { type GroupCommand, orphanedChange } from "./orphanedGroups.ts";
import { type Orphaned, orphanedSend, refOf } from "./orphanedSend.ts";
import type { ChatState } from "./state.ts";

/**
 * Applies the branch's next record to `chat`, and gives what is to be merged of it. What was not
 * confirmed there is merged only if it is a send.
 */
export function takeOrphan(
  chat: ChatState,
  record: DecodedRecord,
  confirmed: boolean,
): readonly MergeCommand[] {
  const { command, client } = record;
  const isNew = !("request" in command) || chat.fateOf(client, command.request).kind === "new";
  const commands = isNew ? mergesOf(chat, record, confirmed) : [];
  const reply = applyRecord(chat, record, nobody);
  if (reply.type === "refused") return [];
  return confirmed ? commands : commands.filter(({ type }) => sendTypes.has(type));
}

const sendTypes: ReadonlySet<MergeCommand["type"]> = new Set(["mergeSend", "mergeDraftSend"]);

/** As if the record took effect; `chat` is the state before it. */
function mergesOf(
  chat: ChatState,
  { client, command, atUs }: DecodedRecord,
  confirmed: boolean,
): readonly MergeCommand[] {
  if (isMerge(command)) return [command];
  const owner = chat.clients.get(client)?.account ?? null;
  switch (command.type) {
    case "register":
      return [registered(client, command)];
    case "startSession":
      return started(chat, client, command);
    case "send":
      return owner === null ? [] : orphanedSend(chat, owner, { client, command, atUs, confirmed });
    case "acknowledge":
      return owner === null ? [] : acknowledged(chat, owner, { client, command });
    case "mark":
      return owner === null ? [] : marked(chat, owner, { client, command });
    case "draftPut":
    case "draftRemove":
    case "draftSend":
    case "groupChange":
    case "groupSigned":
    case "block":
    case "changePassword":
    case "keysPut":
      return owner === null ? [] : talked(chat, owner, { client, command, atUs, confirmed });
    case "logout":
      return owner === null ? [] : [loggedOut(client, owner, command)];
    case "delete":
      return owner === null ? [] : [deleted(client, owner, command)];
    // Views are of their branch; sessions and records expire here by themselves.
    case "view":
    case "endSessions":
    case "expireClients":
    case "trim":
    case "orphans":
      return [];
  }
}

/** Of an older branch that this one had taken in. */
function isMerge(command: Command): command is Exclude<MergeCommand, { type: "orphans" }> {
  return isMergeCommand(command) && command.type !== "orphans";
}

function deleted(client: ClientId, owner: Account, { request }: MessageOf<"delete">): MergeCommand {
  return { type: "mergeDelete", client, request, ...refOf(owner) };
}

type TalkCommand =
  | DraftCommand
  | GroupCommand
  | MessageOf<"block">
  | MessageOf<"changePassword">
  | MessageOf<"keysPut">;

function talked(
  chat: ChatState,
  owner: Account,
  from: Orphaned<TalkCommand>,
): readonly MergeCommand[] {
  const { command } = from;
  switch (command.type) {
    case "groupChange":
    case "groupSigned":
      return orphanedChange(chat, owner, { ...from, command });
    case "block":
      return blocked(chat, owner, { ...from, command });
    case "changePassword": {
      const { type: _, received: __, ...fields } = command;
      return [{ type: "mergePassword", client: from.client, ...refOf(owner), ...fields }];
    }
    case "keysPut": {
      const { type: _, received: __, ...fields } = command;
      return [{ type: "mergeKeys", client: from.client, ...refOf(owner), ...fields }];
    }
    default:
      return orphanedDraft(chat, owner, { ...from, command });
  }
}

function blocked(
  chat: ChatState,
  owner: Account,
  { client, command }: Orphaned<MessageOf<"block">>,
): readonly MergeCommand[] {
  const { request, on } = command;
  const other = chat.accounts.named(command.name);
  if (other === undefined) return [];
  const { client: otherClient, request: otherRequest } = other.origin;
  const who = { other: other.id, otherClient, otherRequest };
  return [{ type: "mergeBlock", client, request, ...refOf(owner), ...who, on }];
}

function registered(client: ClientId, command: MessageOf<"register">): MergeCommand {
  const { type: _, received: __, ...fields } = command;
  return { type: "mergeRegister", client, ...fields };
}

function loggedOut(
  client: ClientId,
  owner: Account,
  { request }: MessageOf<"logout">,
): MergeCommand {
  return { type: "mergeSession", client, request, ...refOf(owner), tokenHash: "" };
}

function started(
  chat: ChatState,
  client: ClientId,
  { name, request, tokenHash }: MessageOf<"startSession">,
): readonly MergeCommand[] {
  const account = chat.accounts.named(name);
  if (account === undefined) return [];
  return [{ type: "mergeSession", client, request, ...refOf(account), tokenHash }];
}

interface Done<T extends "acknowledge" | "mark"> {
  readonly client: ClientId;
  readonly command: MessageOf<T>;
}

function acknowledged(
  chat: ChatState,
  owner: Account,
  { client, command }: Done<"acknowledge">,
): readonly MergeCommand[] {
  const { mailbox } = owner;
  const seqs: number[] = [];
  const through = Math.min(command.through, mailbox.last);
  for (let seq = mailbox.delivered + 1; seq <= through; seq += 1) {
    if ((mailbox.flagsAt(seq) & (ownFlag | removedFlag)) === 0) seqs.push(seq);
  }
  const { request } = command;
  return marks(chat, owner, { client, request, mark: "delivered", seqs });
}

/** "unread" says nothing that another branch would have to know: what was read there stays so. */
function marked(
  chat: ChatState,
  owner: Account,
  { client, command }: Done<"mark">,
): readonly MergeCommand[] {
  const { request, mark } = command;
  if (mark !== "read" && mark !== "removed") return [];
  const seqs = command.seqs.filter((seq) => owner.mailbox.has(seq));
  return marks(chat, owner, { client, request, mark, seqs });
}

function marks(
  chat: ChatState,
  owner: Account,
  done: {
    readonly client: ClientId;
    readonly request: number;
    readonly mark: string;
    readonly seqs: readonly number[];
  },
): readonly MergeCommand[] {
  const { client, request, mark, seqs } = done;
  const commands: MergeCommand[] = [];
  if (seqs.length === 0) return commands;
  // The last one is not full, though it may be empty: that tells it from the others.
  for (let from = 0; from <= seqs.length; from += mergeLettersPerOp) {
    const letters = seqs.slice(from, from + mergeLettersPerOp).map((seq) => {
      return letterName(chat, owner.mailbox.addressAt(seq));
    });
    const ref = refOf(owner);
    commands.push({ type: "mergeMarks", client, request, ...ref, mark, letters });
  }
  return commands;
}
