// Keys and sealed messages after a fork: what either side made is kept, the winner's keys stand,
// and whatever was sealed for the others' can still be opened by whoever has the password.

import assert from "node:assert/strict";
import { test } from "node:test";
import { formerKeysMax } from "../../src/base/sealLimits.ts";
import { addFormer, keySetOf } from "../../src/chat/keys.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { codeOf, type ChatScript } from "../support/chatScript.ts";
import { copyOf, Fork, forked } from "../support/forkScript.ts";
import { changePassword, formerOf, publicsOf, putKeys, sealedFor } from "../support/keyScript.ts";
import { sendSealed, wrapsOf } from "../support/keyScript.ts";

function mergeTwice({ merge, orphans }: Pick<Fork, "merge" | "orphans">): void {
  merge(orphans());
  merge(orphans());
}

function presentOf(script: ChatScript, name: string): Buffer {
  return script.chat.ownKeysOf(script.account(name)).publics;
}

/** alice has keys on both sides. */
function withKeys(): Fork {
  const before = forked().winner;
  putKeys(before, 1, "alice's");
  return new Fork(before);
}

test("keys that were made on the lost side alone are the account's", () => {
  const { winner, loser, ...fork } = forked();
  assert.equal(codeOf(putKeys(loser, 1, "alice's")), "keysKept");
  mergeTwice(fork);
  assert.deepEqual(presentOf(winner, "alice"), publicsOf("alice's"));
  assert.deepEqual(wrapsOf(winner, "alice"), ["alice's under salt"]);
  assert.deepEqual(formerOf(winner, "alice"), []);
});

test("wraps unite", () => {
  const { winner, loser, ...fork } = withKeys();
  putKeys(loser, 1, "alice's", "left");
  putKeys(winner, 1, "alice's", "right");
  mergeTwice(fork);
  assert.deepEqual(wrapsOf(winner, "alice"), [
    "alice's under salt",
    "alice's under right",
    "alice's under left",
  ]);
  assert.equal(chatDigest(copyOf(winner.chat)), chatDigest(winner.chat));
});

test("keys made on both sides: the winner's stand, the others are kept as former ones", () => {
  const { winner, loser, ...fork } = forked();
  putKeys(loser, 1, "left");
  putKeys(loser, 1, "left", "next");
  sendSealed(loser, 2, "alice", sealedFor("left"));
  putKeys(winner, 1, "right");
  mergeTwice(fork);
  assert.deepEqual(presentOf(winner, "alice"), publicsOf("right"));
  assert.deepEqual(wrapsOf(winner, "alice"), ["right under salt"]);
  assert.deepEqual(formerOf(winner, "alice"), ["left under salt, left under next"]);
  assert.equal(winner.chat.hasFormerKeys(winner.account("alice")), true);
  assert.equal(winner.mail("alice").at(-1), `bob: ${sealedFor("left")}`);
  const copy = copyOf(winner.chat);
  assert.equal(chatDigest(copy), chatDigest(winner.chat));
  const alice = winner.account("alice");
  assert.deepEqual(copy.ownKeysOf(alice), winner.chat.ownKeysOf(alice));
});

test("whoever sealed for keys that are former now has to seal anew", () => {
  const { winner, loser, ...fork } = forked();
  putKeys(loser, 1, "left");
  const lastConfirmed = loser.chat.op;
  sendSealed(loser, 2, "alice", sealedFor("left"));
  putKeys(winner, 1, "right");
  const before = winner.mail("alice").length;
  fork.merge(fork.orphans(lastConfirmed));
  assert.equal(winner.mail("alice").length, before, "it was not confirmed");
  const { request } = loser.records.at(-1)?.command as { request: number };
  const again = winner.do(2, {
    type: "send",
    to: "alice",
    format: "s",
    body: sealedFor("left"),
    request,
  });
  assert.equal(codeOf(again), "stale-keys", "its client is told when it asks");
  assert.equal(codeOf(sendSealed(winner, 2, "alice", sealedFor("left"))), "stale-keys");
  assert.equal(codeOf(sendSealed(winner, 2, "alice", sealedFor("right"))), "sent");
});

test("former keys are wrapped anew like present ones, and survive a change of password", () => {
  const { winner, loser, ...fork } = forked();
  putKeys(loser, 1, "left");
  putKeys(winner, 1, "right");
  mergeTwice(fork);
  assert.equal(codeOf(putKeys(winner, 1, "left", "next")), "keysKept");
  assert.equal(codeOf(putKeys(winner, 1, "right", "next")), "keysKept");
  const change = { from: "alice", to: "better", salt: "next" };
  assert.equal(codeOf(changePassword(winner, 1, change)), "passwordChanged");
  assert.deepEqual(wrapsOf(winner, "alice"), ["right under next"]);
  assert.deepEqual(formerOf(winner, "alice"), ["left under next"]);
});

test("former keys that nobody wrapped anew keep what they have: nothing is thrown away", () => {
  const { winner, loser, ...fork } = forked();
  putKeys(loser, 1, "left");
  putKeys(winner, 1, "right");
  mergeTwice(fork);
  putKeys(winner, 1, "right", "next");
  changePassword(winner, 1, { from: "alice", to: "better", salt: "next" });
  assert.deepEqual(formerOf(winner, "alice"), ["left under salt"]);
});

test("a password that was changed on the lost side comes with the wrap that it opens", () => {
  const { winner, loser, ...fork } = withKeys();
  putKeys(loser, 1, "alice's", "left");
  changePassword(loser, 1, { from: "alice", to: "better", salt: "left" });
  mergeTwice(fork);
  assert.deepEqual(wrapsOf(winner, "alice"), ["alice's under left"]);
  assert.equal(winner.chat.isPasswordContested(winner.account("alice")), false);
});

test("a password of the lost side that would not open the keys made here does not stand", () => {
  const { winner, loser, ...fork } = forked();
  changePassword(loser, 1, { from: "alice", to: "better", salt: "left" });
  putKeys(loser, 1, "left", "left");
  putKeys(winner, 1, "right");
  mergeTwice(fork);
  assert.equal(winner.chat.isPasswordContested(winner.account("alice")), true);
  assert.deepEqual(wrapsOf(winner, "alice"), ["right under salt"]);
  assert.deepEqual(formerOf(winner, "alice"), ["left under left"]);
});

test("keys of the lost side that the password here does not open are former ones at once", () => {
  const { winner, loser, ...fork } = forked();
  putKeys(loser, 1, "left");
  changePassword(winner, 1, { from: "alice", to: "better", salt: "right" });
  mergeTwice(fork);
  assert.equal(presentOf(winner, "alice").length, 0);
  assert.deepEqual(formerOf(winner, "alice"), ["left under salt"]);
  assert.equal(chatDigest(copyOf(winner.chat)), chatDigest(winner.chat));
  assert.equal(codeOf(putKeys(winner, 1, "left", "right")), "keysKept", "who still has them");
  assert.deepEqual(presentOf(winner, "alice"), publicsOf("left"));
  assert.deepEqual(formerOf(winner, "alice"), []);
});

test("sealed messages and drafts of the lost side come as they were sealed", () => {
  const { winner, loser, ...fork } = withKeys();
  const body = sealedFor("alice's", "bGVmdA");
  sendSealed(loser, 2, "alice", body);
  loser.do(1, { type: "draftPut", draft: 0, to: "bob", format: "s", body });
  mergeTwice(fork);
  const alice = winner.account("alice");
  const letter = winner.chat.letterAt(alice, winner.chat.mailboxOf(alice).last);
  assert.deepEqual([letter?.format, letter?.body, letter?.late], ["s", body, true]);
  const drafts = winner.chat.drafts(alice, 0);
  assert.deepEqual(
    drafts.map((draft) => [draft.format, draft.body]),
    [["s", body]],
  );
});

test("keys go with an account that was deleted on either side", () => {
  const { winner, loser, ...fork } = forked();
  putKeys(loser, 1, "left");
  winner.do(1, { type: "delete", name: "alice" });
  mergeTwice(fork);
  assert.equal(winner.chat.keysOf("alice"), null);
});

test("of too many former keys the oldest are let go", () => {
  const { winner } = withKeys();
  const account = winner.chat.accounts.named("alice");
  assert.ok(account !== undefined);
  for (let number = 0; number < formerKeysMax + 2; number += 1) {
    addFormer(account, keySetOf(publicsOf(`former ${number}`), []));
  }
  const { former } = winner.chat.ownKeysOf(account.id);
  assert.equal(former.length, formerKeysMax);
  assert.equal(former[0], publicsOf("former 2").toString("base64"));
});
