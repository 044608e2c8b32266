// How the client's core finds a server and keeps its promises while servers die under it.
// The servers are played by the test; nothing connects, waits or hashes for long.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot } from "../../src/base/ids.ts";
import { clientPingMs, clientSilenceMs } from "../../src/base/limits.ts";
import {
  answerChallenge,
  connectTo,
  finishDerivation,
  loggedInScript,
  Script,
  only,
  sentReply,
  textTo,
  welcome,
} from "../support/sessionScript.ts";

const refused = { kind: "connectFailed", failure: "refused" } as const;

test("the first attempt goes to server 0, and those after it to the next ones in a circle", () => {
  const script = new Script();
  script.put({ kind: "start" });
  for (let attempt = 0; attempt < 6; attempt += 1) {
    script.put(refused);
    script.pass(400);
  }
  assert.deepEqual(script.connects, [0, 1, 2, 0, 1, 2, 0]);
});

test("when the server dies, the lowest other one is tried at once, then those behind it", () => {
  const script = loggedInScript();
  script.put({ kind: "closed" });
  assert.deepEqual(script.connects, [0, 1]);
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  script.put({ kind: "closed" });
  script.put(refused);
  script.pass(20);
  assert.deepEqual(script.connects, [0, 1, 0, 2]);
});

test("while all servers are down the waits grow from milliseconds to a quarter second", () => {
  const script = new Script();
  script.put({ kind: "start" });
  const attemptsIn = (durationMs: number): number => {
    const before = script.connects.length;
    const endMs = script.nowMs + durationMs;
    while (script.nowMs < endMs) {
      if (script.state.phase === "connecting") script.put(refused);
      script.pass(1);
    }
    return script.connects.length - before;
  };
  const first = attemptsIn(100);
  assert.ok(first >= 5 && first <= 12, `${first} attempts in the first 100 ms`);
  attemptsIn(10_000);
  const later = attemptsIn(1_000);
  assert.ok(later >= 3 && later <= 6, `${later} attempts a second after 10 s`);
  assert.equal(script.events.length, 0);
});

test("a server that knows the primary is followed at once", () => {
  const script = new Script();
  script.put({ kind: "start" });
  script.put({ kind: "connected" });
  script.say({ type: "notPrimary", primary: 3, ballot: asBallot(130) });
  assert.deepEqual(script.connects, [0, 2]);
  script.sent();
  script.put({ kind: "connected" });
  assert.equal(only(script.sent(), "hello").ballot, 130);
});

test("servers that point at each other, or at a dead one, make no busy loop", () => {
  const script = new Script();
  script.put({ kind: "start" });
  const startMs = script.nowMs;
  for (let attempt = 0; attempt < 60; attempt += 1) {
    while (script.state.phase === "waiting") script.pass(1);
    script.put({ kind: "connected" });
    const other = script.connects.at(-1) === 0 ? 2 : 1;
    script.say({ type: "notPrimary", primary: other, ballot: asBallot(64) });
  }
  assert.ok(script.nowMs - startMs > 150, `60 attempts within ${script.nowMs - startMs} ms`);
  assert.equal(new Set(script.connects).size, 3, "the third server is tried all the same");
});

test("two servers that send us from one to the other keep nobody from trying the third", () => {
  const script = new Script();
  script.put({ kind: "start" });
  for (let visit = 0; visit < 8 && script.connects.at(-1) !== 2; visit += 1) {
    script.put({ kind: "connected" });
    const primary = script.connects.at(-1) === 1 ? 1 : 0;
    script.say({ type: "notPrimary", primary, ballot: asBallot(64) });
    script.pass(400);
  }
  assert.equal(script.connects.at(-1), 2);
});

test("one that takes us in and cannot serve is not gone back to because another names it", () => {
  const script = new Script();
  script.put({ kind: "start" });
  for (const primary of [0, 1]) {
    connectTo(script, script.connects.at(-1) ?? 0);
    script.say({ type: "notPrimary", primary, ballot: asBallot(64) });
    script.pass(100);
  }
  assert.deepEqual(script.connects, [0, 1, 2]);
});

test("a hint at the server that has just died is not followed", () => {
  const script = loggedInScript();
  script.put({ kind: "closed" });
  script.put({ kind: "connected" });
  script.say({ type: "notPrimary", primary: 1, ballot: asBallot(64) });
  script.pass(30);
  assert.deepEqual(script.connects, [0, 1, 2]);
});

test("requests without an answer are sent again, right behind the resumption, as they were", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob", "one") });
  script.put({ kind: "request", ticket: 2, draft: textTo("bob", "two") });
  const before = script.sent();
  script.put({ kind: "closed" });
  script.put({ kind: "request", ticket: 3, draft: textTo("bob", "three") });
  connectTo(script, 1);
  const after = script.sent();
  assert.deepEqual(
    after.map(({ type }) => type),
    ["resume", "send", "send"],
  );
  assert.deepEqual(after.slice(1), before);
  const { query } = only(after, "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  assert.equal(only(script.sent(), "send").body, "three");
  for (const request of [2, 3, 4]) script.say(sentReply(request));
  for (const ticket of [1, 2, 3]) assert.equal(script.outcomes(ticket)[0]?.ok, true);
});

test("a reply that comes twice settles its request once", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  script.say(sentReply(2));
  script.say(sentReply(2));
  assert.equal(script.outcomes(1).length, 1);
});

test("request numbers have no gaps, and `received` says how far all replies are held", () => {
  const script = loggedInScript();
  for (const ticket of [1, 2, 3]) script.put({ kind: "request", ticket, draft: textTo("bob") });
  script.say(sentReply(2));
  script.say(sentReply(4));
  script.put({ kind: "request", ticket: 4, draft: textTo("bob") });
  script.say(sentReply(3));
  script.put({ kind: "request", ticket: 5, draft: textTo("bob") });
  const numbers = script.sent().map((message) => {
    assert.equal(message.type, "send");
    return message.type === "send" ? [message.request, message.received] : [];
  });
  assert.deepEqual(numbers, [
    [2, 1],
    [3, 1],
    [4, 1],
    [5, 2],
    [6, 4],
  ]);
});

test("at most 64 requests are outstanding; the others follow as replies come", () => {
  const script = loggedInScript();
  for (let ticket = 1; ticket <= 70; ticket += 1) {
    script.put({ kind: "request", ticket, draft: textTo("bob") });
  }
  assert.equal(script.sent().length, 64);
  script.say(sentReply(2));
  assert.equal(script.sent().length, 1);
});

test("a silent server is pinged, then left for the next one", () => {
  const script = loggedInScript();
  script.pass(clientPingMs);
  assert.equal(script.sentPings(), 1);
  script.pass(clientSilenceMs - clientPingMs - 1);
  assert.equal(script.looks, 0);
  script.pass(1);
  assert.equal(script.looks, 1);
  script.put({ kind: "judge" });
  assert.deepEqual(script.connects, [0, 1]);
  assert.equal(script.drops, 1);
});

test("a server that answers the ping stays", () => {
  const script = loggedInScript();
  for (let round = 0; round < 10; round += 1) {
    script.pass(clientPingMs);
    script.say({ type: "pong", query: 1 });
  }
  assert.deepEqual(script.connects, [0]);
});

test("after a stop of the client itself nothing is judged before what had come was read", () => {
  const script = loggedInScript();
  script.pass(clientPingMs);
  script.sleep(30_000);
  assert.equal(script.looks, 1);
  script.say({ type: "pong", query: 1 });
  script.put({ kind: "judge" });
  assert.deepEqual(script.connects, [0]);
  script.sleep(30_000);
  assert.equal(script.looks, 1, "an unasked server owes no answer");
  assert.deepEqual(script.connects, [0]);
});

test("a server that accepts and says nothing is left for the next one", () => {
  const script = new Script();
  script.put({ kind: "start" });
  script.put({ kind: "connected" });
  script.pass(1_000);
  script.put({ kind: "judge" });
  script.pass(20);
  assert.deepEqual(script.connects, [0, 1]);
});

test("a question is asked again under its number, and parts of the lost answer are dropped", () => {
  const script = new Script();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "query", ticket: 1, draft: { type: "cluster" } });
  const { query } = only(script.sent(), "cluster");
  const server = { type: "clusterServer", query, server: welcome(0).server } as const;
  script.say({ ...server, host: "a", state: "primary", lagOps: 0 });
  script.put({ kind: "closed" });
  connectTo(script, 1);
  assert.equal(only(script.sent(), "cluster").query, query);
  script.say({ ...server, host: "b", state: "primary", lagOps: 0 });
  const op = sentReply(1).op;
  const ballot = asBallot(128);
  script.say({ type: "clusterEnd", query, ballot, verified: true, op, copies: 1, outlook: "" });
  const outcome = script.outcomes(1)[0];
  assert.ok(outcome?.ok);
  assert.equal(outcome.replies.length, 2);
});

test("a login that is interrupted by a failover is proven anew under the same number", () => {
  const script = new Script();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "login", ticket: 1, name: "alice", password: "correct horse" });
  answerChallenge(script);
  finishDerivation(script);
  const first = only(script.sent(), "login");
  script.put({ kind: "closed" });
  connectTo(script, 1);
  answerChallenge(script);
  assert.equal(script.derivations.length, 0, "no second scrypt");
  const second = only(script.state.effects.length === 0 ? script.sent() : [], "login");
  assert.equal(second.request, first.request);
  assert.equal(second.tokenHash, first.tokenHash);
  assert.notEqual(second.proof, first.proof);
});

test("a server of another protocol version ends the client with its words", () => {
  const script = new Script();
  script.put({ kind: "start" });
  script.put({ kind: "query", ticket: 1, draft: { type: "cluster" } });
  script.put({ kind: "connected" });
  script.say({ type: "error", code: "unknown-version", message: "Version 2 is spoken here." });
  assert.equal(script.events.at(-1)?.kind, "stopped");
  assert.equal(script.outcomes(1)[0]?.ok, false);
});

test("a request that servers keep objecting to is given up, not repeated for ever", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  for (let round = 0; round < 5; round += 1) {
    script.say({ type: "error", code: "bad-field", message: "Field body is bad." });
    script.pass(300);
    connectTo(script, 0);
    const { query } = only(script.sent(), "resume");
    script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  }
  assert.equal(script.outcomes(1).length, 1);
  assert.equal(script.outcomes(1)[0]?.ok, false);
});

test("servers that are full, or know a newer connection, make no request be given up", () => {
  for (const code of ["too-many-connections", "replaced"]) {
    const script = loggedInScript();
    script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
    for (let fault = 0; fault < 10; fault += 1) {
      script.say({ type: "error", code, message: "Elsewhere." });
      script.pass(2_000);
      script.put({ kind: "connected" });
    }
    assert.deepEqual(script.outcomes(1), [], code);
  }
});
