// Answers to what only reads: search, users, the own mailbox, the cluster. Read from the committed
// state, by a primary that holds its leases (the caller sees to that). Every answer is bounded.

import type { AccountId, ServerId } from "../base/ids.ts";
import { itemsPerPage, namesPerPage, pushWindowBytes } from "../base/limits.ts";
import type { Chat } from "../chat/contract.ts";
import type { ChatRefusal } from "../chat/refusals.ts";
import { notLoggedIn } from "../chat/refusals.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import type { Directory } from "./directory.ts";
import { checkPattern } from "./door.ts";
import { outlook } from "./outlook.ts";
import type { Driver, HostSpec } from "./wiring.ts";

/** What a letter's frame takes besides its text, about. */
export const letterBytesAround = 250;

const queryTypes = [
  "ping",
  "search",
  "users",
  "challenge",
  "resume",
  "list",
  "history",
  "drafts",
  "groups",
  "members",
  "blocks",
  "keys",
  "roster",
  "watch",
] as const;
type ClientQuery = (typeof queryTypes)[number];
const queries = new Set<string>(queryTypes);

/** What a client may ask besides `cluster`, which needs no lease. */
export function isQuery(
  message: Message,
): message is Extract<Message, { readonly type: ClientQuery }> {
  return queries.has(message.type);
}

export function queryRefused(query: number, refusal: ChatRefusal): MessageOf<"queryRefused"> {
  return { type: "queryRefused", query, code: refusal.code, message: refusal.message };
}

/** Who asks, null for somebody who has not logged in, and what he asks of. */
export interface Asker {
  readonly account: AccountId | null;
  readonly chat: Chat;
  readonly directory: Directory;
}

/** Whoever is blocked cannot tell: who has blocked him is never on. */
export function isOnFor({ account: self, chat, directory }: Asker, account: AccountId): boolean {
  return directory.isOn(account) && (self === null || !chat.hasBlocked(account, self));
}

export function search(by: Asker, ask: MessageOf<"search"> | MessageOf<"users">): Message {
  const { chat } = by;
  const { query, after } = ask;
  const pattern = ask.pattern === "" ? "*" : ask.pattern;
  const refusal = checkPattern(pattern, after);
  if (refusal !== null) return queryRefused(query, refusal);
  const { names, more } = chat.search(pattern, { after, count: namesPerPage });
  const accounts = names.map((name) => chat.accountOf(name));
  const isOn = (account: AccountId | null): boolean => account !== null && isOnFor(by, account);
  if (ask.type === "search") {
    const online = accounts.map((account) => (isOn(account) ? 1 : 0));
    return { type: "names", query, names, online, more };
  }
  const seen = accounts.map((account) =>
    account === null || isOn(account) ? 0 : chat.lastSeenMs(account),
  );
  return { type: "userList", query, names, seen, more };
}

/** One's own mailbox: items, then what ends them. */
export function list(
  account: AccountId | null,
  chat: Chat,
  ask: MessageOf<"list">,
): readonly Message[] {
  const { query, after, unopened } = ask;
  if (account === null) return [queryRefused(query, notLoggedIn)];
  const count = Math.min(ask.count, itemsPerPage);
  const page = chat.list(account, { after, count, unopened });
  const answer: Message[] = [];
  let room = pushWindowBytes;
  for (const { letter, opened } of page.letters) {
    if (room <= 0) break;
    room -= letter.body.length + letterBytesAround;
    answer.push({ query, opened, ...letter, type: "item" });
  }
  const more = page.more || answer.length < page.letters.length;
  answer.push({ type: "listed", query, unopened: chat.mailboxOf(account).unopened, more });
  return answer;
}

export interface ClusterParts {
  readonly driver: Driver;
  readonly self: ServerId;
  readonly hosts: readonly HostSpec[];
}

/** One message a server, then the sum of it. */
export function cluster(parts: ClusterParts, query: number): readonly Message[] {
  const { driver, self, hosts } = parts;
  const { role, ballot, verified, committed: op } = driver.status();
  const strength = driver.strength();
  const states = new Map(driver.peerStates().map((state) => [state.id, state]));
  const servers = hosts.map(({ id: server, host, clientPort }): Message => {
    const { state, lagOps } = states.get(server) ?? {
      state: server === self ? role : "away",
      lagOps: 0,
    };
    return { type: "clusterServer", query, server, host: `${host}:${clientPort}`, state, lagOps };
  });
  const low = strength.servers.filter((id) => states.get(id)?.isLow === true);
  const isShort = driver.shortOfRoom().length > 0;
  const end: Message = {
    type: "clusterEnd",
    query,
    ballot,
    verified,
    op,
    copies: strength.confirming.length,
    outlook: outlook({ ...strength, leads: role === "primary", verified, low, isShort }),
  };
  return [...servers, end];
}
