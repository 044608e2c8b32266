// Memory of letters that nobody has any more: it comes back while the server runs, and nothing that
// anybody can see changes by it, however far a server has swept.

import assert from "node:assert/strict";
import { test } from "node:test";
import { letterSlabBytes, marksPerRequestMax } from "../../src/base/limits.ts";
import { sweptPerOp } from "../../src/base/talkLimits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { TrimCursor } from "../../src/chat/trimming.ts";
import { ChatScript } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";

const names = ["alice", "bob", "carol", "dave"];
const long = "x".repeat(4_000);
const slabLetters = Math.floor(letterSlabBytes / 4_100);

function people(): ChatScript {
  const script = new ChatScript();
  for (const [at, name] of names.entries()) script.register(at + 1, name);
  script.do(1, { type: "groupChange", group: "#team", change: "create", member: "" });
  script.do(1, { type: "groupChange", group: "#team", change: "add", member: "bob" });
  return script;
}

function readAll(script: ChatScript, client: number, name: string): void {
  const { last } = script.chat.mailboxOf(script.account(name));
  script.acknowledge(client, last);
  for (let from = 0; from < last; from += marksPerRequestMax) {
    const count = Math.min(marksPerRequestMax, last - from);
    const seqs = Array.from({ length: count }, (_, at) => from + at + 1);
    script.mark(client, "read", ...seqs.filter((seq) => has(script, name, seq)));
  }
}

function has(script: ChatScript, name: string, seq: number): boolean {
  return script.chat.letterAt(script.account(name), seq) !== null;
}

function trim(script: ChatScript, keep: number): void {
  const cursor = new TrimCursor();
  while (cursor.round < 2) {
    const found = script.chat.nextTrim(cursor, keep);
    if (found !== null) script.do(0, found);
  }
}

test("with bounded histories, letters that were read take no more memory than those that stay", () => {
  const script = people();
  const counts: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    for (let at = 0; at < 2 * slabLetters; at += 1) script.send(1, "bob", `${round} ${at} ${long}`);
    readAll(script, 2, "bob");
    trim(script, 10);
    counts.push(script.chat.letters.slabCount);
  }
  assert.ok(Math.max(...counts) <= 3, `slabs after each round: ${counts.join(" ")}`);
  assert.equal(script.mail("bob").length, 11, "of alice, and what was told of the group");
  assert.ok(
    script
      .mail("bob")
      .at(-1)
      ?.startsWith(`alice: 5 ${2 * slabLetters - 1} `),
  );
});

test("an account that is deleted gives back what its letters took, when nobody else has them", () => {
  const script = people();
  for (let at = 0; at < 4 * slabLetters; at += 1) script.send(2, "bob", long);
  assert.ok(script.chat.letters.slabCount >= 4);
  script.do(2, { type: "delete", name: "bob" });
  for (let at = 0; at < slabLetters; at += 1) script.send(1, "carol", "small talk");
  assert.ok(script.chat.letters.slabCount <= 2, `${script.chat.letters.slabCount} slabs`);
});

test("what a sweep adds to one record is bounded, however large the groups are", () => {
  const members = 300;
  const firstMember = names.length + 1;
  const script = people();
  for (let client = firstMember; client < firstMember + members; client += 1) {
    script.register(client, `member${client}`);
    const member = `member${client}`;
    script.do(1, { type: "groupChange", group: "#team", change: "add", member });
  }
  const { letters, accounts } = script.chat;
  let sent = 0;
  for (; letters.slabCount < 2; sent += 1) script.send(1, "#team", long);
  let looks = 0;
  const get = accounts.get.bind(accounts);
  accounts.get = (id) => {
    looks += 1;
    return get(id);
  };
  let [records, mostLooks, allLooks] = [0, 0, 0];
  for (let client = firstMember; client < firstMember + members; client += 1) {
    const { last } = script.chat.mailboxOf(script.account(`member${client}`));
    const seqs = Array.from({ length: sent }, (_, at) => last - at);
    script.mark(client, "removed", ...seqs);
    for (let idle = 0; idle < 4; idle += 1) script.do(1, { type: "mark", mark: "read", seqs: [] });
    [records, mostLooks, allLooks] = [records + 5, Math.max(mostLooks, looks), allLooks + looks];
    looks = 0;
  }
  assert.ok(letters.swept !== null || letters.sparse.size === 0, "the sweep has begun");
  assert.ok(allLooks > 20 * members, `${allLooks} places looked at: the sweep has gone on`);
  assert.ok(mostLooks <= 5 * sweptPerOp + 2 * members, `${mostLooks} places for five records`);
  assert.ok(allLooks <= records * sweptPerOp + members, `${allLooks} for ${records} records`);
});

for (const seed of [1, 2, 3]) {
  test(`whatever is sent, removed and deleted, sweeping changes nothing (seed ${seed})`, () => {
    const prng = makePrng(seed);
    const script = people();
    const unswept = people();
    const clients = names.map((_, at) => at + 1);
    unswept.chat.letters.noteGone = () => undefined;
    const both = (act: (one: ChatScript) => void): void => {
      act(script);
      act(unswept);
    };
    for (let step = 0; step < 4_000; step += 1) {
      const who = prng.below(names.length);
      const [client, name] = [clients[who] ?? 0, names[who] ?? ""];
      const to = prng.chance(0.2) ? "#team" : prng.pick(names);
      const body = `${step} ${prng.chance(0.7) ? long : "short"}`;
      if (prng.chance(0.85)) both((one) => void one.send(client, to, body));
      else if (prng.chance(0.97)) {
        const { last } = script.chat.mailboxOf(script.account(name));
        const first = prng.below(last + 1);
        const all = Array.from({ length: Math.min(last - first, 40) }, (_, at) => first + at + 1);
        const seqs = all.filter((seq) => has(script, name, seq));
        both((one) => void one.mark(client, "removed", ...seqs));
      } else if (prng.chance(0.5)) {
        both((one) => readAll(one, client, name));
        both((one) => trim(one, 50));
      } else {
        both((one) => void one.do(client, { type: "delete", name }));
        both((one) => void one.register(client + names.length, name));
        clients[who] = client + names.length;
      }
      if (step % 500 !== 499) continue;
      assert.equal(chatDigest(script.chat), chatDigest(unswept.chat), `after step ${step}`);
      for (const name of names) assert.deepEqual(script.mail(name), unswept.mail(name));
    }
    assert.equal(chatDigest(copyOf(script.chat)), chatDigest(unswept.chat));
    const { slabCount } = script.chat.letters;
    assert.ok(slabCount < unswept.chat.letters.slabCount, `${slabCount} slabs`);
  });
}
