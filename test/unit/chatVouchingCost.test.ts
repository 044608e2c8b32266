// What it takes to know who is needed for whom when somebody leaves a group: the same answer as the
// plainest way to find it, on random vouchers, and no key decoded twice, however long the chain is.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { publicKeysBytes, signingKeyBytes, vouchersMax } from "../../src/base/sealLimits.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { Member, Voucher } from "../../src/chat/groups.ts";
import { Signers } from "../../src/chat/signers.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { neededOf } from "../../src/chat/vouching.ts";
import { ChatScript, clientNumber, codeOf } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";
import { change } from "../support/groupScript.ts";
import { changeSigned, publicsOf, putKeys } from "../support/keyScript.ts";

/** Looks at all of them again for as long as somebody new is wanted. */
function plainlyNeeded(
  members: readonly Member[],
  vouchers: readonly Voucher[],
): readonly Voucher[] {
  const signer = (base64: string): string => {
    return Buffer.from(base64, "base64").subarray(0, signingKeyBytes).toString("latin1");
  };
  const wanted = new Set<string>();
  for (const { joinings } of members) {
    for (const { proof } of joinings) if (proof !== undefined) wanted.add(signer(proof));
  }
  const kept = new Set<Voucher>();
  for (let before = -1; before < kept.size;) {
    before = kept.size;
    for (const voucher of vouchers) {
      if (kept.has(voucher) || !wanted.has(signer(voucher.publics))) continue;
      kept.add(voucher);
      if (voucher.proof !== "") wanted.add(signer(voucher.proof));
    }
  }
  return vouchers.filter((voucher) => kept.has(voucher)).slice(-vouchersMax);
}

const origin = (request: number): Voucher["joining"] => ({ client: clientNumber(1), request });

/** Of few people, so that chains, forks, circles and doubles come about; some proofs are short. */
function randomProof(prng: Prng, people: number): string {
  const key = Buffer.alloc(publicKeysBytes, prng.below(people));
  const length = prng.chance(0.1) ? prng.below(signingKeyBytes) : signingKeyBytes + prng.below(9);
  return key.toString("base64", 0, length);
}

function randomVouchers(prng: Prng, people: number): readonly Voucher[] {
  return Array.from({ length: prng.below(60) }, (_, at) => ({
    publics: Buffer.alloc(publicKeysBytes, prng.below(people)).toString("base64"),
    joining: origin(at + 1),
    proof: prng.chance(0.2) ? "" : randomProof(prng, people),
  }));
}

function randomMember(prng: Prng, people: number): Member {
  const joinings = Array.from({ length: 1 + prng.below(2) }, (_, at) => {
    const proof = randomProof(prng, people);
    return prng.chance(0.3) ? origin(100 + at) : { ...origin(100 + at), proof };
  });
  return { joinings };
}

test("keeps of any vouchers the very ones that the plainest rule keeps, in their order", () => {
  for (let seed = 1; seed <= 600; seed += 1) {
    const prng = makePrng(seed);
    const people = 2 + prng.below(40);
    const vouchers = randomVouchers(prng, people);
    const members = Array.from({ length: prng.below(6) }, () => randomMember(prng, people));
    const signers = new Signers();
    // Some leave: what is known of signers from before must say the same.
    for (let left = 0; left <= members.length; left += 1) {
      const still = members.slice(left);
      const kept = neededOf(still, vouchers, signers);
      assert.deepEqual(kept, plainlyNeeded(still, vouchers), `seed ${seed}, ${left} left`);
    }
  }
});

/** Each brings in the next and leaves; the last one is in. */
function chained(length: number): ChatScript {
  const script = new ChatScript();
  for (let at = 0; at <= length; at += 1) {
    script.register(at + 1, `u${at}`);
    putKeys(script, at + 1, `k${at}`);
  }
  changeSigned(script, 1, ["create", "#team", "", "k0"]);
  for (let at = 1; at <= length; at += 1) {
    changeSigned(script, at, ["add", "#team", `u${at}`, `k${at - 1}`]);
    change(script, at, "leave", "#team");
  }
  return script;
}

/** How many values in base64 are decoded meanwhile. */
function decodedDuring(t: TestContext, work: () => void): number {
  const from = t.mock.method(Buffer, "from");
  work();
  const calls = from.mock.calls as readonly { readonly arguments: readonly unknown[] }[];
  const count = calls.filter((call) => call.arguments[1] === "base64").length;
  from.mock.restore();
  return count;
}

test("a chain of vouchers takes a few decoded keys a link, however long it is", (t) => {
  const length = 60;
  const count = decodedDuring(t, () => void chained(length));
  assert.ok(count <= 20 * length, `${count} decoded`);
});

test("whoever leaves then has only his own decoded, and the same is kept", (t) => {
  const length = 60;
  const script = chained(length);
  const team = script.chat.groups.named("team");
  assert.equal(team?.vouchers.length, length);
  const before = team.vouchers;
  script.register(length + 2, "visitor");
  putKeys(script, length + 2, "visitor");
  changeSigned(script, length + 1, ["add", "#team", "visitor", `k${length}`]);
  const count = decodedDuring(t, () =>
    assert.equal(codeOf(change(script, length + 2, "leave", "#team")), "grouped"),
  );
  assert.ok(count <= 5, `${count} decoded`);
  assert.deepEqual(team.vouchers, before);
});

test("a copy from a snapshot, which knows no signer yet, keeps the same ones", () => {
  const [straight, restored] = [chained(12), chained(12)];
  for (const script of [straight, restored]) {
    changeSigned(script, 13, ["add", "#team", "u3", "k12"]);
    if (script === restored) script.chat = copyOf(script.chat);
    change(script, 4, "leave", "#team");
  }
  assert.equal(chatDigest(restored.chat), chatDigest(straight.chat));
  const kept = restored.chat.groups.named("team")?.vouchers ?? [];
  assert.equal(kept[0]?.publics, publicsOf("k0").toString("base64"));
  assert.equal(kept.at(-1)?.publics, publicsOf("k3").toString("base64"));
});
