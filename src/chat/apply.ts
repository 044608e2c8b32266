// One record changes the state and yields one reply: deterministic and total, so that every server
// holds the same after the same history. The rule of exactly once stands here; what a command does
// stands in the files named for it (letterCommands.ts, groupCommands.ts …). Time and ids come in
// the record.

import { unreachable } from "../base/assert.ts";
import { sweptPerOp } from "../base/talkLimits.ts";
import { serverClientId } from "../base/ids.ts";
import type { Command, MergeCommand } from "../wire/messages.ts";
import type { LoggedRecord } from "../wire/batch.ts";
import type { PlainSend } from "../wire/plainSend.ts";
import * as accountCommands from "./accountCommands.ts";
import { block } from "./blockCommands.ts";
import type { ClientRecord } from "./clients.ts";
import { isDecided, noteRefused } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import * as draftCommands from "./draftCommands.ts";
import { changeGroup } from "./groupCommands.ts";
import { putKeys } from "./keyCommands.ts";
import * as letterCommands from "./letterCommands.ts";
import { applyMerge } from "./mergeCommands.ts";
import { changePassword } from "./passwordCommands.ts";
import { badRequest, outcomeUnknown, refused, serversOnly, takenBy } from "./refusals.ts";
import { sendAnywhere } from "./sending.ts";
import { sweepLetters } from "./sweeping.ts";
import type { ChatState } from "./state.ts";

type ServerCommand =
  Extract<Command, { type: "endSessions" | "expireClients" | "trim" | "view" }> | MergeCommand;
type Request = Exclude<Command, ServerCommand> | PlainSend;
/** What begins a session. */
type Beginning = Extract<Request, { readonly type: "register" | "startSession" }>;

/**
 * Applies the record that follows the last one. The reply is also kept for a duplicate; that to a
 * server's own command is for nobody (request 0). Events are told before it returns.
 */
export function applyRecord(chat: ChatState, record: LoggedRecord, events: ChatEvents): Reply {
  chat.advance(record.op, record.atUs);
  if (chat.letters.sparse.size > 0) sweepLetters(chat, sweptPerOp);
  const { command } = record;
  switch (command.type) {
    case "view":
    case "endSessions":
    case "expireClients":
    case "trim":
    case "mergeSend":
    case "mergeRegister":
    case "mergeSession":
    case "mergeMarks":
    case "mergeDelete":
    case "mergeDraft":
    case "mergeDraftsGone":
    case "mergeDraftSend":
    case "mergeGroup":
    case "mergeMember":
    case "mergeBlock":
    case "mergePassword":
    case "mergeKeys":
    case "mergeProof":
    case "orphans":
      return applyServerCommand(chat, record, command, events);
    default:
      return applyRequest(chat, record, command, events);
  }
}

function applyServerCommand(
  chat: ChatState,
  record: LoggedRecord,
  command: ServerCommand,
  events: ChatEvents,
): Reply {
  if (record.client !== serverClientId) return refused(0, serversOnly);
  switch (command.type) {
    case "view":
      break;
    case "endSessions":
      accountCommands.endSessions(chat, command, events);
      break;
    case "expireClients":
      accountCommands.expireClients(chat, command);
      break;
    case "trim":
      letterCommands.trim(chat, command);
      break;
    default:
      applyMerge(chat, command, events);
  }
  return { type: "acknowledged", request: 0, op: record.op, copies: 0 };
}

/**
 * A request is decided once; its refusal is a decision too, but of somebody of whom nothing is
 * known: nothing was done for him, he leaves no trace, and is judged anew when he asks again.
 */
function applyRequest(
  chat: ChatState,
  record: LoggedRecord,
  command: Request,
  events: ChatEvents,
): Reply {
  const { request } = command;
  if (request < 1 || isTokenless(command)) return refused(request, badRequest);
  const known = chat.clients.get(record.client);
  const client = known ?? newClient(chat, record, command);
  if (client === null) return refused(request, outcomeUnknown);
  if (isAnothers(chat, client, command)) {
    // One that a merge has renamed since may repeat the registration that it began with.
    const kept = command.type === "register" ? client.replies.get(request) : undefined;
    return kept ?? refused(request, takenBy(client.account?.name ?? null));
  }
  client.replies.dropThrough(command.received);
  if (isDecided(client, request)) {
    return client.replies.get(request) ?? refused(request, outcomeUnknown);
  }
  const accountBefore = client.account;
  const reply = decide(chat, client, command, events);
  if (known === undefined && reply.type === "refused") {
    chat.clients.drop(client);
    return reply;
  }
  client.executed.add(request);
  if (reply.type === "refused") noteRefused(client, request);
  client.replies.add(reply);
  const account = client.account ?? accountBefore;
  if (account !== null) account.lastSeenMs = Math.floor(chat.atUs / 1_000);
  return reply;
}

/** Somebody else than the record's owner would begin a session: nothing of that is noted in it. */
function isAnothers(chat: ChatState, { owner }: ClientRecord, command: Request): boolean {
  if (owner === null || !beginsSession(command)) return false;
  return chat.accounts.named(command.name)?.id !== owner;
}

function beginsSession(command: Request): command is Beginning {
  return command.type === "register" || command.type === "startSession";
}

/** No client's, whose token the door has looked at: a session without one is none in a snapshot. */
function isTokenless(command: Request): boolean {
  return beginsSession(command) && command.tokenHash === "";
}

/** Null for all but what begins a session: a record once there may have expired. */
function newClient(chat: ChatState, record: LoggedRecord, command: Request): ClientRecord | null {
  if (!beginsSession(command)) return null;
  const start = { first: command.request, servedUs: chat.servedUs };
  return chat.clients.create(record.client, start);
}

function decide(
  chat: ChatState,
  client: ClientRecord,
  command: Request,
  events: ChatEvents,
): Reply {
  switch (command.type) {
    case "plainSend":
      return letterCommands.send(chat, client, command, events);
    case "send":
      return sendAnywhere(chat, client, command, events);
    case "acknowledge":
      return letterCommands.acknowledge(chat, client, command, events);
    case "mark":
      return letterCommands.mark(chat, client, command, events);
    case "register":
      return accountCommands.register(chat, client, command);
    case "startSession":
      return accountCommands.startSession(chat, client, command);
    case "draftPut":
      return draftCommands.putDraft(chat, client, command);
    case "draftRemove":
      return draftCommands.removeDrafts(chat, client, command);
    case "draftSend":
      return draftCommands.sendDraft(chat, client, command, events);
    case "groupChange":
    case "groupSigned":
      return changeGroup(chat, client, command, events);
    case "block":
      return block(chat, client, command);
    case "keysPut":
      return putKeys(chat, client, command);
    case "changePassword":
      return changePassword(chat, client, command, events);
    case "logout":
      return accountCommands.logout(chat, client, command, events);
    case "delete":
      return accountCommands.deleteAccount(chat, client, command, events);
    default:
      return unreachable(command);
  }
}
