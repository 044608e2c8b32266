// What the commands about letters do: send, acknowledge, mark. A letter is kept once and stands in
// the recipient's mailbox and, as an own copy, in the sender's. Each function decides all refusals
// before it changes anything. `send` is the hot path: no iterators, no closures.

import { mailboxUnreadMax, trimmedPerOpMax } from "../base/limits.ts";
import { sealedLettersMax } from "../base/sealLimits.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { PlainSend } from "../wire/plainSend.ts";
import { hasTag, isSealedBody } from "../wire/sealedBody.ts";
import type { Account } from "./accounts.ts";
import { hasBlocked } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import { sealedTooLong, staleKeys } from "./keyRefusals.ts";
import type { LetterParts } from "./letterLine.ts";
import { senderSkipBytes } from "./letterLine.ts";
import { openedFlag, ownFlag } from "./mailbox.ts";
import type { ChatRefusal } from "./refusals.ts";
import { badFormat, badMark, emptyMessage, mailboxFull, noSuchUser } from "./refusals.ts";
import { notLoggedIn, notYours, refused } from "./refusals.ts";
import type { ChatState } from "./state.ts";
import { sweepLetters } from "./sweeping.ts";
import { isRead } from "./trimming.ts";

export function send(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"send"> | PlainSend,
  events: ChatEvents,
): Reply {
  const { request } = command;
  const sender = client.account;
  if (sender === null) return refused(request, notLoggedIn);
  const refusal = command.type === "send" ? refuseForm(command) : null;
  if (refusal !== null) return refused(request, refusal);
  const recipient = chat.accounts.named(command.to);
  if (recipient === undefined) return refused(request, noSuchUser(command.to));
  const unsealable = command.format === "s" ? refuseSealed(recipient, command) : null;
  if (unsealable !== null) return refused(request, unsealable);
  if (recipient.mailbox.unread >= mailboxUnreadMax) {
    return refused(request, mailboxFull(recipient.name));
  }
  const atMs = Math.floor(chat.atUs / 1_000);
  const isKeptOut = hasBlocked(recipient, sender.id);
  const seqTo = isKeptOut ? 0 : recipient.mailbox.last + 1;
  const seqFrom = sender.mailbox.last + 1;
  const { draft } = chat.letters;
  draft.from = sender.id;
  draft.to = recipient.id;
  draft.seqFrom = seqFrom;
  draft.seqTo = seqTo;
  draft.atMs = atMs;
  draft.client = client.shortId;
  draft.request = request;
  draft.format = command.format === "s" ? "s" : "p";
  draft.body = command.type === "send" ? command.body : command;
  const address = chat.letters.append(draft);
  if (recipient !== sender && !isKeptOut) {
    recipient.mailbox.append(address, 0);
    events.mail(recipient.id, seqTo);
  }
  sender.mailbox.append(address, ownFlag);
  events.mail(sender.id, seqFrom);
  const { op } = chat;
  return { type: "sent", request, op, copies: 0, to: recipient.name, atMs, online: false };
}

/** A plain one has its form by being one. */
export function refuseForm({
  format,
  body,
}: Pick<MessageOf<"send">, "format" | "body">): ChatRefusal | null {
  if (format === "s") return isSealedBody(body) ? null : badFormat;
  if (format !== "p") return badFormat;
  return body === "" ? emptyMessage : null;
}

/** Of what is sealed for one person: it must be for the keys that he has now. */
export function refuseSealed(
  { keys, name }: Account,
  sealed: Pick<MessageOf<"send">, "body"> | PlainSend,
): ChatRefusal | null {
  const present = keys?.present ?? null;
  if (present === null) return staleKeys(name);
  if ("body" in sealed) {
    if (sealed.body.length > sealedLettersMax) return sealedTooLong;
    return hasTag(sealed.body, present.id) ? null : staleKeys(name);
  }
  // Its length has been looked at.
  return sealed.isSealedFor(present.id) ? null : staleKeys(name);
}

/** A letter of a merge: into the mailboxes that are still there, each of which may be gone. */
export function deliver(
  chat: ChatState,
  letter: Omit<LetterParts, "seqFrom" | "seqTo">,
  events: ChatEvents,
): void {
  const sender = chat.accounts.get(letter.from);
  const recipient = chat.accounts.get(letter.to);
  if (sender === undefined && recipient === undefined) return;
  const seqFrom = sender === undefined ? 0 : sender.mailbox.last + 1;
  const isKeptOut = recipient !== undefined && hasBlocked(recipient, letter.from);
  const seqTo = recipient === undefined || isKeptOut ? 0 : recipient.mailbox.last + 1;
  const address = chat.letters.append({ ...letter, seqFrom, seqTo });
  if (recipient !== undefined && recipient !== sender && !isKeptOut) {
    recipient.mailbox.append(address, 0);
    events.mail(recipient.id, seqTo);
  }
  if (sender === undefined) return;
  sender.mailbox.append(address, ownFlag);
  events.mail(sender.id, seqFrom);
}

/** Cumulative: all through `through` has reached a terminal of the account. */
export function acknowledge(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"acknowledge">,
  events: ChatEvents,
): Reply {
  const { request, through } = command;
  const owner = client.account;
  if (owner === null) return refused(request, notLoggedIn);
  if (through > owner.mailbox.last) return refused(request, notYours(through));
  owner.mailbox.acknowledge(through, (seq, flags) => {
    // Who has been told "read" is not told "delivered" afterwards.
    if ((flags & openedFlag) === 0) tellSender(chat, { owner, seq, status: "delivered" }, events);
  });
  return { type: "acknowledged", request, op: chat.op, copies: 0 };
}

export function mark(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"mark">,
  events: ChatEvents,
): Reply {
  const { request } = command;
  const owner = client.account;
  if (owner === null) return refused(request, notLoggedIn);
  const { mailbox } = owner;
  const change = changes.get(command.mark);
  if (change === undefined) return refused(request, badMark);
  const missing = command.seqs.find((seq) => !mailbox.has(seq));
  if (missing !== undefined) return refused(request, notYours(missing));
  const unopenedBefore = mailbox.unopened;
  let count = 0;
  for (const seq of command.seqs) {
    if (!change(chat, owner, seq)) continue;
    count += 1;
    if (command.mark === "read") tellSender(chat, { owner, seq, status: "read" }, events);
  }
  const { unopened } = mailbox;
  if (unopened !== unopenedBefore) events.unopened(owner.id);
  return { type: "marked", request, op: chat.op, copies: 0, count, unopened };
}

/** Only what is read: the list was made on another state. */
export function trim(chat: ChatState, { account, seqs }: MessageOf<"trim">): void {
  const owner = chat.accounts.get(account);
  if (owner === undefined) return;
  for (const seq of seqs) if (isRead(owner, seq)) takeOut(chat, owner, seq);
  // Half of a slab's places are gone before it is swept: memory goes down as fast as histories do.
  sweepLetters(chat, 2 * trimmedPerOpMax);
}

/** What each mark does to a letter; false when it was so before. */
const changes = new Map<string, (chat: ChatState, owner: Account, seq: number) => boolean>([
  ["read", (_, { mailbox }, seq) => mailbox.open(seq)],
  ["unread", (_, { mailbox }, seq) => mailbox.close(seq)],
  ["removed", takeOut],
]);

/** Out of one mailbox; false when it is not there. */
export function takeOut({ letters }: ChatState, { mailbox }: Account, seq: number): boolean {
  if (!mailbox.has(seq)) return false;
  letters.noteGone(mailbox.addressAt(seq));
  return mailbox.remove(seq);
}

interface LetterStatus {
  readonly owner: Account;
  readonly seq: number;
  readonly status: "delivered" | "read";
}

/** The letter is another's; its sender is told if he has a terminal to be told on. */
export function tellSender(
  chat: ChatState,
  { owner, seq, status }: LetterStatus,
  events: ChatEvents,
): void {
  // To look at the letter, wherever it lies, takes longer than all else here.
  if (!events.isOpen) return;
  const address = owner.mailbox.addressAt(seq);
  const sender = chat.accounts.get(chat.letters.numberAt(address, senderSkipBytes));
  if (sender === undefined || !events.isTold(sender.id)) return;
  // A group's many members are no news to who wrote to all of them.
  const identity = chat.frames.identityAt(address);
  if (identity === null) return;
  events.status(sender.id, { type: "status", ...identity, to: owner.name, status });
}
