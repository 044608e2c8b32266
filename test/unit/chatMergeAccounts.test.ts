// What a merge does with accounts, names and sessions of the losing side of a fork (REPLICATION
// §8). Messages and marks: chatMerge.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameLettersMax } from "../../src/base/limits.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { ChatScript, clientNumber, codeOf, keyOf, registration } from "../support/chatScript.ts";
import { copyOf, Fork, forked, lettersOf } from "../support/forkScript.ts";

test("a registration comes with its session, its mail and its password", () => {
  const { winner, loser, ...fork } = forked();
  loser.register(3, "carol");
  loser.send(1, "carol", "welcome");
  winner.register(4, "dave");
  fork.merge();
  assert.deepEqual(winner.mail("carol"), ["alice: welcome"]);
  assert.equal(winner.chat.sessionOf(clientNumber(3))?.tokenHash, keyOf("token"));
  assert.equal(winner.chat.verifierOf("carol")?.storedKey, keyOf("carol"));
  assert.notEqual(winner.account("carol"), winner.account("dave"), "ids made apart do not collide");
  assert.equal(codeOf(winner.send(3, "bob", "hello")), "sent");
});

test("a name registered on both sides stays with the winner; the other is the next free one", () => {
  const { winner, loser, ...fork } = forked();
  loser.register(3, "carol");
  loser.send(1, "carol", "to the left one");
  loser.send(3, "bob", "from the left one");
  winner.register(4, "Carol");
  winner.register(5, "carol2");
  winner.send(2, "carol", "to the right one");
  fork.merge();
  assert.deepEqual(winner.mail("carol"), ["bob: to the right one"]);
  assert.deepEqual(winner.mail("carol3"), ["alice: to the left one", "carol3: from the left one"]);
  assert.equal(winner.chat.accounts.named("carol3")?.formerName, "carol");
  assert.equal(winner.chat.accounts.named("carol")?.formerName, "");
  assert.equal(winner.chat.sessionOf(clientNumber(3))?.name, "carol3");
});

test("the longest name leaves room for the number that makes it free", () => {
  const { winner, loser, ...fork } = forked();
  const name = "x".repeat(nameLettersMax);
  loser.register(3, name);
  winner.register(4, name);
  fork.merge();
  const wanted = `${"x".repeat(nameLettersMax - 1)}2`;
  assert.equal(winner.chat.sessionOf(clientNumber(3))?.name, wanted);
});

test("one registration that both sides have seen is one account", () => {
  const { winner, loser, ...fork } = forked();
  for (const side of [loser, winner]) side.do(3, { ...registration("carol"), request: 1 });
  winner.register(4, "dave");
  loser.send(3, "bob", "left");
  loser.send(2, "carol", "for carol");
  fork.merge();
  assert.deepEqual(winner.mail("bob").slice(-2), ["carol: left", "bob: for carol"]);
  assert.equal(winner.chat.accountOf("carol2"), null);
});

test("an account deleted on the lost side goes, with all that was sent to it meanwhile", () => {
  const { winner, loser, ...fork } = forked();
  loser.do(2, { type: "delete", name: "bob" });
  winner.send(1, "bob", "to somebody who was gone");
  fork.merge();
  assert.equal(winner.chat.accountOf("bob"), null);
  assert.equal(winner.chat.sessionOf(clientNumber(2)), null);
  const [last] = winner.mail("alice").slice(-1);
  assert.equal(last, "alice: to somebody who was gone", "what was sent stays with its sender");
});

test("an account deleted on the winning side stays deleted; what it sent reaches its recipients", () => {
  const { winner, loser, ...fork } = forked();
  loser.send(2, "alice", "sent on the left");
  loser.send(1, "bob", "for nobody");
  winner.do(2, { type: "delete", name: "bob" });
  winner.register(4, "bob");
  fork.merge();
  assert.deepEqual(winner.mail("bob"), [], "who registers the name anew inherits nothing");
  assert.deepEqual(winner.mail("alice"), [
    "alice: before",
    "bob (deleted): sent on the left",
    "alice: for nobody",
  ]);
  assert.equal(chatDigest(copyOf(winner.chat)), chatDigest(winner.chat));
});

test("an account that left no trace here is named as deleted in what it had sent", () => {
  const before = new ChatScript();
  before.register(1, "alice");
  before.register(2, "mayfly");
  const fork = new Fork(before);
  fork.loser.send(2, "alice", "hello");
  fork.loser.send(1, "mayfly", "hello to you");
  fork.winner.do(2, { type: "delete", name: "mayfly" });
  fork.merge();
  const letters = lettersOf(fork.winner, "alice");
  assert.deepEqual(letters[0], ["mayfly (deleted): hello", true]);
  assert.equal(chatDigest(copyOf(fork.winner.chat)), chatDigest(fork.winner.chat));
});

test("a session opened on the lost side can be resumed", () => {
  const { winner, loser, ...fork } = forked();
  loser.login(3, "bob");
  fork.merge();
  assert.equal(winner.chat.sessionOf(clientNumber(3))?.name, "bob");
  assert.equal(winner.chat.sessionOf(clientNumber(3))?.tokenHash, keyOf("again"));
});

test("a session ended on the lost side is over, unless its client has done more here since", () => {
  for (const isBusy of [false, true]) {
    const { winner, loser, ...fork } = forked();
    loser.do(1, { type: "logout", request: 3 });
    if (isBusy) winner.do(1, { type: "send", to: "bob", format: "p", body: "x", request: 4 });
    fork.merge();
    assert.equal(winner.chat.sessionOf(clientNumber(1)) === null, !isBusy);
  }
});

test("what was refused there makes nothing here", () => {
  const { winner, loser, ...fork } = forked();
  assert.equal(codeOf(loser.send(1, "nobody", "x")), "no-such-user");
  assert.equal(codeOf(loser.register(3, "ALICE")), "name-taken");
  winner.register(4, "nobody");
  fork.merge();
  assert.deepEqual(fork.orphans(), []);
  assert.deepEqual(winner.mail("nobody"), []);
});

test("a merge that is itself lost is merged again", () => {
  const { winner, loser, ...fork } = forked();
  loser.register(3, "carol");
  loser.send(3, "bob", "from carol");
  const third = new ChatScript();
  for (const record of loser.records.slice(0, 4)) third.apply(record.client, record.command);
  const second = new Fork(third);
  for (const command of fork.orphans()) second.loser.apply(clientNumber(0), command);
  second.winner.register(4, "carol");
  second.merge();
  assert.deepEqual(second.winner.mail("bob").slice(-1), ["carol2: from carol"]);
  assert.equal(winner.chat.op, 4);
});
