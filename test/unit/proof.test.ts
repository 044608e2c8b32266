// Proofs of passwords and tokens: what the right secret proves, and that nothing else
// does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId } from "../../src/base/ids.ts";
import {
  clientKeyFrom,
  hashOf,
  loginAuthMessage,
  proofOf,
  resumeAuthMessage,
  signatureOf,
  verifierFrom,
  verifyProof,
  verifySignature,
} from "../../src/wire/proof.ts";

const client = asClientId("01".repeat(16));
const loginKey = Buffer.alloc(32, 7);
const parts = { client, name: "Alice", clientNonce: "aa", serverNonce: "bb" };
const auth = loginAuthMessage(parts);

test("the right key proves itself to its verifier, whatever the case of the name", () => {
  const { storedKey } = verifierFrom(loginKey);
  const proof = proofOf(clientKeyFrom(loginKey), auth);
  assert.ok(verifyProof(storedKey, loginAuthMessage({ ...parts, name: "aLICE" }), proof));
});

test("a proof holds for one client, one name and one pair of nonces", () => {
  const { storedKey } = verifierFrom(loginKey);
  const proof = proofOf(clientKeyFrom(loginKey), auth);
  const others = [
    { ...parts, name: "bob" },
    { ...parts, clientNonce: "ab" },
    { ...parts, serverNonce: "bc" },
    { ...parts, client: asClientId("02".repeat(16)) },
  ];
  for (const other of others) assert.ok(!verifyProof(storedKey, loginAuthMessage(other), proof));
});

test("another key, a cut proof, a longer one and rubbish prove nothing", () => {
  const { storedKey } = verifierFrom(loginKey);
  const proof = proofOf(clientKeyFrom(loginKey), auth);
  const wrong = proofOf(clientKeyFrom(Buffer.alloc(32, 8)), auth);
  for (const bad of [wrong, proof.slice(2), `${proof}00`, "", "zz".repeat(32), storedKey]) {
    assert.ok(!verifyProof(storedKey, auth, bad), bad);
  }
  assert.ok(!verifyProof("", auth, proof));
});

test("what the server keeps does not prove the password to another server", () => {
  const { storedKey, serverKey } = verifierFrom(loginKey);
  for (const stolen of [storedKey, serverKey]) {
    const proof = proofOf(Buffer.from(stolen, "hex"), auth);
    assert.ok(!verifyProof(storedKey, auth, proof));
  }
});

test("a token proves a session the same way, and a login's proof does not", () => {
  const token = Buffer.alloc(32, 9);
  const resume = resumeAuthMessage({ client, serverNonce: "bb" });
  assert.ok(verifyProof(hashOf(token), resume, proofOf(token, resume)));
  assert.ok(!verifyProof(hashOf(token), auth, proofOf(token, resume)));
});

test("the server's signature shows that it holds the verifier", () => {
  const { serverKey } = verifierFrom(loginKey);
  assert.ok(verifySignature(loginKey, auth, signatureOf(serverKey, auth)));
  assert.ok(
    !verifySignature(loginKey, auth, signatureOf(verifierFrom(Buffer.alloc(32)).serverKey, auth)),
  );
  assert.ok(!verifySignature(loginKey, auth, ""));
});
