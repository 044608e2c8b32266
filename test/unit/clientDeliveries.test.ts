// What is pushed to a terminal: shown once and in order, acknowledged together, resumed where it
// stopped. The servers are played by the test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { acknowledgeGapMs, acknowledgeRetryMs, faultsInARowMax } from "../../src/base/limits.ts";
import { isAllAcknowledged } from "../../src/client/deliveries.ts";
import type { Message } from "../../src/wire/messages.ts";
import {
  answerChallenge,
  answerLogin,
  answerResumption,
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

test("whoever comes to own several groups at once is told of each, once", () => {
  const script = loggedInScript();
  const told = { request: 7, format: "e", body: "owner" } as const;
  for (const [at, group] of ["#a", "#b", "#a"].entries()) {
    script.say({ ...letter(at + 1), ...told, group });
  }
  const kinds = script.events.flatMap(({ kind }) => {
    return kind === "message" || kind === "repeated" ? [kind] : [];
  });
  assert.deepEqual(kinds, ["message", "message", "repeated"]);
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

test("an acknowledgement that is refused counts for nothing, and is made again later", () => {
  const script = loggedInScript();
  script.say(letter(1));
  const first = only(script.sent(), "acknowledge");
  script.say(acknowledged(first.request));
  script.say(letter(2));
  script.pass(acknowledgeGapMs);
  const refused = only(script.sent(), "acknowledge");
  const why = { code: "not-logged-in", message: "You are not logged in." };
  script.say({ type: "refused", request: refused.request, ...why });
  // A failover had repeated the first one: it is answered twice, and the refusal for good.
  script.say(acknowledged(first.request));
  script.say(acknowledged(refused.request));
  assert.equal(isAllAcknowledged(script.state), false);
  assert.equal(acknowledgedEvents(script), 1);
  script.pass(acknowledgeRetryMs - 1);
  assert.deepEqual(script.sent(), []);
  script.pass(1);
  const again = only(script.sent(), "acknowledge");
  assert.equal(again.through, 2);
  script.say(acknowledged(again.request));
  assert.equal(isAllAcknowledged(script.state), true);
  assert.equal(acknowledgedEvents(script), 2);
});

test("an acknowledgement that was given up among what servers object to is made again", () => {
  const script = loggedInScript();
  script.say(letter(1));
  script.sent();
  const asked: number[] = [];
  for (let fault = 1; fault <= faultsInARowMax; fault += 1) {
    script.say({ type: "error", code: "bad-field", message: "Field body is bad." });
    script.pass(300);
    connectTo(script, 0);
    const sent = script.sent();
    const { query, shown } = only(sent, "resume");
    script.say({ type: "resumed", query, name: "alice", unopened: 0, from: shown });
    asked.push(only(script.sent(), "acknowledge").request);
  }
  const last = asked.at(-1) as number;
  assert.notEqual(last, asked.at(-2), "the one given up is not repeated");
  assert.equal(isAllAcknowledged(script.state), false);
  script.say(acknowledged(last));
  assert.equal(isAllAcknowledged(script.state), true);
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

test("what is pushed before it is known where this terminal goes on is left for then", () => {
  const script = loggedInScript();
  script.say(letter(1));
  script.put({ kind: "closed" });
  script.sent();
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "queryRefused", query, code: "not-logged-in", message: "Log in first." });
  answerChallenge(script);
  answerLogin(script, { delivered: 3 });
  script.say(letter(4));
  answerResumption(script);
  for (const seq of [2, 3, 4]) script.say(letter(seq));
  const shown = script.events.flatMap((event) =>
    event.kind === "message" ? [event.letter.seq] : [],
  );
  assert.deepEqual(shown, [1, 2, 3, 4]);
});

test("what was shown is acknowledged before the log-out, so that it is new no more", () => {
  const script = loggedInScript();
  script.say(letter(1));
  assert.equal(only(script.sent(), "acknowledge").through, 1);
  script.say(letter(2));
  assert.deepEqual(script.sent(), [], "one is under way");
  script.put({ kind: "request", ticket: 2, draft: { type: "logout" } });
  const [acknowledge, logout, ...rest] = script.sent();
  assert.ok(acknowledge?.type === "acknowledge" && acknowledge.through === 2);
  assert.equal(logout?.type, "logout");
  assert.deepEqual(rest, []);
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

function acknowledged(request: number): Message {
  return { type: "acknowledged", request, op: sentReply(1).op, copies: 3 };
}

function acknowledgedEvents({ events }: Script): number {
  return events.filter(({ kind }) => kind === "acknowledged").length;
}

for (const name of ["alice", "bob"]) {
  const what = name === "alice" ? "is not shown to the same user again" : "is news to another";
  test(`what was shown just before a login ${what}`, () => {
    const script = loggedInScript();
    script.say(letter(1));
    script.put({ kind: "login", ticket: 9, name, password: "correct horse" });
    answerChallenge(script);
    finishDerivation(script);
    answerLogin(script, { unread: 1, name });
    script.say(letter(1));
    const shown = script.events.filter(({ kind }) => kind === "message");
    assert.equal(shown.length, name === "alice" ? 1 : 2);
  });
}
