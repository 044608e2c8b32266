// Drafts on the servers: numbered for good, sent in one step that takes the draft along, kept when
// the message is refused, whole in a snapshot, and united after a fork.

import assert from "node:assert/strict";
import { test } from "node:test";
import { draftsMax } from "../../src/base/limits.ts";
import type { Reply } from "../../src/chat/contract.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { ChatScript, codeOf, replyOf } from "../support/chatScript.ts";
import { copyOf, forked } from "../support/forkScript.ts";

function people(): ChatScript {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  return script;
}

function put(script: ChatScript, client: number, body: string, draft = 0, to = "bob"): Reply {
  return script.do(client, { type: "draftPut", draft, to, format: "p", body });
}

function send(script: ChatScript, client: number, draft: number, version?: number): Reply {
  const owner = script.chat.sessionOf(script.records[client - 1]?.client ?? ("" as never));
  const kept = owner === null ? [] : script.chat.drafts(owner.account, draft - 1);
  const { to = "bob", body = "", version: current = 0 } = kept[0] ?? {};
  const message = { to, format: "p", body } as const;
  return script.do(client, { type: "draftSend", draft, version: version ?? current, ...message });
}

function drafts(script: ChatScript, name: string): string[] {
  return script.chat
    .drafts(script.account(name), 0)
    .map(({ number, to, body }) => `${number} ${to}: ${body}`);
}

test("drafts are numbered, edited in place, removed, and no number is used twice", () => {
  const script = people();
  assert.equal(replyOf(put(script, 1, "one"), "drafted").draft, 1);
  assert.equal(replyOf(put(script, 1, "two", 0, "#team"), "drafted").draft, 2);
  assert.equal(replyOf(put(script, 1, "one, better", 1), "drafted").count, 2);
  assert.deepEqual(drafts(script, "alice"), ["1 bob: one, better", "2 #team: two"]);
  const removed = script.do(1, { type: "draftRemove", drafts: [2] });
  assert.equal(replyOf(removed, "drafted").count, 1);
  assert.equal(replyOf(put(script, 1, "three"), "drafted").draft, 3);
  assert.deepEqual(drafts(script, "bob"), []);
});

test("sending a draft delivers it and takes it away, in one step and once", () => {
  const script = people();
  put(script, 1, "hello");
  const first = send(script, 1, 1);
  assert.equal(codeOf(first), "sent");
  const { request } = replyOf(first, "sent");
  const repeated = { to: "bob", format: "p", body: "hello", draft: 1, version: 3 } as const;
  assert.deepEqual(script.do(1, { type: "draftSend", ...repeated, request }), first);
  assert.equal(codeOf(send(script, 1, 1, 3)), "no-such-draft", "another terminal comes too late");
  assert.deepEqual(script.mail("bob"), ["alice: hello"]);
  assert.deepEqual(drafts(script, "alice"), []);
});

test("a draft whose message is refused stays", () => {
  const script = people();
  put(script, 1, "to nobody", 0, "carol");
  assert.equal(codeOf(send(script, 1, 1)), "no-such-user");
  assert.deepEqual(drafts(script, "alice"), ["1 carol: to nobody"]);
  script.register(3, "carol");
  assert.equal(codeOf(send(script, 1, 1)), "sent");
});

test("a draft that was edited meanwhile is not sent in its old form", () => {
  const script = people();
  put(script, 1, "old");
  const { version = 0 } = script.chat.drafts(script.account("alice"), 0)[0] ?? {};
  put(script, 1, "new", 1);
  assert.equal(codeOf(send(script, 1, 1, version)), "draft-changed");
  assert.deepEqual(script.mail("bob"), []);
});

test("drafts are one's own, bounded, and have an address", () => {
  const script = people();
  put(script, 1, "mine");
  assert.equal(codeOf(put(script, 2, "yours?", 1)), "no-such-draft");
  assert.equal(codeOf(script.do(2, { type: "draftRemove", drafts: [1] })), "no-such-draft");
  assert.equal(codeOf(put(script, 1, "where to", 0, "no one")), "no-such-user");
  assert.equal(codeOf(put(script, 1, "")), "empty");
  for (let count = 1; count < draftsMax; count += 1) put(script, 1, "more");
  assert.equal(codeOf(put(script, 1, "one too many")), "drafts-full");
  assert.equal(codeOf(put(script, 1, "an edit is none more", 7)), "drafted");
});

test("a removal names all its drafts rightly or removes none", () => {
  const script = people();
  put(script, 1, "one");
  assert.equal(codeOf(script.do(1, { type: "draftRemove", drafts: [1, 2] })), "no-such-draft");
  assert.equal(drafts(script, "alice").length, 1);
});

test("drafts go with their account, and stand in its snapshot", () => {
  const script = people();
  put(script, 1, "one %7C");
  put(script, 1, "two");
  script.do(1, { type: "draftRemove", drafts: [2] });
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), chatDigest(script.chat));
  script.chat = copy;
  assert.deepEqual(drafts(script, "alice"), ["1 bob: one %7C"]);
  assert.equal(replyOf(put(script, 1, "three"), "drafted").draft, 3);
  script.do(1, { type: "delete", name: "alice" });
  script.register(3, "alice");
  assert.deepEqual(drafts(script, "alice"), []);
});

test("after a fork the drafts of both sides are there, once", () => {
  const { winner, loser, ...fork } = forked();
  put(loser, 1, "left");
  put(winner, 1, "right");
  fork.merge();
  fork.merge();
  assert.deepEqual(drafts(winner, "alice"), ["1 bob: right", "2 bob: left"]);
});

test("an edit of the lost side replaces what it was written over, or is one more", () => {
  const { winner, loser, ...fork } = forked(["unchanged here", "changed here"]);
  put(loser, 1, "changed there", 1);
  put(loser, 1, "changed there too", 2);
  put(winner, 1, "changed on the right", 2);
  fork.merge();
  fork.merge();
  assert.deepEqual(drafts(winner, "alice"), [
    "1 bob: changed there",
    "2 bob: changed on the right",
    "3 bob: changed there too",
  ]);
});

test("what was sent or removed on the lost side is gone, unless it was written anew", () => {
  const { winner, loser, ...fork } = forked(["sent", "removed", "written anew"]);
  assert.equal(codeOf(send(loser, 1, 1)), "sent");
  loser.do(1, { type: "draftRemove", drafts: [2, 3] });
  put(winner, 1, "new words", 3);
  fork.merge();
  fork.merge();
  assert.deepEqual(drafts(winner, "alice"), ["3 bob: new words"]);
  assert.deepEqual(winner.mail("bob"), ["alice: before", "alice: sent"]);
});

test("a draft whose sending was never confirmed is sent by the merge, or stays if it cannot be", () => {
  const { winner, loser, ...fork } = forked(["to bob"]);
  const confirmed = loser.chat.op;
  send(loser, 1, 1);
  const orphans = fork.orphans(confirmed);
  winner.do(2, { type: "delete", name: "bob" });
  fork.merge(orphans);
  assert.deepEqual(drafts(winner, "alice"), ["1 bob: to bob"]);
  const other = forked(["to bob"]);
  send(other.loser, 1, 1);
  other.merge(other.orphans(confirmed));
  assert.deepEqual(drafts(other.winner, "alice"), []);
  assert.deepEqual(other.winner.mail("bob"), ["alice: before", "alice: to bob"]);
});
