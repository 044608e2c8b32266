// Kept messages that cannot go out as they were sealed, since their readers have other keys by now:
// sealed anew under a new number, which is in the outbox before it goes, so that they arrive once.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatClient, KeptTold } from "../../src/client/api.ts";
import type { Kept, StoredOutbox } from "../../src/client/kept.ts";
import type { OutboxStore } from "../../src/client/outbox.ts";
import { type KeptNews, type KeptPlace, KeptSending } from "../../src/client/keptSending.ts";
import type { Sealer } from "../../src/client/sealing/sealer.ts";
import type { MessageDraft } from "../../src/client/sessionTypes.ts";
import { aliceGets, bobAt, leaveUnsent } from "../support/leftUnsent.ts";
import { exampleOutbox, memoryOutbox } from "../support/memoryOutbox.ts";
import { enter, password, run, shows, started } from "../support/seats.ts";
import type { Cluster } from "../support/cluster.ts";
import { type Person, Script } from "../support/simFaces.ts";

/** kill -9, so long after the command, of a client that seals a message anew; then the next one. */
async function arrivalsAfterKill(afterMs: number): Promise<readonly string[]> {
  const cluster = await started(506);
  await run(cluster, ["register alice", password]);
  const outbox = memoryOutbox();
  const first = await bobAt(cluster, outbox, "register");
  first.type(`send alice zero${enter}`);
  await cluster.run(1_000);
  await leaveUnsent(cluster, first, "send alice one");
  await run(cluster, ["login alice", password, "delete", "alice"]);
  await run(cluster, ["register alice", password]);
  const second = await acceptingAlice(cluster, outbox);
  second.type(`outbox send${enter}`);
  await cluster.run(afterMs);
  for (const id of [0, 1, 2]) cluster.cut(second.machine as never, id as never);
  const left = memoryOutbox();
  for (const file of outbox.files.values()) left.keep(file);
  await cluster.run(2_000);
  const third = await acceptingAlice(cluster, left);
  third.type(`outbox send${enter}`);
  await cluster.run(5_000);
  assert.equal(left.files.size, 0, third.rows().join("\n"));
  return aliceGets(cluster);
}

/** Alice has made her account anew, and bob knows that it is she. */
async function acceptingAlice(cluster: Cluster, outbox: OutboxStore): Promise<Person> {
  const bob = await bobAt(cluster, outbox);
  bob.type(`verify alice yes${enter}`);
  await cluster.until(() => shows(bob, "alice is verified"), "the mark");
  return bob;
}

test("a message that is sealed anew arrives once, whenever its client is killed", async () => {
  for (let afterMs = 8; afterMs <= 14; afterMs += 0.5) {
    assert.deepEqual(await arrivalsAfterKill(afterMs), ["one"], `killed after ${afterMs} ms`);
  }
});

test("what a group's new member makes stale is sealed anew, in order and without a gap", async () => {
  const cluster = await started(509);
  await run(cluster, ["register carol", password]);
  const lines = ["register alice", password];
  const alice = new Script(cluster, lines, { open: true, json: true });
  await cluster.run(2_000);
  const outbox = memoryOutbox();
  const first = await bobAt(cluster, outbox, "register");
  first.type(`group create #team${enter}group add #team alice${enter}send #team zero${enter}`);
  await cluster.until(() => shows(first, "zero ✓"), "the confirmation");
  await leaveUnsent(cluster, first, "send #team one", "send #team two");
  await run(cluster, ["login bob", password, "group add #team carol"]);
  const second = await bobAt(cluster, outbox);
  second.type(`outbox send${enter}`);
  await cluster.until(() => shows(second, "sent 2 messages"), "both to be sent");
  assert.equal(outbox.files.size, 0);
  second.type(`send #team three${enter}`);
  await cluster.until(() => shows(second, "three ✓"), "the confirmation");
  await cluster.until(() => alice.json("message").length >= 4, "alice to have all");
  const said = alice.json("message").filter(({ event }) => event === undefined);
  assert.deepEqual(
    said.map(({ text, warning }) => [text, warning]),
    ["zero", "one", "two", "three"].map((text) => [text, undefined]),
  );
});

const draft: MessageDraft = { type: "send", to: "alice", format: "s", body: "sealed" };
const left: StoredOutbox = {
  ...exampleOutbox,
  messages: [
    { request: 5, draft },
    { request: 6, draft },
  ],
};

/** Where servers refuse all with this code; all that was kept, sent and told. */
async function refusedWith(code: string, keep: KeptPlace["keep"] = () => null) {
  const kept: StoredOutbox[] = [];
  const sent: Kept[] = [];
  const news: KeptNews[] = [];
  const store: KeptPlace = {
    keep: (outbox) => (kept.push(outbox), keep(outbox)),
    drop: () => null,
  };
  const sendKept = (outbox: Kept, told: KeptTold): Promise<void> => {
    sent.push(outbox);
    const answer = { ok: false, code, message: "No.", request: 0 } as const;
    for (const { request } of outbox.messages) if (!told(request, answer, code)) break;
    return Promise.resolve();
  };
  const sealKept = ({ messages }: Kept): unknown => {
    return Promise.resolve({ ready: messages, refused: [], sequences: [["alice", 2]] });
  };
  const openKept = (_: unknown, { request }: { readonly request: number }): unknown => {
    return { text: "words", numbered: { tag: "alice", sequence: request - 4 } };
  };
  const end = await new KeptSending(left, {
    // As much of both as a kept message needs.
    client: { sendKept } as unknown as ChatClient,
    sealer: { sealKept, openKept } as unknown as Sealer,
    store,
    told: (_, one) => news.push(one),
  }).run();
  return { kept, sent, news, end };
}

test("what a full mailbox refuses stays, to be sealed anew under another number", async () => {
  const { kept, sent, news, end } = await refusedWith("mailbox-full");
  assert.equal(sent.length, 1);
  assert.deepEqual(
    news.map(({ fate }) => fate),
    ["kept", "kept"],
  );
  assert.deepEqual(end, { goesOn: true, problem: null });
  const last = kept.at(-1);
  const numbers = last?.messages.map(({ request }) => request) ?? [];
  assert.ok(numbers.every((number) => number > (sent[0]?.lastRequest ?? 0)));
  assert.equal(new Set(numbers).size, 2);
  assert.equal(last?.lastRequest, numbers.at(-1));
  assert.deepEqual(
    last?.messages.map((one) => [one.draft.format, one.draft.body]),
    Array(2).fill(["u", "words"]),
  );
  assert.deepEqual(last?.sequences, [["alice", 0]], "the numbers of what nobody has are free");
});

test("what is stale again and again stays, and is told of once", async () => {
  const { sent, news, kept } = await refusedWith("stale-keys");
  assert.equal(sent.length, 3);
  assert.deepEqual(
    news.map(({ fate }) => fate),
    ["kept", "kept"],
  );
  assert.equal(kept.at(-1)?.messages.length, 2);
});

test("a new number that cannot be kept is not used", async () => {
  let writes = 0;
  const { sent, end } = await refusedWith("stale-keys", () => ((writes += 1) > 2 ? "Full." : null));
  assert.equal(sent.length, 1);
  assert.deepEqual(end, { goesOn: false, problem: "Full." });
});
