// Each client id is one account's for as long as anything is known of it: it stands in every
// message, so that anybody may use it, and what he did under it would count as done by its owner.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clientRecordKeptMs, servedStepMs } from "../../src/base/limits.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { ChatScript, clientNumber, codeOf, keyOf, registration } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";

function bobWasHere(): ChatScript {
  const script = new ChatScript();
  script.register(1, "bob");
  script.register(2, "eve");
  script.send(1, "eve", "hi");
  script.do(1, { type: "logout" });
  return script;
}

const asEve = { type: "startSession", name: "eve", storedKey: keyOf("eve") } as const;

test("nobody else begins a session under a client's id, and nothing of the try is noted", () => {
  const script = bobWasHere();
  const fates = (): unknown =>
    [3, 4, 1_000].map((request) => script.chat.fateOf(clientNumber(1), request));
  const before = fates();
  for (const bare of [registration("mallory"), { ...asEve, tokenHash: keyOf("t") }] as const) {
    for (const request of [4, 1_000]) {
      const reply = script.do(1, { ...bare, request, received: 9_999 });
      assert.equal(codeOf(reply), "client-taken");
      assert.deepEqual(fates(), before, "neither a number nor a reply that is kept");
    }
  }
  assert.equal(script.chat.sessionOf(clientNumber(1)), null);
  assert.equal(script.chat.userNamed("mallory"), null);
  assert.equal(codeOf(script.login(1, "bob")), "loggedIn");
  assert.equal(codeOf(script.send(1, "eve", "as ever")), "sent");
});

test("whoever is logged in stays so, and his numbers are his", () => {
  const script = bobWasHere();
  script.login(1, "bob");
  const reply = script.do(1, { ...asEve, tokenHash: keyOf("t"), request: 50, received: 49 });
  assert.equal(codeOf(reply), "already-logged-in");
  assert.equal(script.chat.fateOf(clientNumber(1), 50).kind, "new");
});

test("an id stays its account's in a snapshot, also of one that was deleted", () => {
  const script = bobWasHere();
  script.login(1, "bob");
  script.do(1, { type: "delete", name: "bob" });
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), chatDigest(script.chat));
  for (const chat of [script.chat, copy]) {
    const again = new ChatScript();
    again.chat = chat;
    assert.equal(codeOf(again.register(3, "bob")), "registered");
    assert.equal(
      codeOf(again.do(1, { ...registration("bob2"), request: 60, received: 0 })),
      "client-taken",
    );
  }
});

test("an id of which nothing is known any more is anybody's", () => {
  const script = bobWasHere();
  for (let step = 0; step <= clientRecordKeptMs / servedStepMs; step += 1) {
    script.pass(servedStepMs);
    script.do(0, { type: "expireClients", clients: [] });
  }
  script.do(0, { type: "expireClients", clients: [clientNumber(1)] });
  assert.equal(codeOf(script.register(1, "mallory")), "registered");
});
