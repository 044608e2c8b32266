// The bounds of groups: members, groups of one user, unread messages of a member. Each is refused
// in words that name who can act.

import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { groupMembersMax, groupsPerUserMax, mailboxUnreadMax } from "../../src/base/limits.ts";
import { chatDigest, encodeSnapshot } from "../../src/chat/snapshot.ts";
import { ChatScript, codeOf, replyOf } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";
import { change, members, people, team } from "../support/groupScript.ts";

const names = ["alice", "bob", "carol"];

test("who has too much unread stops a group until he is removed, and is out of the lobby", () => {
  const script = team(names);
  change(script, 1, "join", "#lobby");
  change(script, 2, "join", "#lobby");
  fill(script, "bob");
  const refusal = replyOf(script.send(1, "#team", "to all"), "refused");
  assert.match(refusal.message, /^bob has 100000 unread messages/);
  assert.equal(codeOf(script.send(3, "#lobby", "hello")), "sent");
  assert.deepEqual(members(script, "alice", "#lobby"), ["", "alice", "carol"]);
  change(script, 1, "remove", "#team", "bob");
  assert.equal(codeOf(script.send(1, "#team", "to all")), "sent");
});

function fill(script: ChatScript, name: string): void {
  const { mailbox } = present(script.chat.accounts.named(name), name);
  mailbox.unread = mailboxUnreadMax;
}

test("a group of 1,000 costs one body and a place each", () => {
  const script = new ChatScript();
  for (let number = 1; number <= groupMembersMax; number += 1) {
    script.register(number, `p${number}`);
  }
  change(script, 1, "create", "#big");
  for (let number = 2; number <= groupMembersMax; number += 1) {
    change(script, 1, "add", "#big", `p${number}`);
  }
  const before = bytesOf(script);
  const body = "x".repeat(2_000);
  script.send(2, "#big", body);
  assert.ok(bytesOf(script) - before < 2_000 + 16 * groupMembersMax, "no 1,000 bodies");
  assert.equal(script.mail(`p${groupMembersMax}`).at(-1), `p2: ${body}`);
  script.register(5_000, "late");
  assert.equal(codeOf(change(script, 1, "add", "#big", "late")), "group-full");
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), chatDigest(script.chat));
});

function bytesOf(script: ChatScript): number {
  let bytes = 0;
  for (const chunk of encodeSnapshot(script.chat)) bytes += chunk.length;
  return bytes;
}

test("how many groups somebody is in is bounded, and says who can act", () => {
  const script = people(names);
  for (let number = 0; number < groupsPerUserMax; number += 1) {
    change(script, 1, "create", `g${number}`);
  }
  const refusal = replyOf(change(script, 1, "create", "onemore"), "refused");
  assert.equal(refusal.code, "too-many-groups");
  change(script, 2, "create", "bobs");
  const other = replyOf(change(script, 2, "add", "bobs", "alice"), "refused");
  assert.match(other.message, /^alice is in 100 groups, .* has to leave one first\.$/);
});

test("who makes groups, writes to them and leaves takes nobody's place among the groups", () => {
  const script = people(names);
  const before = script.chat.groups.count;
  for (let round = 0; round < 5; round += 1) {
    change(script, 1, "create", "#team");
    change(script, 1, "add", "#team", "bob");
    script.send(1, "#team", "bye");
    for (const client of [1, 2]) change(script, client, "leave", "#team");
  }
  for (const { groups } of [script.chat, copyOf(script.chat)]) {
    const gone = [...groups.buried()].map(({ id }) => groups.nameOf(id));
    assert.deepEqual(
      gone,
      Array.from({ length: 5 }, () => "#team (gone)"),
    );
    assert.equal(groups.count, before);
  }
  assert.equal(script.mail("bob").filter((letter) => letter === "alice: bye").length, 5);
});
