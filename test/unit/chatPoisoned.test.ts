// Records that an honest server never writes, and requests at the edge of what a client may send:
// one of them in the log must not leave a state that no server can apply, keep or read back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { serverClientId } from "../../src/base/ids.ts";
import { chatDigest, encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { ChatScript, clientNumber, codeOf, keyOf, registration } from "../support/chatScript.ts";

function assertKept(script: ChatScript): void {
  const decoded = decodeSnapshot(encodeSnapshot(script.chat));
  assert.ok(decoded.ok, decoded.ok ? "" : decoded.message);
  assert.equal(chatDigest(decoded.chat), chatDigest(script.chat));
}

const sent: MessageOf<"mergeSend"> = {
  type: "mergeSend",
  client: clientNumber(9),
  request: 4,
  received: 0,
  atMs: 1,
  confirmed: true,
  account: 7,
  accountClient: clientNumber(9),
  accountRequest: 1,
  name: "mallory",
  recipient: 1,
  recipientClient: clientNumber(1),
  recipientRequest: 1,
  recipientName: "alice",
  format: "p",
  body: "hello",
};

test("a message to a group under the highest request number there is can be kept", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.do(1, { type: "groupChange", group: "#lobby", change: "join", member: "" });
  const request = Number.MAX_SAFE_INTEGER;
  const reply = script.do(1, { type: "send", request, to: "#lobby", format: "p", body: "hello" });
  assert.equal(codeOf(reply), "sent");
  assertKept(script);
});

const poisoned: Record<string, Partial<MessageOf<"mergeSend">>> = {
  "of a sender without a name": { name: "" },
  "of a sender whose name is none": { name: "\u001b[2J" },
  "to a name that is none": { recipientName: "x".repeat(4_000), recipientRequest: 99 },
  "to a group whose name is none": { recipientName: "#no group", recipientRequest: 99 },
  "under no request": { request: 0 },
  "of an account that nothing made": { accountRequest: 0 },
  "to a group in a form that nobody knows": { recipientName: "#lobby", format: "x" },
  "that is empty": { body: "" },
};

for (const [what, over] of Object.entries(poisoned)) {
  test(`a merged message ${what} changes nothing`, () => {
    const script = new ChatScript();
    script.register(1, "alice");
    script.do(1, { type: "groupChange", group: "#lobby", change: "join", member: "" });
    const before = script.chat.mailboxOf(script.account("alice"));
    script.apply(serverClientId, { ...sent, ...over });
    assert.deepEqual(script.chat.mailboxOf(script.account("alice")), before);
    assertKept(script);
  });
}

test("a merged message as honest servers make it is still delivered", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.apply(serverClientId, sent);
  assert.deepEqual(script.mail("alice"), ["mallory (deleted): hello"]);
  assertKept(script);
});

test("a merged registration under a name that is none is over at once, and makes nobody", () => {
  const script = new ChatScript();
  const keys = { salt: keyOf("salt"), cost: 1, blockSize: 1, parallelism: 1 };
  const rest = { ...keys, storedKey: "", serverKey: "", tokenHash: keyOf("t") };
  for (const name of ["", "a b", "\u202e"]) {
    const who = { client: clientNumber(3), request: 2, name };
    for (let time = 0; time < 2; time += 1) {
      script.apply(serverClientId, { type: "mergeRegister", ...who, ...rest });
    }
  }
  assert.deepEqual(script.chat.search("*", { after: "", count: 9 }).names, []);
  assertKept(script);
});

test("a mailbox whose newest messages were removed can be listed after it was read back", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  for (let count = 0; count < 12; count += 1) script.send(1, "alice");
  script.mark(1, "removed", 9, 10, 11, 12);
  const decoded = decodeSnapshot(encodeSnapshot(script.chat));
  assert.ok(decoded.ok);
  const rest = { after: 8, count: 100, unopened: false };
  assert.deepEqual(decoded.chat.list(script.account("alice"), rest), { letters: [], more: false });
});

test("no session begins without a token: a snapshot could not tell it from none", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const named = { ...registration("bob"), tokenHash: "" };
  assert.equal(codeOf(script.do(2, named)), "bad-request");
  const login = { type: "startSession", name: "alice", storedKey: keyOf("alice") } as const;
  assert.equal(codeOf(script.do(3, { ...login, tokenHash: "" })), "bad-request");
  const { type: _, ...fields } = named as MessageOf<"register">;
  script.do(0, { ...fields, type: "mergeRegister", client: clientNumber(4), request: 1 });
  const sessions = [...script.chat.sessions()].map(([client]) => client);
  assert.deepEqual(sessions, [clientNumber(1)]);
  assert.equal(script.chat.accountOf("bob"), null);
  assertKept(script);
});
