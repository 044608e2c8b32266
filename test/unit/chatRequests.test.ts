// Exactly once: which requests were decided, what a duplicate is answered, and when a client's
// record may go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clientRecordKeptMs, repliesKeptMax, servedStepMs } from "../../src/base/limits.ts";
import { chatDigest, encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import {
  ChatScript,
  clientNumber,
  codeOf,
  keyOf,
  registration,
  replyOf,
} from "../support/chatScript.ts";

const hello = { type: "send", to: "alice", format: "p", body: "hello" } as const;

test("a repeated request takes effect once and gets the same reply", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const first = script.do(1, { ...hello, request: 2 });
  const again = script.do(1, { ...hello, request: 2 });
  assert.deepEqual(again, first);
  assert.equal(script.mail("alice").length, 1);
});

test("a repeated request is what its number says, whatever it holds", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const first = script.do(1, { ...hello, request: 2 });
  assert.deepEqual(script.do(1, { type: "logout", request: 2 }), first);
  assert.equal(script.chat.sessionOf(clientNumber(1))?.name, "alice");
});

test("a refusal is a decision: repeated, it stays refused", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const refused = script.do(1, { ...hello, to: "bob", request: 2 });
  assert.equal(codeOf(refused), "no-such-user");
  script.register(2, "bob");
  assert.deepEqual(script.do(1, { ...hello, to: "bob", request: 2 }), refused);
  assert.deepEqual(script.mail("bob"), []);
});

test("a stranger who is refused leaves no trace, whatever he asked and however often", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const twin = new ChatScript();
  twin.register(1, "alice");
  const refusedOnes = [
    { ...registration("alice"), request: 1 },
    { ...registration("b|d"), request: 7 },
    { ...registration("ALICE"), request: 1_000, received: 999 },
    {
      type: "startSession",
      name: "alice",
      storedKey: keyOf("x"),
      tokenHash: keyOf("t"),
      request: 2,
    },
  ] as const;
  for (const [at, bare] of refusedOnes.entries()) {
    assert.equal(script.do(2 + at, bare).type, "refused");
    twin.do(0, { type: "expireClients", clients: [] });
    assert.equal(script.chat.fateOf(clientNumber(2 + at), bare.request).kind, "new");
  }
  assert.equal(chatDigest(script.chat), chatDigest(twin.chat));
});

test("a stranger's registration that was refused is judged anew when it is repeated", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const again = { ...registration("alice"), request: 1 };
  assert.equal(codeOf(script.do(2, again)), "name-taken");
  assert.equal(codeOf(script.do(2, again)), "name-taken");
  script.do(1, { type: "delete", name: "alice" });
  const registered = script.do(2, again);
  assert.equal(codeOf(registered), "registered");
  assert.deepEqual(script.do(2, again), registered);
});

test("what a stranger was refused is not done when it comes late, behind what he did next", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const late = { ...registration("alice"), request: 1 };
  assert.equal(codeOf(script.do(2, late)), "name-taken");
  assert.equal(codeOf(script.do(2, { ...registration("bob"), request: 2 })), "registered");
  script.do(1, { type: "delete", name: "alice" });
  assert.equal(codeOf(script.do(2, late)), "already-logged-in");
  assert.equal(script.chat.accountOf("alice"), null);
});

test("a request behind a later one is carried out: no high-water mark", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.do(1, { ...hello, body: "three", request: 3 });
  assert.equal(codeOf(script.do(1, { ...hello, body: "two", request: 2 })), "sent");
  assert.deepEqual(script.mail("alice"), ["alice: three", "alice: two"]);
});

test("a reply is kept until the client is known to have it, then the outcome is unknown", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.do(1, { ...hello, request: 2 });
  const client = clientNumber(1);
  assert.equal(script.chat.fateOf(client, 2).kind, "kept");
  script.do(1, { ...hello, request: 3, received: 2 });
  assert.equal(script.chat.fateOf(client, 1).kind, "unknown");
  assert.equal(script.chat.fateOf(client, 2).kind, "unknown");
  assert.equal(script.chat.fateOf(client, 3).kind, "kept");
  assert.equal(script.chat.fateOf(client, 4).kind, "new");
  assert.equal(codeOf(script.do(1, { ...hello, request: 2 })), "outcome-unknown");
  assert.equal(script.mail("alice").length, 2);
});

test("a client that never confirms replies makes nobody keep more than the limit", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  for (let count = 0; count < repliesKeptMax; count += 1) script.send(1, "alice");
  assert.equal(script.chat.fateOf(clientNumber(1), 1).kind, "unknown");
  assert.equal(script.chat.fateOf(clientNumber(1), 2).kind, "kept");
});

test("a client without a record hears that the outcome is unknown, and nothing is kept", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  assert.equal(codeOf(script.do(2, { ...hello, request: 1 })), "outcome-unknown");
  assert.equal(script.chat.fateOf(clientNumber(2), 1).kind, "new");
  assert.deepEqual(script.mail("alice"), []);
});

test("a record that begins with request 5 counts 1 to 4 as decided", () => {
  const script = new ChatScript();
  script.do(1, { ...registration("alice"), request: 5 });
  assert.equal(script.chat.fateOf(clientNumber(1), 4).kind, "unknown");
  assert.equal(codeOf(script.do(1, { ...hello, request: 4 })), "outcome-unknown");
  assert.equal(codeOf(script.do(1, { ...hello, request: 6 })), "sent");
});

test("request 0 is refused and changes nothing", () => {
  const script = new ChatScript();
  assert.equal(codeOf(script.do(1, { ...registration("alice"), request: 0 })), "bad-request");
  assert.equal(script.chat.accountOf("alice"), null);
});

test("a duplicate changes no state but op and time", () => {
  const script = new ChatScript();
  const twin = new ChatScript();
  for (const each of [script, twin]) {
    each.register(1, "alice");
    each.do(1, { ...hello, request: 2 });
  }
  script.do(1, { ...hello, request: 2 });
  twin.do(0, { type: "expireClients", clients: [] });
  assert.equal(chatDigest(script.chat), chatDigest(twin.chat));
});

test("a client record goes only when its served time after the session is over", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.do(1, { type: "logout" });
  const expire = { type: "expireClients", clients: [clientNumber(1), clientNumber(2)] } as const;
  const steps = clientRecordKeptMs / servedStepMs;
  for (let step = 1; step < steps; step += 1) {
    script.pass(servedStepMs);
    script.send(2, "bob");
  }
  assert.deepEqual(script.chat.clientsPastKeeping(10), []);
  script.do(0, expire);
  assert.equal(script.chat.fateOf(clientNumber(1), 1).kind, "kept");
  script.pass(servedStepMs);
  script.send(2, "bob");
  assert.deepEqual(script.chat.clientsPastKeeping(10), [clientNumber(1)]);
  script.do(0, expire);
  assert.equal(script.chat.fateOf(clientNumber(1), 1).kind, "new");
  assert.equal(script.chat.sessionOf(clientNumber(2))?.name, "bob");
  assert.equal(codeOf(script.do(1, { ...hello, request: 1 })), "outcome-unknown");
});

test("who has been idle longest goes first, also after the state was read from a snapshot", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.register(3, "carol");
  script.do(2, { type: "logout" });
  for (let step = 0; step < clientRecordKeptMs / servedStepMs; step += 1) {
    if (step === 1) script.do(1, { type: "logout" });
    script.pass(servedStepMs);
    script.send(3, "carol");
  }
  const decoded = decodeSnapshot(encodeSnapshot(script.chat));
  assert.ok(decoded.ok);
  for (const chat of [script.chat, decoded.chat]) {
    assert.deepEqual(chat.clientsPastKeeping(10), [clientNumber(2)]);
  }
});

test("an outage of a year serves one step of time, and expires nobody", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.do(1, { type: "logout" });
  script.pass(365 * 86_400_000);
  script.do(0, { type: "expireClients", clients: [clientNumber(1)] });
  assert.equal(script.chat.fateOf(clientNumber(1), 1).kind, "kept");
});

test("logging in again keeps the record from going", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.do(1, { type: "logout" });
  script.login(1, "alice");
  for (let step = 0; step <= clientRecordKeptMs / servedStepMs; step += 1) {
    script.pass(servedStepMs);
    script.acknowledge(1, 0);
  }
  script.do(0, { type: "expireClients", clients: [clientNumber(1)] });
  assert.equal(script.chat.sessionOf(clientNumber(1))?.name, "alice");
  assert.equal(replyOf(script.do(1, { type: "logout" }), "loggedOut").name, "alice");
});
