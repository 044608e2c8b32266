// Reads all that a chat can be asked for by clients and servers, and encodes what they would be
// told: what cannot be read or told any more ends a server as surely as what cannot be applied.

import type { AccountId } from "../../src/base/ids.ts";
import { frameBytesMax, pushWindowBytes } from "../../src/base/limits.ts";
import type { ChatState } from "../../src/chat/state.ts";
import { TrimCursor } from "../../src/chat/trimming.ts";
import { Directory } from "../../src/server/directory.ts";
import { answerOf } from "../../src/server/talkQueries.ts";
import { toldAtLogin } from "../../src/server/turnAways.ts";
import { encodeMessage } from "../../src/wire/codec.ts";

type Question = Parameters<typeof answerOf>[0];

const target = Buffer.alloc(pushWindowBytes + frameBytesMax);
const trimLooksMax = 50;

export function readAll(chat: ChatState, texts: readonly string[]): void {
  for (const text of texts) {
    chat.verifierOf(text);
    chat.namesSince(text);
    chat.isGroup(text);
  }
  for (const [client, account] of chat.sessions()) {
    const session = chat.sessionOf(client);
    if (session !== null) for (const told of toldAtLogin(chat, session)) encodeMessage(told);
    chat.nameOf(account);
  }
  chat.clientsPastKeeping(100);
  const cursor = new TrimCursor();
  for (let look = 0; look < trimLooksMax && cursor.round === 0; look += 1) {
    chat.nextTrim(cursor, 3);
  }
  const { names } = chat.search("*", { after: "", count: 1_000 });
  for (const name of names) {
    const account = chat.accountOf(name);
    if (account !== null) readAccount(chat, account, texts);
  }
}

function readAccount(chat: ChatState, account: AccountId, texts: readonly string[]): void {
  const { last } = chat.mailboxOf(account);
  const directory = new Directory(() => undefined);
  const groups = chat.groupsOf(account).map(({ name }) => name);
  for (const ask of questions([...texts.slice(0, 20), ...groups], last)) {
    for (const answer of answerOf(ask, { account, chat, directory })) encodeMessage(answer);
  }
  for (let seq = Math.max(0, last - 50); seq <= last; seq += 1) {
    chat.writeLetter(target, 0, account, seq, "");
    chat.isDelivered(account, seq);
    const letter = chat.letterAt(account, seq);
    if (letter !== null) encodeMessage(letter);
  }
}

function questions(texts: readonly string[], last: number): readonly Question[] {
  const count = 100;
  return [
    { type: "list", query: 1, after: Math.max(0, last - count), count, unopened: false },
    { type: "list", query: 1, after: 0, count, unopened: true },
    { type: "history", query: 1, with: "", before: 0, count },
    { type: "drafts", query: 1, after: 0 },
    { type: "groups", query: 1 },
    { type: "blocks", query: 1 },
    { type: "users", query: 1, pattern: "", after: "" },
    { type: "search", query: 1, pattern: "*", after: "" },
    ...texts.flatMap((text): readonly Question[] => [
      { type: "history", query: 1, with: text, before: last, count },
      { type: "members", query: 1, group: text, after: 0 },
      { type: "roster", query: 1, group: text, after: 0 },
      { type: "keys", query: 1, name: text },
    ]),
  ];
}
