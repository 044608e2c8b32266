// Blocking: nothing of the other one comes in any more, alone or by way of a group, and he cannot
// tell it from somebody who is away.

import assert from "node:assert/strict";
import { test } from "node:test";
import { blockedMax } from "../../src/base/limits.ts";
import type { Reply } from "../../src/chat/contract.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import { ChatScript, codeOf, replyOf } from "../support/chatScript.ts";
import { copyOf, forked } from "../support/forkScript.ts";

const listAll = { after: 0, count: 9, unopened: false };

function people(): ChatScript {
  const script = new ChatScript();
  for (const [at, name] of ["alice", "bob", "carol"].entries()) script.register(at + 1, name);
  return script;
}

function block(script: ChatScript, client: number, name: string, on = true): Reply {
  return script.do(client, { type: "block", name, on });
}

test("what a blocked sender sends is confirmed to him as ever, and reaches nobody", () => {
  const script = people();
  script.send(1, "bob", "before");
  assert.equal(replyOf(block(script, 2, "ALICE"), "blocked").name, "alice");
  const sent = replyOf(script.send(1, "bob", "during"), "sent");
  assert.deepEqual([sent.to, sent.online], ["bob", false]);
  script.send(3, "bob", "of another");
  assert.deepEqual(script.mail("bob"), ["alice: before", "carol: of another"]);
  assert.deepEqual(script.mail("alice"), ["alice: before", "alice: during"]);
  const ask = { with: "bob", before: 0, count: 9 };
  const [newest] = script.chat.history(script.account("alice"), ask).entries;
  assert.equal(newest?.mark, "stored");
  assert.equal(codeOf(script.send(2, "alice", "I may write")), "sent");
  assert.equal(script.mail("alice").length, 3);
});

test("after unblocking messages come in again, and those between are not made up for", () => {
  const script = people();
  block(script, 2, "alice");
  script.send(1, "bob", "lost");
  assert.equal(replyOf(block(script, 2, "alice", false), "blocked").on, false);
  script.send(1, "bob", "shown");
  assert.deepEqual(script.mail("bob"), ["alice: shown"]);
  assert.equal(codeOf(block(script, 2, "alice", false)), "blocked", "once more is no error");
});

test("in a group the others hear the blocked one, and who blocked him does not", () => {
  const script = people();
  const change = (client: number, kind: string, member: string): Reply =>
    script.do(client, { type: "groupChange", group: "#team", change: kind, member });
  change(1, "create", "");
  change(1, "add", "carol");
  block(script, 2, "alice");
  change(1, "add", "bob");
  script.takeTold();
  script.send(1, "#team", "hello");
  script.send(3, "#team", "hi bob");
  assert.deepEqual(script.mail("bob"), ["carol: hi bob"], "not even that alice added him");
  assert.deepEqual(script.mail("carol").slice(1), ["alice: hello", "carol: hi bob"]);
  change(1, "remove", "carol");
  assert.ok(!script.takeTold().some((line) => line.startsWith("note 2")));
  assert.equal(chatDigest(copyOf(script.chat)), chatDigest(script.chat));
});

test("what cannot be blocked is refused in words, and the number is bounded", () => {
  const script = people();
  assert.equal(codeOf(block(script, 1, "nobody")), "no-such-user");
  assert.equal(codeOf(block(script, 1, "Alice")), "block-yourself");
  for (let number = 0; number < blockedMax + 1; number += 1) {
    script.register(100 + number, `p${number}`);
    const code = codeOf(block(script, 1, `p${number}`));
    assert.equal(code, number < blockedMax ? "blocked" : "blocked-full");
  }
  assert.equal(codeOf(block(script, 1, "p0")), "blocked", "once more is none more");
  assert.equal(codeOf(block(script, 1, "p1", false)), "blocked");
  assert.equal(codeOf(block(script, 1, `p${blockedMax}`)), "blocked");
  assert.equal(chatDigest(copyOf(script.chat)), chatDigest(script.chat));
});

test("blocks stand in a snapshot, and whoever takes a deleted one's name is not blocked", () => {
  const script = people();
  block(script, 1, "bob");
  block(script, 1, "carol");
  script.do(3, { type: "delete", name: "carol" });
  script.register(4, "carol");
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), chatDigest(script.chat));
  script.chat = copy;
  script.send(2, "alice", "kept out");
  script.send(4, "alice", "the new carol");
  assert.deepEqual(script.mail("alice"), ["carol: the new carol"]);
});

for (const isUnblocked of [false, true]) {
  const how = isUnblocked ? ", and was let in again" : "";
  test(`who kept somebody out${how}, and goes without ever a letter, leaves a state that is read`, () => {
    const script = people();
    block(script, 2, "alice");
    script.send(1, "bob", "kept out");
    if (isUnblocked) block(script, 2, "alice", false);
    script.do(2, { type: "delete", name: "bob" });
    const restored = copyOf(script.chat);
    assert.equal(chatDigest(restored), chatDigest(script.chat));
    const [own] = script.chat.list(script.account("alice"), listAll).letters;
    // Whom nobody is blocked by any more, and no letter is held by, leaves no name.
    assert.equal(own?.letter.to, isUnblocked ? "(deleted)" : "bob (deleted)");
  });
}

test("a snapshot that blocks out of order is refused", () => {
  const header = "replichat-chat|3|0|0|0|2\n";
  const account = "a|1|alice|aa|16384|8|5|aa|aa|0|0|0\n";
  const read = (line: string): boolean => {
    const text = `${header}${account}${line}\nz|3\n`;
    return decodeSnapshot([Buffer.from(text, "latin1")]).ok;
  };
  assert.ok(read("b|2,3"));
  for (const line of ["b|", "b|3,2", "b|0", "b|2,2", "b|x"]) assert.ok(!read(line), line);
});

test("who was blocked on the lost side of a fork is blocked here", () => {
  const { winner, loser, ...fork } = forked();
  block(loser, 2, "alice");
  loser.send(1, "bob", "kept out there");
  fork.merge();
  fork.merge();
  winner.send(1, "bob", "kept out here");
  assert.deepEqual(winner.mail("bob"), ["alice: before"]);
  assert.deepEqual(winner.mail("alice").slice(1), [
    "alice: kept out there",
    "alice: kept out here",
  ]);
});
