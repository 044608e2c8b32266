// A session that is begun anew unseen, when others get in its way: somebody who guesses at the
// account's password, the user who is just logging out, a connection that is lost meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asOp } from "../../src/base/ids.ts";
import { sessionIdleMs } from "../../src/base/limits.ts";
import { renewalRetryMs } from "../../src/base/trustLimits.ts";
import { hold } from "../../src/client/held.ts";
import {
  answerChallenge,
  answerLogin,
  answerResumption,
  connectTo,
  loggedInScript,
  only,
  type Script,
  sentReply,
  textTo,
} from "../support/sessionScript.ts";
import { memoryOutbox } from "../support/memoryOutbox.ts";
import { enter, password, run, shows, started } from "../support/seats.ts";
import { Person } from "../support/simFaces.ts";

/** The message is on its way, and the session has to be begun anew. */
function renewing(): Script {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  script.put({ kind: "closed" });
  script.sent();
  connectTo(script, 1);
  refuseResumption(script);
  return script;
}

function refuseResumption(script: Script): void {
  const { query } = only(script.sent(), "resume");
  script.say({ type: "queryRefused", query, code: "not-logged-in", message: "Log in first." });
}

function refuseForTries(script: Script): void {
  answerChallenge(script);
  const { request } = only(script.sent(), "login");
  const message = "Too many tries. Wait 8 seconds, then try again.";
  script.say({ type: "refused", request, code: "too-many-tries", message });
}

function typesSent(script: Script): readonly string[] {
  return script.sent().map(({ type }) => type);
}

function endOf(script: Script): readonly string[] {
  return script.events.filter(({ kind }) => kind === "sessionEnded").map(({ kind }) => kind);
}

test("somebody who guesses the password ends no session: it is begun anew when he has to wait", () => {
  const script = renewing();
  for (let attempt = 0; attempt < 20; attempt += 1) {
    refuseForTries(script);
    assert.deepEqual(script.sent(), [], "not again at once");
    script.pass(2 * renewalRetryMs);
  }
  assert.deepEqual(endOf(script), []);
  assert.deepEqual(script.outcomes(1), []);
  const notices = script.events.filter(({ kind }) => kind === "notice");
  assert.equal(notices.length, 1, "it is said once");
  expectGoesOn(script);
});

/** What waited goes out under its number, and what follows shows that none is left open. */
function expectGoesOn(script: Script): void {
  answerChallenge(script);
  answerLogin(script);
  assert.equal(only(answerResumption(script), "send").request, 2);
  script.say(sentReply(2));
  assert.equal(script.outcomes(1)[0]?.ok, true);
  script.put({ kind: "request", ticket: 2, draft: textTo("bob") });
  const { request, received } = only(script.sent(), "send");
  assert.equal(received, request - 1, "no number is left open");
}

test("a connection that is lost while a session is begun anew costs no message", () => {
  for (const isPutOff of [false, true]) {
    const script = renewing();
    if (isPutOff) refuseForTries(script);
    else answerChallenge(script);
    script.put({ kind: "closed" });
    script.sent();
    script.pass(3 * renewalRetryMs);
    connectTo(script, 0);
    script.pass(1);
    refuseResumption(script);
    assert.deepEqual(script.outcomes(1), []);
    expectGoesOn(script);
  }
});

test("nobody who is logging out, or deleting his account, is logged in again behind it", () => {
  for (const draft of [{ type: "logout" }, { type: "delete", name: "alice" }] as const) {
    const script = loggedInScript();
    script.put({ kind: "request", ticket: 1, draft });
    assert.deepEqual(typesSent(script), [draft.type]);
    script.put({ kind: "renew" });
    const message = "Your session has expired.";
    script.say({ type: "sessionEnded", code: "expired", message });
    assert.deepEqual(script.sent(), []);
    const type = draft.type === "logout" ? "loggedOut" : "deleted";
    script.say({ type, request: 2, op: asOp(2), copies: 3, name: "alice" });
    assert.equal(script.outcomes(1)[0]?.ok, true);
    assert.equal(script.state.session, null);
    assert.deepEqual(script.sent(), []);
  }
});

test("a log-out that waits for a held message hinders no new session, which may bring the keys", () => {
  const script = loggedInScript();
  hold(script.state, { ticket: 1, draft: { type: "send", to: "bob", format: "u", body: "one" } });
  script.put({ kind: "request", ticket: 2, draft: { type: "logout" } });
  script.put({ kind: "renew" });
  assert.deepEqual(typesSent(script), ["challenge"]);
});

test("whoever asks to log out while his session is begun anew is logged out behind that", () => {
  const script = loggedInScript();
  script.put({ kind: "renew" });
  script.put({ kind: "request", ticket: 1, draft: { type: "logout" } });
  answerChallenge(script);
  answerLogin(script);
  const { request } = only(answerResumption(script), "logout");
  script.say({ type: "loggedOut", request, op: asOp(3), copies: 3, name: "alice" });
  assert.equal(script.state.session, null);
  assert.equal(script.state.phase, "ready");
  assert.equal(script.state.job, null);
});

test("a message typed while cut off arrives, although somebody tries passwords meanwhile", async () => {
  const cluster = await started(341);
  await run(cluster, ["register alice", password]);
  const bob = new Person(cluster, { columns: 120, rows: 30, outbox: memoryOutbox() });
  bob.type(`register bob${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(bob, "bob>"), "bob to be in");
  for (const { id } of cluster.servers) cluster.cut(bob.machine, id);
  await cluster.run(sessionIdleMs + 60_000);
  bob.type(`send alice from the train${enter}`);
  await cluster.run(1_000);
  // Each that is looked at makes the next one wait longer.
  for (let guess = 0; guess < 9; guess += 1) {
    await cluster.run(10_000);
    await run(cluster, ["login bob", `guessed ${guess}`]);
  }
  cluster.heal();
  await cluster.until(() => shows(bob, "Too many wrong passwords"), "the notice", 10_000);
  await cluster.until(() => shows(bob, "from the train ✓"), "the message", 30_000);
});
