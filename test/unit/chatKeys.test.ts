// An account's keys for sealed messages on the servers: put once, wrapped anew for each password,
// gone with the account; and what they stand in the way of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keyIdLetters, sealedLettersMax, wrapsMax } from "../../src/base/sealLimits.ts";
import { keyIdOf } from "../../src/wire/keyId.ts";
import { chatDigest, encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import { ChatScript, codeOf, keyOf } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";
import { changePassword, publicsOf, putKeys, sealedFor } from "../support/keyScript.ts";
import { sendSealed, wrapsOf } from "../support/keyScript.ts";

/** alice (client 1) and bob (client 2), who has keys. */
function withBobsKeys(): ChatScript {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  assert.equal(codeOf(putKeys(script, 2, "bob's")), "keysKept");
  return script;
}

test("the public keys that somebody put are told to whoever asks, and nobody else's", () => {
  const { chat } = withBobsKeys();
  assert.deepEqual(chat.keysOf("BOB"), { name: "bob", publics: publicsOf("bob's") });
  assert.deepEqual(chat.keysOf("alice"), { name: "alice", publics: Buffer.alloc(0) });
  assert.equal(chat.keysOf("carol"), null);
});

test("keys are put once: the same again add a wrap, others are refused", () => {
  const script = withBobsKeys();
  assert.equal(codeOf(putKeys(script, 2, "other")), "keys-exist");
  assert.equal(codeOf(putKeys(script, 2, "bob's", "next")), "keysKept");
  assert.equal(codeOf(putKeys(script, 2, "bob's", "next")), "keysKept");
  assert.deepEqual(wrapsOf(script, "bob"), ["bob's under salt", "bob's under next"]);
  const { publics, salts } = script.chat.ownKeysOf(script.account("bob"));
  assert.deepEqual([publics, salts], [publicsOf("bob's"), [keyOf("salt"), keyOf("next")]]);
});

test("the first keys are wrapped under the password that the account has", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  assert.equal(codeOf(putKeys(script, 1, "alice's", "elsewhere")), "keys-not-wrapped");
  assert.equal(codeOf(putKeys(script, 9, "alice's")), "outcome-unknown");
  script.do(1, { type: "logout" });
  assert.equal(codeOf(putKeys(script, 1, "alice's")), "not-logged-in");
});

test("keys and wraps of another length are refused, whoever let them in", () => {
  const script = withBobsKeys();
  const sound = { type: "keysPut", publics: publicsOf("a"), salt: keyOf("salt") } as const;
  for (const over of [
    { wrapped: Buffer.alloc(0) },
    { wrapped: Buffer.alloc(257) },
    { wrapped: Buffer.alloc(9), salt: "5a".repeat(33) },
    { wrapped: Buffer.alloc(9), publics: Buffer.alloc(127) },
    { wrapped: Buffer.alloc(9), publics: Buffer.alloc(129) },
  ]) {
    assert.equal(codeOf(script.do(1, { ...sound, ...over })), "bad-keys");
  }
});

test("of too many wraps the oldest goes, but never that of the present password", () => {
  const script = withBobsKeys();
  for (let count = 1; count <= wrapsMax + 2; count += 1) {
    assert.equal(codeOf(putKeys(script, 2, "bob's", `salt${count}`)), "keysKept");
  }
  const wraps = wrapsOf(script, "bob");
  assert.equal(wraps.length, wrapsMax);
  assert.deepEqual(wraps.slice(0, 2), ["bob's under salt", "bob's under salt4"]);
});

test("a password is changed only when the keys are wrapped under it, and older wraps go", () => {
  const script = withBobsKeys();
  const change = { from: "bob", to: "better", salt: "next" };
  assert.equal(codeOf(changePassword(script, 2, change)), "keys-not-wrapped");
  putKeys(script, 2, "bob's", "another");
  putKeys(script, 2, "bob's", "next");
  assert.equal(codeOf(changePassword(script, 2, change)), "passwordChanged");
  assert.deepEqual(wrapsOf(script, "bob"), ["bob's under next"]);
  const plain = { from: "alice", to: "better", salt: "whatever" };
  assert.equal(codeOf(changePassword(script, 1, plain)), "passwordChanged", "alice has no keys");
});

test("a deleted account's keys go with it, and whoever has the name next inherits none", () => {
  const script = withBobsKeys();
  script.do(2, { type: "delete", name: "bob" });
  assert.equal(script.chat.keysOf("bob"), null);
  script.register(3, "bob");
  assert.deepEqual(script.chat.keysOf("bob")?.publics, Buffer.alloc(0));
  assert.equal(codeOf(sendSealed(script, 1, "bob", sealedFor("bob's"))), "stale-keys");
});

test("a sealed message reaches whoever has the keys it was sealed for", () => {
  const script = withBobsKeys();
  assert.equal(keyIdOf(publicsOf("bob's")).length, keyIdLetters);
  assert.equal(codeOf(sendSealed(script, 1, "bob", sealedFor("bob's", "aGk"))), "sent");
  const letter = script.chat.letterAt(script.account("bob"), 1);
  assert.deepEqual([letter?.format, letter?.body], ["s", sealedFor("bob's", "aGk")]);
  const own = script.chat.letterAt(script.account("alice"), 1);
  assert.deepEqual([own?.format, own?.own], ["s", true]);
});

test("what was sealed for other keys, or for somebody without any, is refused", () => {
  const script = withBobsKeys();
  assert.equal(codeOf(sendSealed(script, 1, "bob", sealedFor("older"))), "stale-keys");
  const longer = `${keyIdOf(publicsOf("bob's"))}A.aGk`;
  assert.equal(codeOf(sendSealed(script, 1, "bob", longer)), "stale-keys");
  assert.equal(codeOf(sendSealed(script, 2, "alice", sealedFor("bob's"))), "stale-keys");
  assert.equal(codeOf(sendSealed(script, 2, "carol", sealedFor("bob's"))), "no-such-user");
  assert.equal(codeOf(sendSealed(script, 1, "bob", "no tag")), "bad-format");
  const long = sealedFor("bob's", "x".repeat(sealedLettersMax));
  assert.equal(codeOf(sendSealed(script, 1, "bob", long)), "too-long");
  assert.equal(script.mail("bob").length, 0);
});

test("a draft is sealed for oneself, and sent sealed for its recipient", () => {
  const script = withBobsKeys();
  const draft = { type: "draftPut", draft: 0, to: "alice", format: "s" } as const;
  assert.equal(codeOf(script.do(2, { ...draft, body: sealedFor("alice's") })), "stale-keys");
  assert.equal(codeOf(script.do(1, { ...draft, body: sealedFor("alice's") })), "stale-keys");
  assert.equal(codeOf(script.do(2, { ...draft, body: sealedFor("bob's") })), "drafted");
  putKeys(script, 1, "alice's");
  const [kept] = script.chat.drafts(script.account("bob"), 0);
  assert.equal(kept?.format, "s");
  const send = { type: "draftSend", draft: 1, version: kept.version, to: "alice" } as const;
  const asKept = script.do(2, { ...send, format: "s", body: kept.body });
  assert.equal(codeOf(asKept), "stale-keys", "sealed for bob alone");
  assert.equal(codeOf(script.do(2, { ...send, format: "s", body: sealedFor("alice's") })), "sent");
  assert.deepEqual(script.mail("alice"), [`bob: ${sealedFor("alice's")}`]);
});

test("plain messages go on as ever to whoever has keys", () => {
  const script = withBobsKeys();
  assert.equal(codeOf(script.send(1, "bob", "hello")), "sent");
  assert.equal(script.chat.letterAt(script.account("bob"), 1)?.format, "p");
});

test("keys, wraps and sealed letters stand in the snapshot, and come back from it", () => {
  const script = withBobsKeys();
  putKeys(script, 2, "bob's", "next");
  sendSealed(script, 1, "bob", sealedFor("bob's"));
  script.send(1, "bob", "plain");
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), chatDigest(script.chat));
  const bob = script.account("bob");
  assert.deepEqual(copy.ownKeysOf(bob), script.chat.ownKeysOf(bob));
  assert.deepEqual(
    [1, 2].map((seq) => copy.letterAt(bob, seq)?.format),
    ["s", "p"],
  );
  const before = chatDigest(script.chat);
  putKeys(script, 2, "bob's", "third");
  assert.notEqual(chatDigest(script.chat), before, "a wrap is part of the state");
});

test("an image from before there were keys reads as ever, and its members have none", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.send(1, "alice", "older");
  const text = Buffer.concat([...encodeSnapshot(script.chat)]).toString("latin1");
  const older = text.replace(/^replichat-chat\|[0-9]+/, "replichat-chat|4");
  const decoded = decodeSnapshot([Buffer.from(older, "latin1")]);
  assert.ok(decoded.ok);
  assert.equal(decoded.chat.ownKeysOf(script.account("alice")).publics.length, 0);
  assert.equal(decoded.chat.letterAt(script.account("alice"), 1)?.body, "older");
  assert.equal(chatDigest(decoded.chat), chatDigest(script.chat));
});
