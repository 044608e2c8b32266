// What the records of a lost branch become: commands of a merge that speak of nothing but what has
// the same name on every branch (replica/README.md). The branch is lived through once more, from
// the state at the fork, since only that tells whose session, mailbox and positions a record meant.

import type { ClientId } from "../base/ids.ts";
import { mergeLettersPerOp } from "../base/limits.ts";
import type { DecodedRecord } from "../wire/batch.ts";
import type { MergeCommand, MessageOf } from "../wire/messages.ts";
import type { Account } from "./accounts.ts";
import { applyRecord } from "./apply.ts";
import { identityWordOfLine } from "./letterLine.ts";
import { ownFlag, removedFlag } from "./mailbox.ts";
import { nobody } from "./nobody.ts";
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
  return confirmed ? commands : commands.filter(({ type }) => type === "mergeSend");
}

/** As if the record took effect; `chat` is the state before it. */
function mergesOf(
  chat: ChatState,
  { client, command, atUs }: DecodedRecord,
  confirmed: boolean,
): readonly MergeCommand[] {
  const owner = chat.clients.get(client)?.account ?? null;
  switch (command.type) {
    case "mergeSend":
    case "mergeRegister":
    case "mergeSession":
    case "mergeMarks":
    case "mergeDelete":
      return [command];
    case "register":
      return [registered(client, command)];
    case "startSession":
      return started(chat, client, command);
    case "send":
      return owner === null ? [] : sent(chat, owner, { client, command, atUs, confirmed });
    case "acknowledge":
      return owner === null ? [] : acknowledged(chat, owner, { client, command });
    case "mark":
      return owner === null ? [] : marked(chat, owner, { client, command });
    case "logout": {
      const { request } = command;
      if (owner === null) return [];
      return [{ type: "mergeSession", client, request, ...refOf(owner), tokenHash: "" }];
    }
    case "delete": {
      const { request } = command;
      return owner === null ? [] : [{ type: "mergeDelete", client, request, ...refOf(owner) }];
    }
    // Views are of their branch; sessions and records of clients expire here by themselves.
    case "view":
    case "endSessions":
    case "expireClients":
    case "orphans":
      return [];
  }
}

function registered(client: ClientId, command: MessageOf<"register">): MergeCommand {
  const { type: _, received: __, ...fields } = command;
  return { type: "mergeRegister", client, ...fields };
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

function sent(
  chat: ChatState,
  sender: Account,
  from: {
    readonly client: ClientId;
    readonly command: MessageOf<"send">;
    readonly atUs: number;
    readonly confirmed: boolean;
  },
): readonly MergeCommand[] {
  const { client, command, atUs, confirmed } = from;
  const { request, received, to, format, body } = command;
  const recipient = chat.accounts.named(to);
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
    recipientName: recipient.name,
    format,
    body,
  };
  return [send];
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
  for (let from = 0; from < seqs.length; from += mergeLettersPerOp) {
    const letters = seqs.slice(from, from + mergeLettersPerOp).map((seq) => {
      return identityWordOfLine(chat.letters.lineAt(owner.mailbox.addressAt(seq)));
    });
    const ref = refOf(owner);
    commands.push({ type: "mergeMarks", client, request, ...ref, mark, letters });
  }
  return commands;
}

function refOf({ id, origin }: Account): {
  readonly account: number;
  readonly accountClient: ClientId;
  readonly accountRequest: number;
} {
  return { account: id, accountClient: origin.client, accountRequest: origin.request };
}
