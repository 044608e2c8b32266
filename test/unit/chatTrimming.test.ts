// Bounded histories: of each conversation the newest stay, and whatever is unread; the rest goes by
// records that every server applies alike.

import assert from "node:assert/strict";
import { test } from "node:test";
import { historyScanLetters, trimmedPerOpMax } from "../../src/base/limits.ts";
import { TrimCursor } from "../../src/chat/trimming.ts";
import { ChatScript, codeOf } from "../support/chatScript.ts";
import { Fork } from "../support/forkScript.ts";

function people(): ChatScript {
  const script = new ChatScript();
  for (const [at, name] of ["alice", "bob", "carol"].entries()) script.register(at + 1, name);
  return script;
}

/** As long as a primary finds something. */
function keep(script: ChatScript, count: number, looks = 50): void {
  const cursor = new TrimCursor();
  for (let look = 0; look < looks; look += 1) {
    const trim = script.chat.nextTrim(cursor, count);
    if (trim !== null) script.do(0, trim);
  }
}

function readAll(script: ChatScript, client: number, name: string): void {
  const { last } = script.chat.mailboxOf(script.account(name));
  script.acknowledge(client, last);
  script.mark(client, "read", ...Array.from({ length: last }, (_, at) => at + 1));
}

test("of each conversation the newest stay, at both ends and of groups", () => {
  const script = people();
  script.do(1, { type: "groupChange", group: "#team", change: "create", member: "" });
  for (let number = 1; number <= 4; number += 1) {
    script.send(1, "bob", `to bob ${number}`);
    script.send(3, "bob", `of carol ${number}`);
    script.send(1, "#team", `to team ${number}`);
  }
  readAll(script, 2, "bob");
  keep(script, 2);
  assert.deepEqual(script.mail("bob"), [
    "alice: to bob 3",
    "carol: of carol 3",
    "alice: to bob 4",
    "carol: of carol 4",
  ]);
  assert.deepEqual(script.mail("alice"), [
    "alice: to bob 3",
    "alice: to team 3",
    "alice: to bob 4",
    "alice: to team 4",
  ]);
});

test("what is unread stays, however old, and so does what no terminal has", () => {
  const script = people();
  for (const body of ["one", "two", "three", "four"]) script.send(1, "bob", body);
  script.acknowledge(2, 4);
  script.mark(2, "read", 2, 3, 4);
  keep(script, 1);
  assert.deepEqual(script.mail("bob"), ["alice: one", "alice: four"]);
  const other = people();
  for (const body of ["one", "two"]) other.send(1, "bob", body);
  other.mark(2, "read", 1, 2);
  keep(other, 1);
  assert.deepEqual(other.mail("bob"), ["alice: one", "alice: two"], "read, yet never delivered");
});

test("a record lets go only what is read by the time it is applied", () => {
  const script = people();
  for (const body of ["one", "two"]) script.send(1, "bob", body);
  readAll(script, 2, "bob");
  script.mark(2, "unread", 1);
  const account = script.account("bob");
  script.do(0, { type: "trim", account, seqs: [1, 2, 99] });
  assert.deepEqual(script.mail("bob"), ["alice: one"]);
  assert.equal(codeOf(script.do(1, { type: "trim", account, seqs: [1] })), "not-allowed");
});

test("a look is bounded, and comes round to everybody again and again", () => {
  const script = people();
  const count = historyScanLetters + trimmedPerOpMax + 10;
  for (let number = 0; number < count; number += 1) script.send(1, "alice", "note");
  const cursor = new TrimCursor();
  let most = 0;
  for (let look = 0; look < 60; look += 1) {
    const trim = script.chat.nextTrim(cursor, 5);
    if (trim === null) continue;
    most = Math.max(most, trim.seqs.length);
    script.do(0, trim);
  }
  assert.equal(most, trimmedPerOpMax);
  assert.equal(script.mail("alice").length, 5);
  for (let number = 0; number < 3; number += 1) script.send(1, "alice", "later");
  for (let look = 0; look < 60; look += 1) {
    const trim = script.chat.nextTrim(cursor, 5);
    if (trim !== null) script.do(0, trim);
  }
  assert.equal(script.mail("alice").length, 5);
});

test("nobody has any letters: looking on costs nothing and ends", () => {
  const script = new ChatScript();
  assert.equal(script.chat.nextTrim(new TrimCursor(), 1), null);
  script.register(1, "alice");
  assert.equal(script.chat.nextTrim(new TrimCursor(), 1), null);
});

test("what a lost branch let go for its bound is no removal by the user", () => {
  const script = people();
  for (const body of ["one", "two"]) script.send(1, "bob", body);
  readAll(script, 2, "bob");
  const { winner, loser, merge } = new Fork(script);
  keep(loser, 1);
  merge();
  assert.deepEqual(winner.mail("bob"), ["alice: one", "alice: two"]);
});
