// Logins, registrations and sessions in the client's core: what is proven, what is kept, and how an
// expired session is renewed unseen. The servers are played by the test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asOp } from "../../src/base/ids.ts";
import {
  hashOf,
  loginAuthMessage,
  resumeAuthMessage,
  verifierFrom,
  verifyProof,
} from "../../src/wire/proof.ts";
import {
  answerChallenge,
  answerLogin,
  answerResumption,
  clientId,
  connectTo,
  finishDerivation,
  loggedInScript,
  loginKeyOf,
  Script,
  only,
  parameters,
  sentReply,
  serverNonce,
  textTo,
} from "../support/sessionScript.ts";

function reconnectExpired(script: Script): void {
  script.put({ kind: "closed" });
  script.sent();
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "queryRefused", query, code: "session-expired", message: "Expired." });
}

test("a login proves the password to whoever holds the verifier, and shows it to nobody", () => {
  const script = new Script();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "login", ticket: 1, name: "Alice", password: "correct horse" });
  const { query, clientNonce } = only(script.sent(), "challenge");
  script.say({ type: "challenged", query, ...parameters });
  finishDerivation(script);
  const login = only(script.sent(), "login");
  const key = loginKeyOf("correct horse");
  const parts = { client: clientId, name: "alice", clientNonce, serverNonce };
  const auth = loginAuthMessage(parts);
  assert.ok(verifyProof(verifierFrom(key).storedKey, auth, login.proof));
  const wrong = verifierFrom(loginKeyOf("wrong horse")).storedKey;
  assert.ok(!verifyProof(wrong, auth, login.proof));
  assert.ok(!JSON.stringify(script.state.job).includes("correct horse"), "the password is gone");
});

test("a server that cannot prove itself is not believed", () => {
  const script = new Script();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "login", ticket: 1, name: "alice", password: "correct horse" });
  answerChallenge(script);
  finishDerivation(script);
  answerLogin(script, { password: "something else" });
  const outcome = script.outcomes(1)[0];
  assert.ok(outcome !== undefined && !outcome.ok);
  assert.equal(outcome.code, "server-not-authentic");
  assert.equal(script.state.session, null);
});

test("weak and ruinous scrypt parameters are refused before any work is done", () => {
  const bad = [
    { ...parameters, cost: 1_024 },
    { ...parameters, parallelism: 1 },
    { ...parameters, cost: 16_385 },
    { ...parameters, cost: 1_048_576 },
    { ...parameters, parallelism: 1_000_000 },
    { ...parameters, salt: "00" },
  ];
  for (const offered of bad) {
    const script = new Script();
    script.put({ kind: "start" });
    connectTo(script, 0);
    script.put({ kind: "login", ticket: 1, name: "alice", password: "correct horse" });
    const { query } = only(script.sent(), "challenge");
    script.say({ type: "challenged", query, ...offered });
    assert.equal(script.derivations.length, 0, JSON.stringify(offered));
    assert.equal(script.outcomes(1)[0]?.ok, false);
  }
});

test("registering sends a verifier and a token's hash, and then one is logged in", () => {
  const script = new Script();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "register", ticket: 1, name: "alice", password: "correct horse" });
  finishDerivation(script);
  const message = only(script.sent(), "register");
  const { storedKey, serverKey } = verifierFrom(loginKeyOf("correct horse"));
  assert.equal(message.storedKey, storedKey);
  assert.equal(message.serverKey, serverKey);
  const { request } = message;
  script.say({ type: "registered", request, op: asOp(1), copies: 3, name: "alice" });
  assert.equal(script.outcomes(1)[0]?.ok, true);
  assert.equal(hashOf(script.state.session?.token ?? Buffer.alloc(0)), message.tokenHash);
});

test("a registration whose reply was lost is repeated word for word, behind its token's proof", () => {
  const script = new Script();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "register", ticket: 1, name: "alice", password: "correct horse" });
  finishDerivation(script);
  const first = only(script.sent(), "register");
  script.put({ kind: "closed" });
  connectTo(script, 1);
  const sent = script.sent();
  assert.deepEqual(only(sent, "register"), first);
  const { query, proof } = only(sent, "resume");
  assert.ok(sent.findIndex(({ type }) => type === "resume") < sent.length - 1);
  const auth = resumeAuthMessage({ client: clientId, serverNonce });
  assert.ok(verifyProof(first.tokenHash, auth, proof));
  script.say({ type: "queryRefused", query, code: "not-logged-in", message: "Log in first." });
  assert.deepEqual(script.outcomes(1), [], "it was not done before: nothing follows from that");
  const { request } = first;
  script.say({ type: "registered", request, op: asOp(1), copies: 3, name: "alice" });
  assert.equal(script.outcomes(1)[0]?.ok, true);
});

test("after a failover the session goes on by proof of its token", () => {
  const script = loggedInScript();
  const tokenHash = hashOf(script.state.session?.token ?? Buffer.alloc(0));
  script.put({ kind: "closed" });
  connectTo(script, 1);
  const { proof } = only(script.sent(), "resume");
  const auth = resumeAuthMessage({ client: clientId, serverNonce });
  assert.ok(verifyProof(tokenHash, auth, proof));
  assert.equal(script.derivations.length, 0);
});

test("an expired session is renewed unseen, then the requests are sent again as they were", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  reconnectExpired(script);
  script.say({ type: "refused", request: 2, code: "not-logged-in", message: "Log in first." });
  assert.equal(script.outcomes(1).length, 0, "the refusal is not the answer");
  answerChallenge(script);
  assert.equal(script.derivations.length, 0, "the login key was kept");
  assert.equal(answerLogin(script), 3);
  assert.equal(only(answerResumption(script), "send").request, 2);
  script.say(sentReply(2));
  assert.equal(script.outcomes(1)[0]?.ok, true);
  assert.deepEqual(
    script.events.map(({ kind }) => kind),
    ["connected", "entered", "lost", "connected", "unopened"],
  );
});

test("what was asked before a deletion whose reply was lost is not called refused", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  script.put({ kind: "request", ticket: 2, draft: { type: "delete", name: "alice" } });
  script.put({ kind: "closed" });
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "queryRefused", query, code: "not-logged-in", message: "Log in first." });
  for (const request of [2, 3]) {
    script.say({ type: "refused", request, code: "not-logged-in", message: "Log in first." });
  }
  const codes = [1, 2].map((ticket) => {
    return script.outcomes(ticket).map((outcome) => (outcome.ok ? "ok" : outcome.code));
  });
  assert.deepEqual(codes, [["outcome-unknown"], ["outcome-unknown"]]);
  assert.equal(script.state.session, null);
});

test("what was asked in a session that a login replaces is not called refused", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  script.put({ kind: "closed" });
  script.put({ kind: "login", ticket: 2, name: "Alice", password: "correct horse" });
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "queryRefused", query, code: "not-logged-in", message: "Log in first." });
  script.say({ type: "refused", request: 2, code: "not-logged-in", message: "Log in first." });
  const [outcome] = script.outcomes(1);
  assert.ok(outcome !== undefined && !outcome.ok);
  assert.equal(outcome.code, "outcome-unknown");
});

test("when the session cannot be renewed, the user hears what is known and what is not", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  script.put({ kind: "closed" });
  script.put({ kind: "request", ticket: 2, draft: textTo("bob") });
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "queryRefused", query, code: "session-expired", message: "Expired." });
  answerChallenge(script);
  const { request } = only(script.sent(), "login");
  script.say({ type: "refused", request, code: "wrong-login", message: "Unknown or wrong." });
  const codes = [1, 2].map((ticket) => {
    const outcome = script.outcomes(ticket)[0];
    return outcome !== undefined && !outcome.ok ? outcome.code : "none";
  });
  assert.deepEqual(codes, ["outcome-unknown", "not-logged-in"]);
  assert.ok(script.events.some(({ kind }) => kind === "sessionEnded"));
  assert.equal(script.state.session, null);
});

test("when the password was changed meanwhile, the session ends in words", () => {
  const script = loggedInScript();
  reconnectExpired(script);
  const { query } = only(script.sent(), "challenge");
  script.say({ type: "challenged", query, ...parameters, salt: "77".repeat(16) });
  const ended = script.events.find(({ kind }) => kind === "sessionEnded");
  assert.ok(ended?.kind === "sessionEnded" && ended.code === "password-changed");
});

test("a log-out whose reply was lost does not log in again", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: { type: "logout" } });
  reconnectExpired(script);
  assert.deepEqual(script.sent(), []);
  script.say({ type: "loggedOut", request: 2, op: asOp(2), copies: 3, name: "alice" });
  assert.equal(script.outcomes(1)[0]?.ok, true);
  assert.equal(script.state.session, null);
});

test("an outcome that the servers no longer know is reported as that", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  const message = "It is not known whether this was done.";
  script.say({ type: "refused", request: 2, code: "outcome-unknown", message });
  assert.deepEqual(script.outcomes(1), [
    { ok: false, code: "outcome-unknown", message, request: 2 },
  ]);
});

test("what is sent while a login is under way waits for its answer", () => {
  const script = loggedInScript();
  script.put({ kind: "login", ticket: 1, name: "alice", password: "correct horse" });
  answerChallenge(script);
  script.put({ kind: "request", ticket: 2, draft: textTo("bob") });
  assert.deepEqual(script.sent(), []);
  finishDerivation(script);
  answerLogin(script);
  assert.equal(only(script.sent(), "send").request, 3);
});

test("two logins at once are one login and one refusal", () => {
  const script = new Script();
  script.put({ kind: "start" });
  script.put({ kind: "login", ticket: 1, name: "alice", password: "correct horse" });
  script.put({ kind: "login", ticket: 2, name: "bob", password: "correct horse" });
  assert.equal(script.outcomes(2)[0]?.ok, false);
  assert.equal(script.outcomes(1).length, 0);
});

test("leaving settles everything that is still waited for", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  script.put({ kind: "query", ticket: 2, draft: { type: "cluster" } });
  script.put({ kind: "closed" });
  script.put({ kind: "request", ticket: 3, draft: textTo("bob") });
  script.put({ kind: "stop" });
  script.put({ kind: "request", ticket: 4, draft: textTo("bob") });
  for (const ticket of [1, 2, 3, 4]) assert.equal(script.outcomes(ticket).length, 1);
});
