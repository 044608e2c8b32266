// Letters and mailboxes as the state machine decides them: sending, acknowledging, marking.
// Bodies are escaped text as on the wire; nothing here looks into them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { letterSlabBytes, mailboxChunkLetters, mailboxUnreadMax } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import type { LetterAddress } from "../../src/chat/letters.ts";
import { Mailbox, openedFlag, ownFlag } from "../../src/chat/mailbox.ts";
import { ChatScript, clientNumber, codeOf, replyOf } from "../support/chatScript.ts";

function twoPeople(): ChatScript {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.takeTold();
  return script;
}

test("a letter stands in the recipient's mailbox and as an own copy in the sender's", () => {
  const script = twoPeople();
  const sent = replyOf(script.send(1, "BOB", "hi %7C there"), "sent");
  assert.equal(sent.to, "bob");
  assert.deepEqual(script.takeTold(), ["mail 2 1", "mail 1 1"]);
  const forBob = script.chat.letterAt(script.account("bob"), 1);
  const forAlice = script.chat.letterAt(script.account("alice"), 1);
  assert.deepEqual(forBob, {
    type: "message",
    seq: 1,
    client: clientNumber(1),
    request: 2,
    from: "alice",
    to: "bob",
    group: "",
    atMs: sent.atMs,
    late: false,
    own: false,
    format: "p",
    body: "hi %7C there",
  });
  assert.deepEqual(forAlice, { ...forBob, own: true });
});

test("a letter to oneself is one entry, and one's own", () => {
  const script = twoPeople();
  script.send(1, "alice", "note");
  assert.deepEqual(script.takeTold(), ["mail 1 1"]);
  const view = script.chat.mailboxOf(script.account("alice"));
  assert.deepEqual(view, { last: 1, delivered: 0, unopened: 0 });
  assert.equal(script.chat.letterAt(script.account("alice"), 1)?.own, true);
});

test("the sender is the session of the client, whatever the letter says", () => {
  const script = twoPeople();
  script.login(3, "bob");
  script.send(3, "alice", "from: alice");
  assert.equal(script.chat.letterAt(script.account("alice"), 1)?.from, "bob");
});

test("refuses an empty letter, an unknown form, and one to nobody", () => {
  const script = twoPeople();
  assert.equal(codeOf(script.send(1, "bob", "")), "empty");
  assert.equal(
    codeOf(script.do(1, { type: "send", to: "bob", format: "x", body: "a" })),
    "bad-format",
  );
  const refused = replyOf(script.send(1, "carol"), "refused");
  assert.equal(refused.code, "no-such-user");
  assert.equal(refused.message, "There is no user named carol.");
  const hostile = replyOf(script.send(1, "\u001b[2Jbob"), "refused");
  assert.equal(hostile.message, "There is no user of that name.");
  assert.deepEqual(script.mail("bob"), []);
  assert.deepEqual(script.mail("alice"), []);
});

test("a full mailbox refuses the sender until its owner has been there", () => {
  const script = twoPeople();
  for (let count = 0; count < mailboxUnreadMax; count += 1) script.send(1, "bob");
  const refused = replyOf(script.send(1, "bob"), "refused");
  assert.equal(refused.code, "mailbox-full");
  assert.match(refused.message, /^bob has 100000 unread messages/);
  assert.equal(codeOf(script.send(2, "bob", "own")), "mailbox-full");
  script.acknowledge(2, 1);
  assert.equal(codeOf(script.send(1, "bob")), "sent");
  assert.equal(codeOf(script.send(1, "bob")), "mailbox-full");
});

test("an acknowledgement is cumulative, counts once, and tells each sender once", () => {
  const script = twoPeople();
  script.send(1, "bob", "one");
  script.send(2, "alice", "own");
  script.send(1, "bob", "two");
  script.takeTold();
  assert.equal(codeOf(script.acknowledge(2, 3)), "acknowledged");
  assert.deepEqual(script.takeTold(), ["status 1 delivered bob 2", "status 1 delivered bob 3"]);
  assert.equal(codeOf(script.acknowledge(2, 3)), "acknowledged");
  assert.equal(codeOf(script.acknowledge(2, 1)), "acknowledged");
  assert.deepEqual(script.takeTold(), []);
  assert.equal(script.chat.mailboxOf(script.account("bob")).delivered, 3);
});

test("nobody acknowledges what was never sent to him", () => {
  const script = twoPeople();
  script.send(1, "bob");
  assert.equal(codeOf(script.acknowledge(2, 2)), "not-yours");
  assert.equal(script.chat.mailboxOf(script.account("bob")).delivered, 0);
});

test("a sender without a terminal is told nothing", () => {
  const script = twoPeople();
  script.send(1, "bob");
  script.do(1, { type: "logout" });
  script.takeTold();
  script.acknowledge(2, 1);
  assert.deepEqual(script.takeTold(), []);
});

test("opening tells the sender and counts; opening again does neither", () => {
  const script = twoPeople();
  script.send(1, "bob", "one");
  script.send(1, "bob", "two");
  script.takeTold();
  const first = replyOf(script.mark(2, "read", 2, 2), "marked");
  assert.deepEqual([first.count, first.unopened], [1, 1]);
  assert.deepEqual(script.takeTold(), ["status 1 read bob 3", "unopened 2 1"]);
  const again = replyOf(script.mark(2, "read", 2), "marked");
  assert.deepEqual([again.count, again.unopened], [0, 1]);
  assert.deepEqual(script.takeTold(), []);
});

test("who has read a letter is not told delivered afterwards", () => {
  const script = twoPeople();
  script.send(1, "bob");
  script.mark(2, "read", 1);
  script.takeTold();
  script.acknowledge(2, 1);
  assert.deepEqual(script.takeTold(), []);
});

test("unread takes an opening back; one's own letters are always open", () => {
  const script = twoPeople();
  script.send(1, "bob");
  script.mark(2, "read", 1);
  script.takeTold();
  assert.equal(replyOf(script.mark(2, "unread", 1), "marked").unopened, 1);
  assert.deepEqual(script.takeTold(), ["unopened 2 1"]);
  assert.equal(replyOf(script.mark(1, "unread", 1), "marked").count, 0);
  assert.equal(script.chat.mailboxOf(script.account("alice")).unopened, 0);
});

test("how many are unopened up to a position is counted right in mailboxes of many chunks", () => {
  const mailbox = new Mailbox();
  const prng = makePrng(5);
  const flags: number[] = [];
  for (let count = 0; count < 3.5 * mailboxChunkLetters; count += 1) {
    const one = prng.pick([0, 0, ownFlag, openedFlag]);
    flags.push(one);
    mailbox.append(count as LetterAddress, one);
  }
  const edges = [1, 2, 3].flatMap((at) => [-1, 0, 1].map((by) => at * mailboxChunkLetters + by));
  for (const seq of [0, 1, 500, ...edges, flags.length, flags.length + 7]) {
    const expected = flags.slice(0, seq).filter((one) => one === 0).length;
    assert.equal(mailbox.unopenedThrough(seq), expected, String(seq));
  }
});

test("removing takes a letter out of one's own mailbox alone", () => {
  const script = twoPeople();
  script.send(1, "bob", "gone");
  script.send(1, "bob", "stays");
  const marked = replyOf(script.mark(2, "removed", 1), "marked");
  assert.deepEqual([marked.count, marked.unopened], [1, 1]);
  assert.deepEqual(script.mail("bob"), ["alice: stays"]);
  assert.deepEqual(script.mail("alice"), ["alice: gone", "alice: stays"]);
  assert.equal(script.chat.letterAt(script.account("bob"), 1), null);
  assert.equal(replyOf(script.login(3, "bob"), "loggedIn").unread, 1);
});

test("a mark on what is not there is refused as a whole", () => {
  const script = twoPeople();
  script.send(1, "bob", "one");
  script.send(1, "bob", "two");
  script.mark(2, "removed", 1);
  for (const missing of [0, 1, 3, 9_007_199_254_740_991]) {
    assert.equal(codeOf(script.mark(2, "read", 2, missing)), "not-yours");
  }
  assert.equal(script.chat.mailboxOf(script.account("bob")).unopened, 1);
  assert.equal(codeOf(script.mark(2, "burnt", 2)), "bad-mark");
});

test("lists pages from behind a position, all or only the unopened", () => {
  const script = twoPeople();
  for (const body of ["a", "b", "c", "d", "e"]) script.send(1, "bob", body);
  script.mark(2, "read", 1, 3);
  script.mark(2, "removed", 4);
  const bob = script.account("bob");
  const bodies = (after: number, count: number, unopened: boolean): string => {
    const page = script.chat.list(bob, { after, count, unopened });
    const shown = page.letters.map(({ letter, opened }) => `${letter.body}${opened ? "+" : ""}`);
    return `${shown.join("")}${page.more ? "…" : ""}`;
  };
  assert.equal(bodies(0, 10, false), "a+bc+e");
  assert.equal(bodies(0, 2, false), "a+b…");
  assert.equal(bodies(2, 2, false), "c+e");
  assert.equal(bodies(0, 10, true), "be");
  assert.equal(bodies(0, 1, true), "b…");
  assert.equal(bodies(5, 10, false), "");
});

test("each of very many letters is found where it lies", () => {
  const script = twoPeople();
  const bodyOf = (seq: number): string => `${seq}-${"x".repeat((seq * 7) % 997)}`;
  const count = Math.ceil((letterSlabBytes * 3.5) / 500);
  for (let seq = 1; seq <= count; seq += 1) script.send(1, "bob", bodyOf(seq));
  const bob = script.account("bob");
  for (let seq = 1; seq <= count; seq += 1) {
    assert.equal(script.chat.letterAt(bob, seq)?.body, bodyOf(seq));
  }
});

test("a mailbox of many chunks, most of it removed or opened, is read in order", () => {
  const script = twoPeople();
  const count = mailboxChunkLetters * 4 + 3;
  for (let at = 1; at <= count; at += 1) script.send(1, "bob", String(at));
  const kept = [1, mailboxChunkLetters + 1, mailboxChunkLetters * 3, count];
  for (let at = 1; at <= count; at += 1) if (!kept.includes(at)) script.mark(2, "removed", at);
  assert.deepEqual(
    script.mail("bob"),
    kept.map((at) => `alice: ${at}`),
  );
  script.mark(2, "read", 1, mailboxChunkLetters * 3);
  const page = script.chat.list(script.account("bob"), { after: 0, count: 9, unopened: true });
  assert.deepEqual(
    page.letters.map(({ letter }) => letter.seq),
    [mailboxChunkLetters + 1, count],
  );
  script.send(1, "bob", "next");
  assert.equal(script.chat.letterAt(script.account("bob"), count + 1)?.body, "next");
});
