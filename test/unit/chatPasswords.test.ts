// A change of password on the servers: another verifier, the end of all other sessions, once; and
// after a fork in which both sides changed it, one stands and its owner is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reply } from "../../src/chat/contract.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { ChatScript, codeOf, keyOf } from "../support/chatScript.ts";
import { copyOf, forked, sessionOf } from "../support/forkScript.ts";

function passwd(script: ChatScript, client: number, from: string, to: string): Reply {
  return script.do(client, {
    type: "changePassword",
    oldKey: keyOf(from),
    salt: keyOf("newsalt"),
    cost: 16_384,
    blockSize: 8,
    parallelism: 5,
    storedKey: keyOf(to),
    serverKey: keyOf("server"),
  });
}

function storedKey(script: ChatScript, name: string): string | undefined {
  return script.chat.verifierOf(name)?.storedKey;
}

test("the new password opens the account, the old one does not, and other sessions end", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.login(2, "alice");
  script.login(3, "alice");
  script.takeTold();
  assert.equal(codeOf(passwd(script, 2, "alice", "better")), "passwordChanged");
  assert.deepEqual(script.takeTold(), ["ended 1 password-changed", "ended 3 password-changed"]);
  assert.equal(codeOf(script.send(2, "alice", "still in")), "sent");
  assert.equal(codeOf(script.login(4, "alice")), "login-refused");
  const better = { type: "startSession", name: "alice", storedKey: keyOf("better") } as const;
  assert.equal(codeOf(script.do(4, { ...better, tokenHash: keyOf("t") })), "loggedIn");
});

test("a change that was proven by a password that is no more is refused", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  assert.equal(codeOf(passwd(script, 1, "alice", "second")), "passwordChanged");
  assert.equal(codeOf(passwd(script, 1, "alice", "third")), "wrong-password");
  assert.equal(codeOf(passwd(script, 9, "alice", "third")), "outcome-unknown");
  assert.equal(storedKey(script, "alice"), keyOf("second"));
});

test("a password changed on the lost side alone is the password here", () => {
  const { winner, loser, ...fork } = forked();
  winner.do(3, { ...sessionOf("alice"), request: 7 });
  passwd(loser, 1, "alice", "left");
  winner.takeTold();
  fork.merge();
  fork.merge();
  assert.equal(storedKey(winner, "alice"), keyOf("left"));
  assert.deepEqual(winner.takeTold(), ["ended 3 password-changed"]);
  assert.equal(winner.chat.isPasswordContested(winner.account("alice")), false);
});

test("changed on both sides, the winner's stands and its owner is told until the next change", () => {
  const { winner, loser, ...fork } = forked();
  passwd(loser, 1, "alice", "left");
  passwd(winner, 1, "alice", "right");
  fork.merge();
  assert.equal(storedKey(winner, "alice"), keyOf("right"));
  const copy = copyOf(winner.chat);
  assert.equal(chatDigest(copy), chatDigest(winner.chat));
  assert.equal(copy.isPasswordContested(winner.account("alice")), true);
  passwd(winner, 1, "right", "one for both");
  assert.equal(winner.chat.isPasswordContested(winner.account("alice")), false);
});
