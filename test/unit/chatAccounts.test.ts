// Accounts and sessions as the state machine decides them: names, logins, log-outs, deletions.
// What a refusal is called and what it says is part of the promise.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionsPerAccountMax } from "../../src/base/doubtLimits.ts";
import { nameLettersMax, servedStepMs } from "../../src/base/limits.ts";
import { ChatScript, clientNumber, codeOf, keyOf, replyOf } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";

test("registers an account and logs its client in", () => {
  const script = new ChatScript();
  const reply = replyOf(script.register(1, "Alice"), "registered");
  assert.equal(reply.name, "Alice");
  assert.equal(reply.op, 1);
  assert.deepEqual(script.chat.sessionOf(clientNumber(1)), {
    account: script.account("alice"),
    name: "Alice",
    tokenHash: keyOf("token"),
  });
});

test("refuses a name that is taken, regardless of case", () => {
  const script = new ChatScript();
  script.register(1, "Alice");
  const reply = script.register(2, "aLICE");
  assert.equal(codeOf(reply), "name-taken");
  assert.match(replyOf(reply, "refused").message, /^The name aLICE is taken\./);
  assert.equal(script.chat.sessionOf(clientNumber(2)), null);
});

test("refuses names other than 1 to 50 letters and digits", () => {
  const script = new ChatScript();
  let client = 0;
  for (const name of ["", "a b", "ünal", "a|b", "x".repeat(51), "\u212aate", "a\n"]) {
    client += 1;
    assert.equal(codeOf(script.register(client, name)), "bad-name", JSON.stringify(name));
  }
  assert.equal(codeOf(script.register(20, "x".repeat(50))), "registered");
  assert.equal(codeOf(script.register(21, "7")), "registered");
});

test("the longest names are told apart as any others are", () => {
  const script = new ChatScript();
  const name = "x".repeat(nameLettersMax);
  script.register(1, name);
  const other = `${name.slice(1)}y`;
  assert.equal(codeOf(script.register(2, other.toUpperCase())), "registered");
  assert.equal(codeOf(script.register(3, other)), "name-taken");
  assert.equal(script.chat.nameOf(script.account(other)), other.toUpperCase());
});

test("refuses to register while logged in", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  assert.equal(codeOf(script.register(1, "alice2")), "already-logged-in");
  assert.equal(script.chat.accountOf("alice2"), null);
});

test("logs in twice under one name without an error, the newer token counting", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  assert.equal(codeOf(script.login(1, "ALICE")), "loggedIn");
  assert.equal(script.chat.sessionOf(clientNumber(1))?.tokenHash, keyOf("again"));
  assert.equal([...script.chat.sessions()].length, 1);
});

test("refuses a login under another name while logged in", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  const reply = replyOf(script.login(2, "alice"), "refused");
  assert.equal(reply.code, "already-logged-in");
  assert.match(reply.message, /logged in under another name/);
  assert.equal(script.chat.sessionOf(clientNumber(2))?.name, "bob");
});

test("refuses a login whose verifier is no longer the account's, with one answer for all", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const login = { type: "startSession", storedKey: keyOf("old"), tokenHash: keyOf("t") } as const;
  const changed = replyOf(script.do(2, { ...login, name: "alice" }), "refused");
  const unknown = replyOf(script.do(3, { ...login, name: "nobody" }), "refused");
  assert.equal(changed.code, "login-refused");
  assert.equal(changed.message, unknown.message);
});

test("tells at login how many messages are new, and from where they follow", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.send(1, "bob", "one");
  script.send(2, "alice", "own");
  script.send(1, "bob", "two");
  script.send(1, "bob", "three");
  script.acknowledge(2, 1);
  const { unread, unopened, delivered, last } = replyOf(script.login(3, "bob"), "loggedIn");
  assert.deepEqual(
    { unread, unopened, delivered, last },
    { unread: 2, unopened: 3, delivered: 1, last: 4 },
  );
});

test("log-out ends the session of that client alone", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.login(2, "alice");
  script.takeTold();
  assert.equal(replyOf(script.do(1, { type: "logout" }), "loggedOut").name, "alice");
  assert.equal(script.chat.sessionOf(clientNumber(1)), null);
  assert.equal(script.chat.sessionOf(clientNumber(2))?.name, "alice");
  assert.deepEqual(script.takeTold(), ["ended 1 logged-out"]);
});

test("refuses what needs a login to who is logged out", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.do(1, { type: "logout" });
  assert.equal(codeOf(script.do(1, { type: "logout" })), "not-logged-in");
  assert.equal(codeOf(script.send(1, "alice")), "not-logged-in");
  assert.equal(codeOf(script.acknowledge(1, 0)), "not-logged-in");
  assert.equal(codeOf(script.mark(1, "read")), "not-logged-in");
  assert.equal(codeOf(script.do(1, { type: "delete", name: "alice" })), "not-logged-in");
});

test("deletes only the own account, its name typed regardless of case", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  assert.equal(codeOf(script.do(1, { type: "delete", name: "bob" })), "does-not-match");
  assert.equal(codeOf(script.do(1, { type: "delete", name: "" })), "does-not-match");
  assert.notEqual(script.chat.accountOf("bob"), null);
  assert.equal(codeOf(script.do(1, { type: "delete", name: "ALICE" })), "deleted");
  assert.equal(script.chat.accountOf("alice"), null);
  assert.equal(script.chat.verifierOf("alice"), null);
});

test("an account has so many sessions and no more, until one of them ends", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  for (let client = 2; client <= sessionsPerAccountMax; client += 1) script.login(client, "alice");
  const refusal = replyOf(script.login(20_001, "alice"), "refused");
  assert.equal(refusal.code, "too-many-sessions");
  assert.match(refusal.message, /logged in 10000 times.*Log out somewhere/);
  assert.equal(codeOf(script.login(2, "alice")), "loggedIn", "it has one already");
  script.do(3, { type: "logout" });
  assert.equal(codeOf(script.login(20_001, "alice")), "loggedIn");
});

test("deleting an account ends all its sessions, and nobody else's", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.login(3, "alice");
  script.takeTold();
  script.do(3, { type: "delete", name: "alice" });
  assert.deepEqual(script.takeTold(), ["ended 1 account-deleted", "ended 3 account-deleted"]);
  assert.equal(script.chat.sessionOf(clientNumber(1)), null);
  assert.equal(script.chat.sessionOf(clientNumber(2))?.name, "bob");
});

test("what a deleted account sent stays with the recipient, from alice (deleted)", () => {
  const script = new ChatScript();
  script.register(1, "Alice");
  script.register(2, "bob");
  script.send(1, "bob", "remember");
  script.do(1, { type: "delete", name: "alice" });
  assert.deepEqual(script.mail("bob"), ["Alice (deleted): remember"]);
  assert.equal(codeOf(script.send(2, "alice")), "no-such-user");
});

test("whoever registers a deleted name anew inherits nothing", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.send(2, "alice", "secret");
  const before = script.account("alice");
  script.do(1, { type: "delete", name: "alice" });
  script.register(3, "alice");
  assert.notEqual(script.account("alice"), before);
  assert.deepEqual(script.mail("alice"), []);
  assert.equal(codeOf(script.send(1, "bob")), "not-logged-in");
  // Bob's own copy still names the one that he wrote to.
  const { letter } = script.chat.list(script.account("bob"), {
    after: 0,
    count: 1,
    unopened: false,
  }).letters[0] as { letter: { to: string } };
  assert.equal(letter.to, "alice (deleted)");
});

test("servers end idle sessions; a client cannot", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  const end = { type: "endSessions", clients: [clientNumber(1), clientNumber(77)] } as const;
  assert.equal(codeOf(script.do(2, end)), "not-allowed");
  assert.equal(script.chat.sessionOf(clientNumber(1))?.name, "alice");
  script.takeTold();
  script.do(0, end);
  assert.equal(script.chat.sessionOf(clientNumber(1)), null);
  assert.deepEqual(script.takeTold(), ["ended 1 expired"]);
});

test("an account was last seen at its last logged op", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  const first = script.chat.lastSeenMs(script.account("alice"));
  script.pass(servedStepMs);
  script.send(2, "alice");
  assert.equal(script.chat.lastSeenMs(script.account("alice")), first);
  script.acknowledge(1, 1);
  assert.equal(script.chat.lastSeenMs(script.account("alice")), first + servedStepMs + 3);
});

test("who registers, writes and deletes in a loop takes nobody's place among the accounts", () => {
  const script = new ChatScript();
  script.register(1, "bob");
  const ids = [script.account("bob")];
  for (let client = 2; client < 7; client += 1) {
    script.register(client, "eve");
    ids.push(script.account("eve"));
    script.send(client, "bob", "bye");
    script.do(client, { type: "delete", name: "eve" });
  }
  for (const { accounts } of [script.chat, copyOf(script.chat)]) {
    assert.deepEqual([accounts.count, accounts.lastId], [1, ids.length]);
  }
  assert.equal(new Set(ids).size, ids.length, "ids are not used twice");
  assert.deepEqual(
    script.mail("bob"),
    Array.from({ length: 5 }, () => "eve (deleted): bye"),
  );
});
