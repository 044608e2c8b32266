// Drafts on the servers: numbered for good, sent in one step that takes the draft along, kept when
// the message is refused, whole in a snapshot, and united after a fork.

import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { asServerId } from "../../src/base/ids.ts";
import { draftsMax } from "../../src/base/limits.ts";
import { sentDraftsKept } from "../../src/base/talkLimits.ts";
import type { Reply } from "../../src/chat/contract.ts";
import type { Mailbox } from "../../src/chat/mailbox.ts";
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

test("a draft that was sent on both sides is one message, and both senders were told the truth", () => {
  const { winner, loser, ...fork } = forked(["sent twice", "another"]);
  assert.equal(codeOf(send(loser, 1, 1)), "sent");
  const { command } = loser.records.at(-1) ?? {};
  send(winner, 1, 1);
  fork.merge();
  winner.chat = copyOf(winner.chat);
  fork.merge();
  assert.deepEqual(winner.mail("bob"), ["alice: before", "alice: sent twice"]);
  assert.deepEqual(winner.mail("alice"), ["alice: before", "alice: sent twice"]);
  assert.deepEqual(drafts(winner, "alice"), ["2 bob: another"]);
  assert.ok(command?.type === "draftSend");
  const again = winner.do(1, command);
  assert.equal(replyOf(again, "sent").to, "bob", "a repetition of the lost side's request");
});

test("what was read of the lost side's message is read of the one that stands", () => {
  const { winner, loser, ...fork } = forked(["sent twice"]);
  send(loser, 1, 1);
  loser.acknowledge(2, 2);
  loser.mark(2, "read", 2);
  winner.send(1, "bob", "sent in between");
  send(winner, 1, 1);
  fork.merge();
  fork.merge();
  const { unread, unopened } = mailboxOf(winner, "bob");
  assert.deepEqual([unread, unopened], [1, 2], "the first and the one in between");
  assert.ok(winner.chat.isDelivered(winner.account("bob"), 3));
});

test("that one letter stands for two is forgotten when nothing is left to be merged", () => {
  const { winner, loser, ...fork } = forked(["sent twice"]);
  send(loser, 1, 1);
  send(winner, 1, 1);
  fork.merge();
  const copy = copyOf(winner.chat);
  assert.equal(chatDigest(copy), chatDigest(winner.chat));
  assert.equal(copy.twins.size, 1);
  const end = { type: "orphans", server: asServerId(2), stream: "", through: 0, left: 0 } as const;
  fork.merge([end]);
  assert.equal(winner.chat.twins.size, 0);
});

test("two texts that one draft had, each sent on its side, are two messages", () => {
  const { winner, loser, ...fork } = forked(["first words"]);
  send(loser, 1, 1);
  put(winner, 1, "better words", 1);
  send(winner, 1, 1);
  fork.merge();
  fork.merge();
  assert.deepEqual(winner.mail("bob").slice(1), ["alice: better words", "alice: first words"]);
});

test("sent here and, unconfirmed, on the lost side: it is sent once, and asking again is refused", () => {
  const { winner, loser, ...fork } = forked(["sent twice"]);
  const confirmed = loser.chat.op;
  send(loser, 1, 1);
  const { command } = loser.records.at(-1) ?? {};
  send(winner, 1, 1);
  fork.merge(fork.orphans(confirmed));
  assert.ok(command?.type === "draftSend");
  assert.equal(codeOf(winner.do(1, command)), "no-such-draft");
  assert.deepEqual(winner.mail("bob"), ["alice: before", "alice: sent twice"]);
});

test("only so many sendings of drafts are remembered, the newest", () => {
  const script = people();
  for (let at = 1; at <= sentDraftsKept + 1; at += 1) {
    const { draft } = replyOf(put(script, 1, `draft ${at}`), "drafted");
    assert.equal(codeOf(send(script, 1, draft)), "sent");
  }
  const kept = [...(script.chat.accounts.named("alice")?.drafts?.sent() ?? [])];
  assert.equal(kept.length, sentDraftsKept);
  assert.equal(chatDigest(copyOf(script.chat)), chatDigest(script.chat));
});

function mailboxOf(script: ChatScript, name: string): Mailbox {
  return present(script.chat.accounts.named(name), name).mailbox;
}
