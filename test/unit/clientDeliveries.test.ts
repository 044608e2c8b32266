// What is pushed to a terminal: shown once and in order, acknowledged together, resumed where it
// stopped. The servers are played by the test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { acknowledgeGapMs } from "../../src/base/limits.ts";
import {
  answerChallenge,
  answerLogin,
  connectTo,
  finishDerivation,
  letter,
  loggedInScript,
  Script,
  only,
  sentReply,
} from "../support/sessionScript.ts";

test("pushes that were shown already are dropped, and the others shown in order", () => {
  const script = loggedInScript();
  for (const seq of [1, 2, 2, 1, 3, 3]) script.say(letter(seq));
  const shown = script.events.flatMap((event) =>
    event.kind === "message" ? [event.letter.seq] : [],
  );
  assert.deepEqual(shown, [1, 2, 3]);
});

test("what was shown is acknowledged together, one acknowledgement at a time", () => {
  const script = loggedInScript();
  script.say(letter(1));
  const first = only(script.sent(), "acknowledge");
  assert.equal(first.through, 1);
  for (let seq = 2; seq <= 50; seq += 1) script.say(letter(seq));
  script.pass(100);
  assert.deepEqual(script.sent(), []);
  const op = sentReply(9).op;
  script.say({ type: "acknowledged", request: first.request, op, copies: 3 });
  assert.equal(only(script.sent(), "acknowledge").through, 50);
});

test("acknowledgements keep a distance, however soon they are answered", () => {
  const script = loggedInScript();
  script.say(letter(1));
  const { request } = only(script.sent(), "acknowledge");
  script.say({ type: "acknowledged", request, op: sentReply(1).op, copies: 3 });
  script.say(letter(2));
  script.pass(acknowledgeGapMs - 1);
  assert.deepEqual(script.sent(), []);
  script.pass(1);
  assert.equal(only(script.sent(), "acknowledge").through, 2);
});

test("one's own messages from before the login are no news, later ones are", () => {
  const script = new Script();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "login", ticket: 1, name: "alice", password: "correct horse" });
  answerChallenge(script);
  finishDerivation(script);
  answerLogin(script, { unread: 2, delivered: 7 });
  for (const seq of [8, 9, 10]) script.say(letter(seq, { own: true, from: "alice", to: "bob" }));
  const shown = script.events.flatMap((event) =>
    event.kind === "message" ? [event.letter.seq] : [],
  );
  assert.deepEqual(shown, [10]);
});

test("the resumption tells how far this terminal has shown", () => {
  const script = loggedInScript();
  script.say(letter(1));
  script.say(letter(2));
  script.put({ kind: "closed" });
  script.sent();
  connectTo(script, 1);
  assert.equal(only(script.sent(), "resume").shown, 2);
});

test("one's own message from this terminal is not echoed, a note to oneself is shown", () => {
  const script = loggedInScript();
  const client = script.state.client;
  script.say(letter(1, { own: true, client, from: "alice", to: "bob" }));
  script.say(letter(2, { own: true, from: "alice", to: "bob" }));
  script.say(letter(3, { own: true, client, from: "alice", to: "Alice" }));
  const shown = script.events.flatMap((event) =>
    event.kind === "message" ? [event.letter.seq] : [],
  );
  assert.deepEqual(shown, [2, 3]);
});

test("logging in shows what no terminal has acknowledged, and nothing before it", () => {
  const script = new Script();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "login", ticket: 1, name: "alice", password: "correct horse" });
  answerChallenge(script);
  finishDerivation(script);
  answerLogin(script, { unread: 2, delivered: 7 });
  for (const seq of [7, 8, 9]) script.say(letter(seq));
  assert.equal(script.events.filter(({ kind }) => kind === "message").length, 2);
});
