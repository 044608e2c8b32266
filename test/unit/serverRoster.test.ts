// Signed changes of groups and rosters on the clients' connections: the form of the one, and the
// pages of the other.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { rosterRowsPerPage } from "../../src/base/sealLimits.ts";
import { checkRequest, readClientFrame } from "../../src/server/door.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";
import { proofBy, publicsOf } from "../support/keyScript.ts";
import type { RawClient } from "../support/rawClient.ts";

const add = {
  type: "groupSigned",
  request: 1,
  received: 0,
  group: "#team",
  change: "add",
} as const;

function checked(over: Partial<MessageOf<"groupSigned">>): string {
  const payload = encodePayload({ ...add, member: "bob", proof: proofBy("alice"), ...over });
  const decoded = readClientFrame(opcodeOf("groupSigned"), payload);
  if (!decoded.ok) return decoded.code;
  const verdict = checkRequest(decoded.message, payload);
  return typeof verdict === "string" ? "as it came" : verdict.code;
}

async function changeSigned(client: RawClient, change: string, member: string): Promise<void> {
  const request = (client.lastRequest += 1);
  client.say({ ...add, request, change, member, proof: proofBy("alice", member) });
  await client.next("grouped");
}

test("a signed change has the form of any change, and a proof of bounded length", () => {
  equal(checked({}), "as it came");
  equal(checked({ request: 0 }), "bad-request");
  equal(checked({ proof: Buffer.alloc(0) }), "bad-proof");
  equal(checked({ proof: Buffer.alloc(257) }), "bad-proof");
  equal(checked({ change: "adopt" }), "bad-change");
  equal(checked({ member: "no name" }), "no-such-user");
  equal(checked({ group: "#no group" }), "no-such-group");
});

test("a member is told the roster: names, keys, and who signed for whom", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  const carol = await loggedIn(world, "carol");
  const request = (alice.lastRequest += 1);
  const keys = { publics: publicsOf("alice"), salt: "5a".repeat(16) };
  alice.say({ type: "keysPut", request, received: 0, ...keys, wrapped: Buffer.from("w") });
  await changeSigned(alice, "create", "");
  await changeSigned(alice, "add", "bob");
  bob.say({ type: "roster", query: 4, group: "team", after: 0 });
  const { names, publics, proofs, changes, creator, epoch, next } = await bob.next("rosterPage");
  deepEqual([names, next], [["alice", "bob"], 0]);
  deepEqual(publics, [publicsOf("alice").toString("base64"), "-"]);
  deepEqual(changes, [`${alice.client}-3`, `${alice.client}-4`]);
  equal(creator, changes[0]);
  deepEqual(Buffer.from(proofs[1] ?? "", "base64"), proofBy("alice", "bob"));
  equal(Number.isSafeInteger(epoch) && epoch > 0, true);
  carol.say({ type: "roster", query: 5, group: "#team", after: 0 });
  equal((await carol.next("queryRefused")).code, "not-a-member");
  carol.say({ type: "roster", query: 6, group: "#none", after: 0 });
  equal((await carol.next("queryRefused")).code, "no-such-group");
});

test("a page of the largest rows there are fits a frame", () => {
  const many = <T>(value: T): T[] => Array<T>(rosterRowsPerPage).fill(value);
  const word = `${"f".repeat(32)}-9007199254740991`;
  const payload = encodePayload({
    type: "rosterPage",
    query: Number.MAX_SAFE_INTEGER,
    group: `#${"x".repeat(50)}`,
    epoch: 2 ** 48 - 1,
    creator: word,
    names: many("x".repeat(50)),
    publics: many(Buffer.alloc(128, 255).toString("base64")),
    changes: many(word),
    proofs: many(Buffer.alloc(256, 255).toString("base64")),
    next: Number.MAX_SAFE_INTEGER,
  });
  equal(payload.length < 65_535, true, `${payload.length} bytes`);
});
