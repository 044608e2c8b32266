// What a fork leaves on its losing side comes into the winning history, each thing once: the rules
// of REPLICATION §8 about messages and marks. Which side wins is decided elsewhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeLettersPerOp } from "../../src/base/limits.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { ChatScript, clientNumber, codeOf } from "../support/chatScript.ts";
import { copyOf, Fork, forked, lettersOf, sessionOf } from "../support/forkScript.ts";

function mailbox(script: ChatScript, name: string): ReturnType<ChatScript["chat"]["mailboxOf"]> {
  return script.chat.mailboxOf(script.account(name));
}

/** Newer than all that a terminal has acknowledged. */
function unread(script: ChatScript, name: string): number {
  return script.chat.accounts.named(name)?.mailbox.unread ?? -1;
}

test("a message of the lost side is appended once, marked late, with the time it was sent", () => {
  const { winner, loser, ...fork } = forked();
  loser.pass(5_000);
  loser.send(1, "bob", "from the left");
  winner.pass(60_000);
  winner.send(2, "alice", "from the right");
  fork.merge();
  fork.merge();
  assert.deepEqual(lettersOf(winner, "bob"), [
    ["alice: before", false],
    ["bob: from the right", false],
    ["alice: from the left", true],
  ]);
  const [late] = winner.chat.list(winner.account("bob"), {
    after: 2,
    count: 1,
    unopened: false,
  }).letters;
  const sentAtMs = Math.floor((loser.records.at(-1)?.atUs ?? 0) / 1_000);
  assert.equal(late?.letter.atMs, sentAtMs);
  assert.deepEqual(lettersOf(winner, "alice").slice(-1), [["alice: from the left", true]]);
});

test("a request behind a newer one of the same client is merged, once", () => {
  const { winner, loser, ...fork } = forked();
  loser.send(1, "bob", "six");
  winner.do(1, { type: "send", to: "bob", format: "p", body: "seven", request: 4 });
  fork.merge();
  fork.merge();
  assert.deepEqual(winner.mail("bob").slice(-2), ["alice: seven", "alice: six"]);
  const again = winner.do(1, { type: "send", to: "bob", format: "p", body: "six", request: 3 });
  assert.equal(codeOf(again), "sent", "whoever repeats it gets its reply");
  assert.equal(winner.mail("bob").length, 3);
});

test("what the winner has decided is not decided again", () => {
  const { winner, loser, ...fork } = forked();
  const both = { type: "send", to: "bob", format: "p", body: "both", request: 3 } as const;
  for (const side of [loser, winner]) side.do(1, both);
  fork.merge();
  assert.deepEqual(winner.mail("bob"), ["alice: before", "alice: both"]);
});

for (const received of [0, 3]) {
  const kept = received === 0 ? "that reply is still kept" : "it is known no more why";
  test(`what was confirmed is merged though the winner has refused it, and ${kept}`, () => {
    const { winner, loser, ...fork } = forked();
    const send = { type: "send", to: "carol", format: "p", body: "at last", request: 3 } as const;
    loser.register(3, "carol");
    for (const side of [loser, winner]) side.do(1, send);
    winner.do(1, { type: "send", to: "bob", format: "p", body: "on", request: 4, received });
    fork.merge();
    fork.merge();
    assert.deepEqual(winner.mail("carol"), ["alice: at last"]);
    assert.deepEqual(winner.mail("alice").slice(-2), ["alice: on", "alice: at last"]);
    assert.equal(chatDigest(copyOf(winner.chat)), chatDigest(winner.chat));
  });
}

test("what all who had it have removed does not come back with the next merge", () => {
  const { winner, loser, ...fork } = forked();
  loser.send(1, "alice", "a note to herself");
  fork.merge();
  assert.deepEqual(winner.mail("alice"), ["alice: before", "alice: a note to herself"]);
  winner.mark(1, "removed", 2);
  winner.do(1, { type: "send", to: "bob", format: "p", body: "on", request: 5, received: 4 });
  fork.merge();
  assert.deepEqual(winner.mail("alice"), ["alice: before", "alice: on"]);
});

test("an account that was made on the lost side is, though its name was refused here, once", () => {
  const { winner, loser, ...fork } = forked();
  loser.register(3, "carol");
  loser.send(1, "carol", "welcome");
  winner.register(4, "carol");
  winner.register(3, "carol");
  for (let times = 0; times < 2; times += 1) fork.merge();
  assert.deepEqual(winner.mail("carol2"), ["alice: welcome"]);
  assert.deepEqual(winner.mail("carol"), []);
  assert.equal(winner.chat.accountOf("carol3"), null);
  assert.equal(chatDigest(copyOf(winner.chat)), chatDigest(winner.chat));
});

test("what its recipient has removed does not come back with the next merge", () => {
  const { winner, loser, ...fork } = forked();
  loser.send(1, "bob", "late");
  fork.merge();
  winner.mark(2, "removed", 2);
  winner.do(1, { type: "send", to: "bob", format: "p", body: "on", request: 4, received: 3 });
  fork.merge();
  assert.deepEqual(winner.mail("bob"), ["alice: before", "alice: on"]);
});

test("a client that logged in anew meanwhile keeps its older requests open for the merge", () => {
  const { winner, loser, ...fork } = forked();
  loser.register(3, "carol");
  loser.send(3, "bob", "of request two");
  winner.do(3, { ...sessionOf("alice"), request: 9 });
  fork.merge();
  assert.deepEqual(winner.mail("bob").slice(-1), ["carol: of request two"]);
  assert.equal(winner.chat.sessionOf(clientNumber(3))?.name, "alice", "its newer login stands");
  const forgotten = winner.do(3, { type: "logout", request: 5 });
  assert.equal(codeOf(forgotten), "outcome-unknown");
});

test("an unconfirmed message is merged, other unconfirmed requests are not", () => {
  const { winner, loser, ...fork } = forked();
  const confirmed = loser.chat.op;
  loser.send(1, "bob", "not confirmed");
  loser.register(3, "carol");
  loser.send(3, "bob", "of somebody unknown");
  loser.do(2, { type: "delete", name: "bob" });
  fork.merge(fork.orphans(confirmed));
  assert.deepEqual(winner.mail("bob"), ["alice: before", "alice: not confirmed"]);
  assert.equal(winner.chat.accountOf("carol"), null);
  assert.equal(winner.chat.fateOf(clientNumber(3), 2).kind, "new", "its client may yet send it");
});

test("an unconfirmed message to somebody who is gone is refused, as a new one would be", () => {
  const { winner, loser, ...fork } = forked();
  const confirmed = loser.chat.op;
  loser.send(1, "bob", "too late");
  winner.do(2, { type: "delete", name: "bob" });
  fork.merge(fork.orphans(confirmed));
  const again = winner.do(1, { type: "send", to: "bob", format: "p", body: "", request: 3 });
  assert.equal(codeOf(again), "no-such-user");
});

test("what was delivered on either side is delivered", () => {
  const { winner, loser, ...fork } = forked();
  loser.send(1, "bob", "left");
  loser.acknowledge(2, 2);
  winner.send(1, "bob", "right");
  fork.merge();
  assert.equal(unread(winner, "bob"), 1, "only what came on the right is new");
  assert.equal(mailbox(winner, "bob").delivered, 1, "the right one's turn comes first");
  winner.acknowledge(2, 2);
  assert.deepEqual([unread(winner, "bob"), mailbox(winner, "bob").delivered], [0, 2]);
  winner.acknowledge(2, 3);
  assert.equal(unread(winner, "bob"), 0);
});

test("a message delivered on the lost side alone, and sent before the fork, is delivered", () => {
  const before = new ChatScript();
  before.register(1, "alice");
  before.register(2, "bob");
  before.send(1, "bob", "before");
  const fork = new Fork(before);
  fork.loser.acknowledge(2, 1);
  fork.merge();
  assert.deepEqual([unread(fork.winner, "bob"), mailbox(fork.winner, "bob").delivered], [0, 1]);
});

test("what was read or removed on either side stays so", () => {
  const { winner, loser, ...fork } = forked();
  loser.send(1, "bob", "read there");
  loser.send(1, "bob", "removed there");
  loser.mark(2, "read", 2);
  loser.mark(2, "removed", 3, 1);
  winner.send(1, "bob", "of the winner");
  winner.mark(2, "unread", 1);
  fork.merge();
  assert.deepEqual(winner.mail("bob"), ["alice: of the winner", "alice: read there"]);
  assert.equal(mailbox(winner, "bob").unopened, 1);
});

test("what one request has read on both sides, and is unread again here, stays unread", () => {
  const { winner, loser, ...fork } = forked();
  const read = { type: "mark", mark: "read", seqs: [1], request: 3 } as const;
  for (const side of [loser, winner]) side.do(2, read);
  assert.equal(mailbox(winner, "bob").unopened, 0);
  winner.mark(2, "unread", 1);
  fork.merge();
  assert.equal(mailbox(winner, "bob").unopened, 1);
});

test("what was marked there at once is merged whole, in however many commands", () => {
  for (const count of [mergeLettersPerOp, mergeLettersPerOp + 1]) {
    const { winner, loser, ...fork } = forked();
    for (let at = 0; at < count; at += 1) loser.send(1, "bob", `message ${at}`);
    const seqs = Array.from({ length: count }, (_, at) => at + 2);
    const request = 900;
    loser.do(2, { type: "mark", mark: "read", seqs, request });
    fork.merge();
    fork.merge();
    assert.equal(mailbox(winner, "bob").unopened, 1, "the one before the fork");
    const again = winner.do(2, { type: "mark", mark: "unread", seqs: [2], request });
    assert.equal(codeOf(again), "outcome-unknown", "its positions meant others");
  }
});

test("marks speak of messages, not of positions that mean others here", () => {
  const { winner, loser, ...fork } = forked();
  winner.send(2, "alice", "right one");
  winner.send(1, "bob", "right two");
  loser.send(1, "bob", "left");
  loser.mark(2, "removed", 2);
  fork.merge();
  assert.deepEqual(winner.mail("bob"), ["alice: before", "bob: right one", "alice: right two"]);
});

test("the senders are told that what they sent had reached its recipient", () => {
  const { winner, loser, ...fork } = forked();
  loser.send(1, "bob", "left");
  loser.acknowledge(2, 2);
  loser.mark(2, "read", 2);
  winner.takeTold();
  fork.merge();
  assert.deepEqual(
    winner.takeTold().filter((line) => line.startsWith("status")),
    ["status 1 delivered bob 3", "status 1 read bob 3"],
  );
});

test("only servers make the commands of a merge", () => {
  const { winner, loser, ...fork } = forked();
  loser.send(1, "bob", "left");
  const [command] = fork.orphans();
  assert.ok(command !== undefined);
  assert.equal(codeOf(winner.apply(clientNumber(1), command)), "not-allowed");
  assert.deepEqual(winner.mail("bob"), ["alice: before"]);
});

test("all that a merge leaves in the state comes back from its snapshot", () => {
  const { winner, loser, ...fork } = forked();
  loser.register(3, "carol");
  for (const body of ["one", "two", "three"]) loser.send(1, "bob", body);
  loser.acknowledge(2, 4);
  loser.send(3, "bob", "four");
  winner.register(4, "carol");
  winner.send(1, "bob", "right");
  winner.do(5, { ...sessionOf("alice"), request: 7 });
  fork.merge();
  const server = { type: "orphans", stream: "64-9-5", through: 3 } as const;
  winner.do(0, { ...server, server: 2 as never, left: 4 });
  winner.do(0, { ...server, server: 0 as never, left: 9 });
  const copy = copyOf(winner.chat);
  assert.equal(chatDigest(copy), chatDigest(winner.chat));
  assert.deepEqual([...copy.unmerged], [...winner.chat.unmerged].reverse());
  assert.equal(copy.accounts.named("carol2")?.formerName, "carol");
  assert.equal(copy.accounts.named("bob")?.mailbox.unread, unread(winner, "bob"));
  winner.chat = copy;
  fork.merge();
  assert.equal(winner.mail("bob").length, 6, "the same merge once more changes nothing");
  assert.equal(codeOf(winner.do(5, { type: "logout", request: 6 })), "outcome-unknown");
  winner.do(0, { ...server, server: 2 as never, left: 0 });
  assert.deepEqual([...winner.chat.unmerged.keys()], [0]);
});
