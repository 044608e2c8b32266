// Who vouches for whom in a group: proofs of joinings are kept and told to members, and of those
// who have left as long as they are needed. To the servers they are bytes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { proofBytesMax, publicKeysBytes, vouchersMax } from "../../src/base/sealLimits.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { Signers } from "../../src/chat/signers.ts";
import { neededOf } from "../../src/chat/vouching.ts";
import { type ChatScript, clientNumber, codeOf } from "../support/chatScript.ts";
import { copyOf, Fork } from "../support/forkScript.ts";
import { change, people } from "../support/groupScript.ts";
import { changeSigned, proofBy, publicsOf, putKeys, rosterOf } from "../support/keyScript.ts";

/** alice (1) has made #team and signed for bob (2); carol (3), dave (4) and eve (5) may come. */
function signedTeam(): ChatScript {
  const script = people(["alice", "bob", "carol", "dave", "eve"]);
  for (const [at, name] of ["alice", "bob", "carol", "dave", "eve"].entries()) {
    putKeys(script, at + 1, name);
  }
  assert.equal(codeOf(changeSigned(script, 1, ["create", "#team", "", "alice"])), "grouped");
  assert.equal(codeOf(changeSigned(script, 1, ["add", "#team", "bob", "alice"])), "grouped");
  return script;
}

test("members are told who joined each of them, with what proof and keys, and nobody else is", () => {
  const script = signedTeam();
  change(script, 2, "add", "#team", "carol");
  const ask = { group: "team", after: 0, count: 10 };
  const page = script.chat.rosterOf(script.account("carol"), ask);
  assert.ok(page !== null);
  assert.deepEqual(rosterOf(script, "carol"), ["alice: create ", "bob: add bob", "carol: "]);
  assert.deepEqual(page.origin, { client: clientNumber(1), request: 3 });
  const [alice, bob, carol] = page.rows;
  assert.deepEqual(alice?.joining, page.origin);
  assert.deepEqual(bob?.joining, { client: clientNumber(1), request: 4 });
  assert.deepEqual(Buffer.from(bob?.publics ?? "", "base64"), publicsOf("bob"));
  assert.equal(carol?.joining.client, clientNumber(2));
  assert.equal(script.chat.rosterOf(script.account("dave"), ask), null);
});

test("a proof that is empty or too long is refused, and the change with it", () => {
  const script = signedTeam();
  const add = { type: "groupSigned", group: "#team", change: "add", member: "carol" } as const;
  assert.equal(codeOf(script.do(1, { ...add, proof: Buffer.alloc(0) })), "bad-proof");
  const long = Buffer.alloc(proofBytesMax + 1);
  assert.equal(codeOf(script.do(1, { ...add, proof: long })), "bad-proof");
  assert.deepEqual(rosterOf(script, "alice"), ["alice: create ", "bob: add bob"]);
});

test("a proof too short to begin with anybody's key vouches for nobody, and stops no server", () => {
  const script = signedTeam();
  const add = { type: "groupSigned", group: "#team", change: "add", member: "dave" } as const;
  assert.equal(codeOf(script.do(1, { ...add, proof: Buffer.from("x") })), "grouped");
  changeSigned(script, 1, ["add", "#team", "carol", "alice"]);
  assert.equal(codeOf(change(script, 3, "leave", "#team")), "grouped");
  assert.deepEqual(rosterOf(script, "alice"), ["alice: create ", "bob: add bob", "dave: "]);
  assert.equal(chatDigest(copyOf(script.chat)), chatDigest(script.chat));
});

test("who has left stays known as long as somebody whom he joined is in", () => {
  const script = signedTeam();
  changeSigned(script, 2, ["add", "#team", "carol", "bob"]);
  changeSigned(script, 3, ["add", "#team", "dave", "carol"]);
  changeSigned(script, 3, ["leave", "#team", "", "carol"]);
  change(script, 2, "leave", "#team");
  const withBoth = ["alice: create ", "dave: add dave", "gone: add carol", "gone: add bob"];
  assert.deepEqual(rosterOf(script, "alice"), withBoth, "dave by carol, carol by bob");
  const gone = script.chat.groups.named("team")?.vouchers[0]?.publics;
  assert.equal(gone, publicsOf("carol").toString("base64"));
  assert.equal(chatDigest(copyOf(script.chat)), chatDigest(script.chat));
  const copied = copyOf(script.chat).groups.named("team");
  assert.deepEqual(copied?.vouchers, script.chat.groups.named("team")?.vouchers);
  change(script, 4, "leave", "#team");
  assert.deepEqual(rosterOf(script, "alice"), ["alice: create "], "nobody needs them any more");
});

test("a roster that is read page by page has everybody in it once, those who have left too", () => {
  const script = signedTeam();
  changeSigned(script, 2, ["add", "#team", "carol", "bob"]);
  changeSigned(script, 3, ["add", "#team", "dave", "carol"]);
  changeSigned(script, 3, ["leave", "#team", "", "carol"]);
  change(script, 2, "leave", "#team");
  const account = script.account("alice");
  const whole = script.chat.rosterOf(account, { group: "#team", after: 0, count: 10 })?.rows;
  assert.equal(whole?.length, 4);
  for (const count of [1, 2, 3]) {
    const rows = [];
    let after = 0;
    do {
      const page = script.chat.rosterOf(account, { group: "#team", after, count });
      rows.push(...(page?.rows ?? []));
      after = page?.next ?? 0;
    } while (after > 0 && rows.length < 10);
    assert.deepEqual(rows, whole, `pages of ${count}`);
  }
});

test("who leaves and vouched for nobody is forgotten; a deleted one may be needed", () => {
  const script = signedTeam();
  changeSigned(script, 2, ["add", "#team", "carol", "bob"]);
  changeSigned(script, 2, ["add", "#team", "dave", "bob"]);
  change(script, 4, "leave", "#team");
  assert.equal(rosterOf(script, "alice").length, 3);
  script.do(2, { type: "delete", name: "bob" });
  assert.deepEqual(rosterOf(script, "alice"), [
    "alice: create ",
    "carol: add carol",
    "gone: add bob",
  ]);
});

test("a roster comes in pages, those who have left at its end", () => {
  const script = signedTeam();
  changeSigned(script, 2, ["add", "#team", "carol", "bob"]);
  change(script, 2, "leave", "#team");
  const seen: (string | null)[] = [];
  for (let after = 0, pages = 0; pages < 9; pages += 1) {
    const ask = { group: "#team", after, count: 1 };
    const page = script.chat.rosterOf(script.account("carol"), ask);
    seen.push(...(page?.rows ?? []).map(({ name }) => name));
    after = page?.next ?? 0;
    if (after === 0) break;
  }
  assert.deepEqual(seen, ["alice", "carol", null]);
});

test("proofs and those who have left stand in the snapshot", () => {
  const script = signedTeam();
  const before = chatDigest(script.chat);
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), before);
  const ask = { group: "#team", after: 0, count: 10 };
  const alice = script.account("alice");
  assert.deepEqual(copy.rosterOf(alice, ask), script.chat.rosterOf(alice, ask));
});

test("what was proven on the lost side of a fork is proven after the merge", () => {
  const { winner, loser, ...fork } = new Fork(signedTeam());
  changeSigned(loser, 2, ["add", "#team", "carol", "bob"]);
  changeSigned(loser, 3, ["add", "#team", "dave", "carol"]);
  changeSigned(loser, 3, ["leave", "#team", "", "carol"]);
  changeSigned(loser, 5, ["create", "#team2", "", "eve"]);
  fork.merge();
  fork.merge();
  const merged = ["alice: create ", "bob: add bob", "dave: add dave", "gone: add carol"];
  assert.deepEqual(rosterOf(winner, "alice"), merged);
  assert.deepEqual(rosterOf(winner, "eve", "#team2"), ["eve: create "]);
  assert.equal(chatDigest(copyOf(winner.chat)), chatDigest(winner.chat));
});

test("however many have left, so many are known at most", () => {
  const vouchers = Array.from({ length: vouchersMax + 5 }, (_, at) => ({
    publics: Buffer.alloc(publicKeysBytes, 7).toString("base64"),
    joining: { client: clientNumber(1), request: at + 1 },
    proof: "",
  }));
  const origin = { client: clientNumber(1), request: 1 };
  const proof = Buffer.alloc(40, 7).toString("base64");
  const kept = neededOf([{ joinings: [{ ...origin, proof }] }], vouchers, new Signers());
  assert.equal(kept.length, vouchersMax);
  assert.equal(kept.at(-1), vouchers.at(-1));
  const others = [{ joinings: [{ ...origin, proof: proofBy("bob").toString("base64") }] }];
  assert.equal(neededOf(others, vouchers, new Signers()).length, 0);
});
