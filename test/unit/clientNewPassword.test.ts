// A change of password in the client's core: what is proven and sent, what is kept, and how it is
// asked again on another connection. The servers are played by the test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asOp } from "../../src/base/ids.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { loginAuthMessage, verifierFrom, verifyProof } from "../../src/wire/proof.ts";
import {
  answerChallenge,
  answerLogin,
  clientId,
  connectTo,
  finishDerivation,
  loggedInScript,
  loginKeyOf,
  only,
  parameters,
  type Script,
  serverNonce,
} from "../support/sessionScript.ts";

const words = { password: "correct horse", newPassword: "battery staple" };

/** Up to the request; both keys are derived. */
function asked(script: Script): MessageOf<"passwd"> {
  script.put({ kind: "passwd", ticket: 5, ...words });
  answerChallenge(script);
  finishDerivation(script);
  finishDerivation(script);
  return only(script.sent(), "passwd");
}

function changed(script: Script, request: number): void {
  script.say({ type: "passwordChanged", request, op: asOp(9), copies: 3 });
}

/** The connection is lost; the session is resumed on another, and the old challenge is void. */
function reconnect(script: Script): MessageOf<"challenge"> {
  script.put({ kind: "closed" });
  script.sent();
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  return only(script.sent(), "challenge");
}

test("the old password is proven, the new one's verifier goes along, and neither is kept", () => {
  const script = loggedInScript();
  const passwd = asked(script);
  const clientNonce = script.state.job?.clientNonce ?? "";
  const auth = loginAuthMessage({ client: clientId, name: "alice", clientNonce, serverNonce });
  assert.ok(verifyProof(verifierFrom(loginKeyOf("correct horse")).storedKey, auth, passwd.proof));
  assert.equal(passwd.storedKey, verifierFrom(loginKeyOf("battery staple")).storedKey);
  assert.notEqual(passwd.salt, parameters.salt);
  assert.ok(!/horse|staple/.test(JSON.stringify(script.state)));
  changed(script, passwd.request);
  assert.deepEqual(
    script.outcomes(5).map(({ ok }) => ok),
    [true],
  );
});

test("after the change an expired session is renewed by the new password", () => {
  const script = loggedInScript();
  const { request, salt } = asked(script);
  changed(script, request);
  script.put({ kind: "closed" });
  script.sent();
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "queryRefused", query, code: "session-expired", message: "Expired." });
  const challenge = only(script.sent(), "challenge");
  script.say({ type: "challenged", query: challenge.query, ...parameters, salt });
  answerLogin(script, { password: "battery staple" });
  assert.equal(script.state.session?.name, "alice");
  assert.deepEqual(script.derivations, [], "no password was needed");
});

test("asked again after a failover, it is proven anew under the same request number", () => {
  const script = loggedInScript();
  const first = asked(script);
  const { query } = reconnect(script);
  script.say({ type: "challenged", query, ...parameters });
  const again = only(script.sent(), "passwd");
  assert.equal(again.request, first.request);
  assert.equal(again.storedKey, first.storedKey);
  changed(script, again.request);
  assert.equal(script.outcomes(5).length, 1);
});

test("when it was made and the reply was lost, the new password proves the repetition", () => {
  const script = loggedInScript();
  const first = asked(script);
  const { query, clientNonce } = reconnect(script);
  script.say({ type: "challenged", query, ...parameters, salt: first.salt });
  const again = only(script.sent(), "passwd");
  assert.equal(again.request, first.request);
  const auth = loginAuthMessage({ client: clientId, name: "alice", clientNonce, serverNonce });
  assert.ok(verifyProof(first.storedKey, auth, again.proof));
  changed(script, again.request);
  assert.deepEqual(
    script.outcomes(5).map(({ ok }) => ok),
    [true],
  );
});

test("without a session nothing is asked of the servers", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: { type: "logout" } });
  const { request } = only(script.sent(), "logout");
  script.say({ type: "loggedOut", request, op: asOp(3), copies: 3, name: "alice" });
  script.put({ kind: "passwd", ticket: 5, ...words });
  const [outcome] = script.outcomes(5);
  assert.equal(outcome?.ok === false && outcome.code, "not-logged-in");
  assert.deepEqual(script.sent(), []);
});
