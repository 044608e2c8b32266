// What a reader makes of words whose writer's client kept to no rule: the servers saw none of them,
// so that the reader's own client has to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId } from "../../src/base/ids.ts";
import { personTarget, sealBody } from "../../src/client/sealing/body.ts";
import { identityFrom, idText } from "../../src/client/sealing/identity.ts";
import { Pins, unkeptPins } from "../../src/client/sealing/pins.ts";
import { type Read, readLetter } from "../../src/client/sealing/reading.ts";

const alice = identityFrom(Buffer.alloc(64, 1));
const bob = identityFrom(Buffer.alloc(64, 2));
const client = asClientId("ab".repeat(16));

function readBy(text: string): Read {
  const tag = idText(bob.id);
  const place = { target: personTarget, named: true, client, request: 1 };
  const letter = { tag, place, writer: alice, readers: [bob, alice], sequence: 1, text };
  const body = sealBody(letter, Buffer.alloc(64, 3));
  const place2 = { client, request: 1, from: "alice", to: "bob", group: "", own: false } as const;
  const frame = { type: "message", seq: 1, atMs: 0, late: false, format: "s", body } as const;
  const judge = (): "next" => "next";
  const pins = new Pins({ store: unkeptPins(), owner: { user: "bob", id: tag } });
  const reading = { own: [bob], pins, judge, isOrigin: () => true, told: null };
  return readLetter(reading, { ...place2, ...frame });
}

test("words of 262 characters come whole, longer ones are cut and said to be", () => {
  assert.equal(readBy("x".repeat(262)).text, "x".repeat(262));
  const { text, doubt } = readBy("x".repeat(263));
  assert.equal(text, `${"x".repeat(262)}… (cut: it was longer than a message may be)`);
  assert.equal(doubt, null);
  const heavy = readBy("👨‍👩‍👧‍👦".repeat(262)).text;
  assert.ok(Buffer.byteLength(heavy) < 4_096 + 100 && heavy.includes("cut: "), heavy.slice(-80));
});

test("words that would act upon a terminal come inert, and count as they were written", () => {
  assert.equal(readBy("a\x1b[2Jb").text, "a␛[2Jb");
  const hidden = "\u202e".repeat(100);
  assert.equal(readBy(hidden).text, "<U+202E>".repeat(100), "not cut for what marks them");
});

test("no words at all are no fault", () => {
  const signedBy = alice.signing.toString("base64url");
  assert.deepEqual(readBy(""), { text: "", doubt: null, signedBy });
});
