// What is pushed of a letter is written from its line's bytes: the same bytes, and the same
// silence, as reading the letter and encoding it would give.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asAccountId, asClientId, type AccountId } from "../../src/base/ids.ts";
import { makePrng } from "../../src/base/prng.ts";
import { deliver } from "../../src/chat/letterCommands.ts";
import { shortClientId } from "../../src/chat/letterLine.ts";
import type { ChatState } from "../../src/chat/state.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { ChatScript, clientNumber, quietEvents } from "../support/chatScript.ts";

const names = ["ann", "Ben", "Kate", "zoe7", "d".repeat(24)];
const bodies = ["hello", "%7C%25%0A", "x".repeat(5_000), " a b ", "~"];
const room = Buffer.alloc(200_000);

/** Everybody writes to everybody, themselves included, from several clients, some of it late. */
function talked(): ChatState {
  const script = new ChatScript();
  names.forEach((name, index) => {
    equal(script.register(index + 1, name).type, "registered", name);
  });
  const { chat } = script;
  const random = makePrng(7);
  for (let count = 0; count < 300; count += 1) {
    const client = clientNumber(random.next32());
    const pick = <T>(list: readonly T[]): T => list[random.next32() % list.length] as T;
    const known = count % 3 === 0 ? clientNumber(1) : client;
    deliver(
      chat,
      {
        from: asAccountId(1 + (random.next32() % names.length)),
        to: asAccountId(1 + (random.next32() % names.length)),
        atMs: random.next32() * 1_000,
        late: count % 2 === 0,
        client: shortClientId(known),
        request: random.next32(),
        format: pick(["p", "s"] as const),
        body: pick(bodies),
      },
      quietEvents,
    );
  }
  return chat;
}

function pushed(chat: ChatState, account: AccountId, seq: number, echoOf: string): Buffer {
  const start = 11;
  return Buffer.from(room.subarray(start, chat.writeLetter(room, start, account, seq, echoOf)));
}

test("a letter's frame is what reading and encoding it would give", () => {
  const chat = talked();
  let frames = 0;
  for (let account = asAccountId(1); account <= names.length; account = asAccountId(account + 1)) {
    for (let seq = 1; seq <= chat.mailboxOf(account).last; seq += 1) {
      const letter = chat.letterAt(account, seq);
      if (letter === null) throw new Error("a letter");
      deepEqual(pushed(chat, account, seq, ""), Buffer.from(encodeMessage(letter)));
      frames += 1;
    }
  }
  equal(frames > 300, true);
});

test("who sent it is not sent his own copy of it, but his other terminals are", () => {
  const chat = talked();
  let echoes = 0;
  const account = asAccountId(2);
  for (let seq = 1; seq <= chat.mailboxOf(account).last; seq += 1) {
    const letter = chat.letterAt(account, seq);
    if (letter === null) throw new Error("a letter");
    const isEcho = letter.own && letter.from !== letter.to;
    const bytes = pushed(chat, account, seq, shortClientId(letter.client));
    equal(bytes.length === 0, isEcho);
    if (isEcho) echoes += 1;
    equal(pushed(chat, account, seq, shortClientId(asClientId("0".repeat(32)))).length > 0, true);
  }
  equal(echoes > 10, true);
});

test("nothing is sent of what was removed or never was", () => {
  const chat = talked();
  const account = asAccountId(1);
  chat.accounts.get(account)?.mailbox.remove(3);
  equal(pushed(chat, account, 3, "").length, 0);
  equal(pushed(chat, account, 9_999, "").length, 0);
  equal(pushed(chat, asAccountId(99), 1, "").length, 0);
});

test("the identity that a sender is told of is the one in the line", () => {
  const chat = talked();
  for (let seq = 1; seq <= chat.mailboxOf(asAccountId(3)).last; seq += 1) {
    const address = chat.accounts.get(asAccountId(3))?.mailbox.addressAt(seq) ?? -1;
    const letter = chat.letterAt(asAccountId(3), seq);
    if (letter === null) throw new Error("a letter");
    const { client, request } = letter;
    deepEqual(chat.frames.identityAt(address), { client, request });
  }
});
