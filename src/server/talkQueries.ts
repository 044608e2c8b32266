// Answers to what people ask of their own: the history of a conversation, their drafts and groups,
// whom they seal for. Read from the committed state, as in queries.ts. Every answer is bounded.

import type { AccountId } from "../base/ids.ts";
import { itemsPerPage, namesPerPage, pushWindowBytes } from "../base/limits.ts";
import { rosterRowsPerPage } from "../base/sealLimits.ts";
import { formerAddress, groupNameOf, isAddress, isGroupAddress } from "../base/text.ts";
import type { Chat } from "../chat/contract.ts";
import { noSuchGroup, notAMember } from "../chat/groupRefusals.ts";
import { type ChatRefusal, noSuchUser, notLoggedIn } from "../chat/refusals.ts";
import type { Origin } from "../chat/origin.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import type { Asker } from "./queries.ts";
import { isOnFor, letterBytesAround, list, queryRefused, search } from "./queries.ts";

type Question =
  | MessageOf<"search">
  | MessageOf<"users">
  | MessageOf<"list">
  | MessageOf<"history">
  | MessageOf<"drafts">
  | MessageOf<"groups">
  | MessageOf<"members">
  | MessageOf<"blocks">
  | MessageOf<"keys">
  | MessageOf<"roster">;

/** Of what is asked of the state alone, all parts in order. */
export function answerOf(ask: Question, by: Asker): readonly Message[] {
  const { account, chat } = by;
  switch (ask.type) {
    case "search":
    case "users":
      return [search(by, ask)];
    case "list":
      return list(account, chat, ask);
    case "history":
      return history(account, chat, ask);
    case "drafts":
      return drafts(account, chat, ask);
    case "groups":
      return [groups(account, chat, ask)];
    case "members":
      return [members(by, ask)];
    case "blocks":
      return [blocks(account, chat, ask)];
    case "keys":
      return [keys(account, chat, ask)];
    case "roster":
      return [roster(account, chat, ask)];
  }
}

/** What was written to and by somebody: entries, newest first, then what ends them. */
function history(
  account: AccountId | null,
  chat: Chat,
  ask: MessageOf<"history">,
): readonly Message[] {
  const { query, before } = ask;
  if (account === null) return [queryRefused(query, notLoggedIn)];
  const isGroup = isGroupAddress(ask.with);
  const nobody = isGroup ? notYourGroup(chat, ask.with) : noSuchUser(ask.with);
  const former = formerAddress(ask.with);
  if (ask.with !== "" && !isAddress(former ?? ask.with)) return [queryRefused(query, nobody)];
  const count = Math.min(ask.count, itemsPerPage);
  const page = chat.history(account, { with: ask.with, before, count });
  const answer: Message[] = [];
  let room = pushWindowBytes;
  let goOn = page.before;
  for (const { letter, mark } of page.entries) {
    if (room <= 0) {
      goOn = letter.seq + 1;
      break;
    }
    room -= letter.body.length + letterBytesAround;
    answer.push({ query, mark, ...letter, type: "entry" });
  }
  const name = isGroup ? chat.groupNamed(account, ask.with) : chat.userNamed(ask.with);
  const isUnheardOf = before === 0 && goOn === 0 && answer.length === 0;
  if (name === null && ask.with !== "" && isUnheardOf) return [queryRefused(query, nobody)];
  answer.push({ type: "historyEnd", query, with: name ?? ask.with, before: goOn });
  return answer;
}

/** One's own drafts, by number, then what ends them. */
function drafts(
  account: AccountId | null,
  chat: Chat,
  { query, after }: MessageOf<"drafts">,
): readonly Message[] {
  if (account === null) return [queryRefused(query, notLoggedIn)];
  const answer: Message[] = [];
  const kept = chat.drafts(account, after);
  let room = pushWindowBytes;
  for (const { number: draft, version, atMs, to, format, body } of kept) {
    if (room <= 0) break;
    room -= body.length + letterBytesAround;
    answer.push({ type: "draftItem", query, draft, version, atMs, to, format, body });
  }
  const more = answer.length < kept.length;
  answer.push({ type: "draftsEnd", query, more });
  return answer;
}

/** Those one is in, all of them: their number is bounded. */
function groups(account: AccountId | null, chat: Chat, { query }: MessageOf<"groups">): Message {
  if (account === null) return queryRefused(query, notLoggedIn);
  const own = chat.groupsOf(account);
  return {
    type: "groupList",
    query,
    names: own.map(({ name }) => name),
    members: own.map(({ members: count }) => count),
    owned: own.map(({ isOwned }) => (isOwned ? 1 : 0)),
  };
}

/** Whom one has blocked, all of them: their number is bounded. */
function blocks(account: AccountId | null, chat: Chat, { query }: MessageOf<"blocks">): Message {
  if (account === null) return queryRefused(query, notLoggedIn);
  return { type: "blockList", query, names: chat.blockedBy(account) };
}

/** What to seal for somebody with. */
function keys(
  account: AccountId | null,
  chat: Chat,
  { query, name: wanted }: MessageOf<"keys">,
): Message {
  if (account === null) return queryRefused(query, notLoggedIn);
  const known = chat.keysOf(wanted);
  return known === null
    ? queryRefused(query, noSuchUser(wanted))
    : { type: "keysAre", query, ...known };
}

/** Who is in a group, in the order of joining. */
function members(by: Asker, { query, group, after }: MessageOf<"members">): Message {
  const { account, chat } = by;
  if (account === null) return queryRefused(query, notLoggedIn);
  const page = chat.membersOf(account, { group, after, count: namesPerPage });
  if (page === null) return queryRefused(query, notYourGroup(chat, group));
  return {
    type: "memberList",
    query,
    group: page.group,
    owner: page.owner,
    names: page.members.map(({ name }) => name),
    online: page.members.map(({ id }) => (isOnFor(by, id) ? 1 : 0)),
    next: page.next,
  };
}

/** For whom a message to a group is to be sealed, and who joined each of them. */
function roster(
  account: AccountId | null,
  chat: Chat,
  { query, group, after }: MessageOf<"roster">,
): Message {
  if (account === null) return queryRefused(query, notLoggedIn);
  const page = chat.rosterOf(account, { group, after, count: rosterRowsPerPage });
  if (page === null) return queryRefused(query, notYourGroup(chat, group));
  const { epoch, origin, rows, next } = page;
  return {
    type: "rosterPage",
    query,
    group: page.group,
    epoch,
    creator: requestWord(origin),
    names: rows.map(({ name }) => name ?? none),
    publics: rows.map(({ publics }) => publics || none),
    changes: rows.map(({ joining }) => requestWord(joining)),
    proofs: rows.map(({ proof }) => proof || none),
    next,
  };
}

/** Fields of texts hold no empty ones. */
const none = "-";

function requestWord({ client, request }: Origin): string {
  return `${client}-${request}`;
}

/** As a message to it would be refused. */
function notYourGroup(chat: Chat, address: string): ChatRefusal {
  return chat.isGroup(address) ? notAMember(groupNameOf(address)) : noSuchGroup(address);
}
