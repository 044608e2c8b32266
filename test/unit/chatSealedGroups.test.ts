// Sealed messages to groups on the servers: one body, sealed for those who are in with the keys
// that they have, and refused when others are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sealedLettersMax, sealedLettersPerMember } from "../../src/base/sealLimits.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import type { ChatScript } from "../support/chatScript.ts";
import { codeOf } from "../support/chatScript.ts";
import { copyOf, Fork } from "../support/forkScript.ts";
import { change, team } from "../support/groupScript.ts";
import { epochFor, putKeys, sendSealed, sendToTeam } from "../support/keyScript.ts";

/** alice (1) and bob (2) have keys and are in #team; carol (3) is not. */
function sealedTeam(): ChatScript {
  const script = team(["alice", "bob", "carol"]);
  putKeys(script, 1, "alice's");
  putKeys(script, 2, "bob's");
  return script;
}

function bodiesOf(script: ChatScript, name: string): readonly string[] {
  return script.mail(name).filter((letter) => letter.includes("."));
}

test("a message that is sealed for those who are in reaches each of them", () => {
  const script = sealedTeam();
  assert.equal(codeOf(sendToTeam(script, 1, epochFor(script, "alice"))), "sent");
  assert.equal(bodiesOf(script, "bob").length, 1);
  assert.equal(bodiesOf(script, "alice").length, 1, "her own copy");
  const letter = script.chat.letterAt(script.account("bob"), 2);
  assert.deepEqual([letter?.format, letter?.group], ["s", "#team"]);
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), chatDigest(script.chat));
  assert.equal(copy.letterAt(script.account("bob"), 2)?.format, "s");
});

test("whoever comes in or goes makes another epoch of it, and so does who puts keys", () => {
  const script = sealedTeam();
  const epochs = [epochFor(script, "alice")];
  const steps = [
    () => change(script, 2, "add", "#team", "carol"),
    () => putKeys(script, 3, "carol's"),
    () => change(script, 1, "leave", "#team"),
  ];
  for (const step of steps) {
    step();
    assert.equal(codeOf(sendToTeam(script, 2, epochs.at(-1) ?? 0)), "stale-keys");
    const epoch = epochFor(script, "bob");
    assert.equal(codeOf(sendToTeam(script, 2, epoch)), "sent");
    epochs.push(epoch);
  }
  assert.equal(new Set(epochs).size, epochs.length);
  change(script, 2, "leave", "#team");
  change(script, 3, "add", "#team", "bob");
  assert.equal(epochFor(script, "bob"), epochs.at(-1), "the same people with the same keys");
});

test("a wrap more, or another password, changes nothing for a group", () => {
  const script = sealedTeam();
  const before = epochFor(script, "alice");
  putKeys(script, 2, "bob's", "next");
  assert.equal(epochFor(script, "alice"), before);
});

test("a server that has read its state from an image knows the same epoch", () => {
  const script = sealedTeam();
  const copy = copyOf(script.chat);
  const ask = { group: "#team", after: 0, count: 10 };
  assert.equal(copy.rosterOf(script.account("bob"), ask)?.epoch, epochFor(script, "bob"));
});

test("the lobby takes plain messages alone", () => {
  const script = sealedTeam();
  script.do(1, { type: "send", to: "#lobby", format: "p", body: "hi" });
  const epoch = epochFor(script, "alice", "#lobby");
  assert.equal(codeOf(sendSealed(script, 1, "#lobby", `${epoch}.aGk`)), "plain-only");
});

test("how much a group takes grows with its members, and outsiders are told nothing", () => {
  const script = sealedTeam();
  const tag = `${epochFor(script, "alice")}.`;
  const lettersMax = sealedLettersMax + 2 * sealedLettersPerMember;
  const whole = tag + "x".repeat(lettersMax - tag.length);
  assert.equal(codeOf(sendSealed(script, 1, "#team", whole)), "sent");
  assert.equal(codeOf(sendSealed(script, 1, "#team", `${whole}x`)), "too-long");
  assert.equal(codeOf(sendSealed(script, 3, "#team", `${tag}aGk`)), "not-a-member");
  assert.equal(codeOf(sendSealed(script, 1, "#none", `${tag}aGk`)), "no-such-group");
});

test("after a fork both sides' members make an epoch that neither side knew", () => {
  const { winner, loser, ...fork } = new Fork(sealedTeam());
  const before = epochFor(winner, "alice");
  putKeys(loser, 3, "carol's");
  change(loser, 1, "add", "#team", "carol");
  winner.register(4, "dave");
  change(winner, 1, "add", "#team", "dave");
  const [left, right] = [epochFor(loser, "alice"), epochFor(winner, "alice")];
  fork.merge();
  const both = epochFor(winner, "alice");
  assert.equal(new Set([before, left, right, both]).size, 4);
  assert.equal(codeOf(sendToTeam(winner, 1, left)), "stale-keys");
  assert.equal(codeOf(sendToTeam(winner, 1, both)), "sent");
});

test("what was confirmed to a group on the lost side is merged, whatever its epoch is now", () => {
  const { winner, loser, ...fork } = new Fork(sealedTeam());
  sendToTeam(loser, 1, epochFor(loser, "alice"));
  const lastConfirmed = loser.chat.op;
  sendToTeam(loser, 2, epochFor(loser, "alice"));
  change(winner, 1, "add", "#team", "carol");
  fork.merge(fork.orphans(lastConfirmed));
  assert.equal(bodiesOf(winner, "bob").length, 1, "the unconfirmed one has to be sealed anew");
  const merged = winner.chat.letterAt(winner.account("bob"), 2);
  assert.deepEqual([merged?.format, merged?.late, merged?.from], ["s", true, "alice"]);
});
