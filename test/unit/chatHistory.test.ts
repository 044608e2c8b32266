// What was written between two people, read back from one's own mailbox: both directions, newest
// first, page by page, with what became of each message; the same on every server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { historyScanLetters } from "../../src/base/limits.ts";
import type { HistoryPage } from "../../src/chat/contract.ts";
import { ChatScript } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";

function people(): ChatScript {
  const script = new ChatScript();
  for (const [at, name] of ["alice", "bob", "carol"].entries()) script.register(at + 1, name);
  return script;
}

function page(
  script: ChatScript,
  who: string,
  partner: string,
  before = 0,
  count = 100,
): HistoryPage {
  return script.chat.history(script.account(who), { with: partner, before, count });
}

function said({ entries }: HistoryPage): string[] {
  return entries.map(({ letter, mark }) => `${letter.from}: ${letter.body} (${mark})`);
}

test("a history holds both directions of one conversation and nothing of others", () => {
  const script = people();
  script.send(1, "bob", "one");
  script.send(3, "alice", "aside");
  script.send(2, "alice", "two");
  script.send(1, "carol", "aside too");
  script.send(1, "BOB", "three");
  assert.deepEqual(said(page(script, "alice", "Bob")), [
    "alice: three (stored)",
    "bob: two (unread)",
    "alice: one (stored)",
  ]);
  assert.deepEqual(
    said(page(script, "bob", "alice")).map((line) => line.split(" (")[0]),
    ["alice: three", "bob: two", "alice: one"],
  );
  assert.equal(page(script, "alice", "").entries.length, 5, "no name stands for everybody");
});

test("each message says what became of it at the other end", () => {
  const script = people();
  for (const body of ["one", "two", "three"]) script.send(1, "bob", body);
  script.acknowledge(2, 2);
  script.mark(2, "read", 1);
  script.send(2, "alice", "answer");
  script.mark(1, "read", 4);
  assert.deepEqual(said(page(script, "alice", "bob")), [
    "bob: answer (read)",
    "alice: three (stored)",
    "alice: two (delivered)",
    "alice: one (read)",
  ]);
});

test("pages follow one another without a gap, and the last one says so", () => {
  const script = people();
  for (let number = 1; number <= 7; number += 1) {
    script.send(1, number % 2 === 0 ? "bob" : "carol", String(number));
  }
  const first = page(script, "alice", "carol", 0, 2);
  assert.deepEqual(
    first.entries.map(({ letter }) => letter.body),
    ["7", "5"],
  );
  const second = page(script, "alice", "carol", first.before, 9);
  assert.deepEqual(
    second.entries.map(({ letter }) => letter.body),
    ["3", "1"],
  );
  assert.equal(second.before, 0);
});

test("one question looks through a bounded stretch, and the next goes on from there", () => {
  const script = people();
  script.send(1, "carol", "long ago");
  for (let number = 0; number < historyScanLetters + 5; number += 1) script.send(1, "bob", "x");
  const first = page(script, "alice", "carol");
  assert.equal(first.entries.length, 0);
  assert.ok(first.before > 1);
  const second = page(script, "alice", "carol", first.before);
  assert.deepEqual(said(second), ["alice: long ago (stored)"]);
});

test("what was removed is gone from one's own history alone", () => {
  const script = people();
  script.send(1, "bob", "keep me");
  script.send(1, "bob", "not me");
  script.mark(2, "removed", 2);
  assert.deepEqual(said(page(script, "bob", "alice")), ["alice: keep me (unread)"]);
  assert.equal(page(script, "alice", "bob").entries.length, 2);
});

test("the history with somebody deleted is found, by what he is shown as when his name is another's", () => {
  const script = people();
  script.send(2, "alice", "from the first bob");
  script.do(2, { type: "delete", name: "bob" });
  assert.deepEqual(said(page(script, "alice", "bob")), [
    "bob (deleted): from the first bob (unread)",
  ]);
  script.register(4, "bob");
  script.send(4, "alice", "from the second bob");
  assert.deepEqual(said(page(script, "alice", "bob")), ["bob: from the second bob (unread)"]);
  for (const shown of ["bob (deleted)", "BOB (Deleted)"]) {
    assert.deepEqual(said(page(script, "alice", shown)), [
      "bob (deleted): from the first bob (unread)",
    ]);
  }
  assert.equal(
    page(script, "bob", "alice").entries.length,
    1,
    "a name registered anew inherits nothing",
  );
});

test("a note to oneself stands once in the history with oneself", () => {
  const script = people();
  script.send(1, "alice", "buy milk");
  script.send(1, "bob", "hello");
  assert.deepEqual(said(page(script, "alice", "alice")), ["alice: buy milk (read)"]);
});

test("a server that came by the state's bytes tells the same history", () => {
  const script = people();
  script.send(1, "bob", "one");
  script.send(2, "alice", "two");
  script.mark(2, "read", 1);
  const copy = copyOf(script.chat);
  const ask = { with: "bob", before: 0, count: 9 };
  assert.deepEqual(copy.history(script.account("alice"), ask), page(script, "alice", "bob", 0, 9));
});
