// What stays in the outbox when it could not be sent, and what goes: only what a server has
// confirmed, or refused for good, and then its words are shown. Two terminals that send at the same
// time, and servers that give wrong answers, lose nothing and double nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lowDiskBytes, sessionIdleMs } from "../../src/base/limits.ts";
import { asClientId } from "../../src/base/ids.ts";
import { fateOf } from "../../src/client/keptFate.ts";
import type { StoredOutbox } from "../../src/client/kept.ts";
import type { OutboxStore } from "../../src/client/outbox.ts";
import type { Outcome } from "../../src/client/sessionTypes.ts";
import type { Cluster } from "../support/cluster.ts";
import { aliceGets, bobAt, leaveUnsent } from "../support/leftUnsent.ts";
import { memoryOutbox } from "../support/memoryOutbox.ts";
import { connectRaw } from "../support/rawClient.ts";
import { enter, password, run, shows, started } from "../support/seats.ts";
import { hostOf } from "../support/simHosts.ts";

test("what full disks refuse stays in the outbox, and is sent when there is room", async () => {
  const cluster = await started(501);
  await run(cluster, ["register alice", password]);
  const outbox = memoryOutbox();
  await leaveUnsent(cluster, await bobAt(cluster, outbox, "register"), "send alice precious");
  for (const id of [0, 1, 2]) cluster.setFree(id, lowDiskBytes - 1);
  await cluster.run(20_000);
  const bob = await bobAt(cluster, outbox);
  bob.type(`outbox send${enter}`);
  await cluster.until(() => shows(bob, "sent 0 messages"), "the answer");
  assert.ok(shows(bob, "It is kept: outbox send tries again."), bob.rows().join("\n"));
  assert.equal(outbox.files.size, 1);
  for (const id of [0, 1, 2]) cluster.setFree(id, Infinity);
  await cluster.run(20_000);
  bob.type(`outbox send${enter}`);
  await cluster.until(() => shows(bob, "sent 1 message"), "the message to be sent");
  assert.equal(outbox.files.size, 0);
  assert.deepEqual(await aliceGets(cluster), ["precious"]);
});

test("what is refused for good is kept no longer, and its words are shown with the reason", async () => {
  const cluster = await started(502);
  await run(cluster, ["register alice", password]);
  const outbox = memoryOutbox();
  const first = await bobAt(cluster, outbox, "register");
  first.type(`send alice before${enter}`);
  await cluster.until(() => shows(first, "before ✓"), "the confirmation");
  await leaveUnsent(cluster, first, "send alice where are you");
  await run(cluster, ["login alice", password, "delete alice"]);
  await run(cluster, ["login alice", password, "delete", "alice"]);
  const bob = await bobAt(cluster, outbox);
  bob.type(`outbox send${enter}`);
  await cluster.until(() => shows(bob, "sent 0 messages"), "the answer");
  const row = "There is no user named alice. Kept no longer, it read: where are you";
  assert.ok(shows(bob, row), bob.rows().join("\n"));
  assert.equal(outbox.files.size, 0);
});

test("who has seen the id of a client that left messages cannot use up their numbers", async () => {
  const cluster = await started(503);
  await run(cluster, ["register mallory", password]);
  await run(cluster, ["register alice", password]);
  const outbox = memoryOutbox();
  const first = await bobAt(cluster, outbox, "register");
  first.type(`send mallory hi${enter}send alice zero${enter}`);
  await cluster.run(1_000);
  await leaveUnsent(cluster, first, "send alice one");
  const [kept] = outbox.files.values();
  assert.ok(kept !== undefined);
  await cluster.run(sessionIdleMs + 60_000);
  await useUp(cluster, kept);
  const bob = await bobAt(cluster, outbox);
  bob.type(`outbox send${enter}`);
  await cluster.until(() => shows(bob, "sent 1 message"), "the answer");
  assert.equal(outbox.files.size, 0);
  const alice = await run(cluster, ["login alice", password]);
  assert.equal(alice.out.filter((line) => line.endsWith("bob: one")).length, 1);
});

/** Somebody else would register under that client id, by the number of a message that is kept. */
async function useUp(cluster: Cluster, { client, messages }: StoredOutbox): Promise<void> {
  const machine = cluster.network.forProcess(hostOf("mallory"), cluster.clock.forProcess());
  const host = { host: hostOf(0), port: 22_067 };
  const raw = await connectRaw(machine, host, client, (done, what) => cluster.until(done, what));
  await raw.hello();
  const request = messages[0]?.request ?? 0;
  raw.lastRequest = request - 1;
  raw.say(raw.registration("eve"));
  assert.equal((await raw.next("refused")).code, "client-taken");
  raw.link.end();
  await cluster.run(1_000);
}

test("what several clients have left comes in the order in which it was written", async () => {
  const cluster = await started(504);
  await run(cluster, ["register bob", password]);
  const outbox = memoryOutbox();
  for (const [id, body, atMs] of [
    ["00", "third", 3_000],
    ["ff", "first", 1_000],
    ["33", "second, too", 2_000],
    ["22", "second", 2_000],
  ] as const) {
    const client = asClientId(id.repeat(16));
    const draft = { type: "send", to: "alice", format: "u", body } as const;
    const messages = [{ request: 5, draft }];
    outbox.keep({ client, user: "bob", lastRequest: 7, received: 3, messages, atMs });
  }
  const order = ["first", "second", "second, too", "third"];
  const bob = await run(cluster, ["login bob", password, "outbox", "outbox send"], { outbox });
  const listed = bob.out.flatMap((line) => /to alice: (.*) \(/.exec(line)?.[1] ?? []);
  assert.deepEqual(listed, order, bob.out.join("\n"));
  const tried = bob.out.flatMap((line) => /it read: (.*)$/.exec(line)?.[1] ?? []);
  assert.deepEqual(tried, order, bob.out.join("\n"));
});

/** As files are: what a living process has written, or taken, is that process's. */
class Machine {
  readonly files = new Map<string, { readonly pid: number; readonly outbox: StoredOutbox }>();
  readonly dead = new Set<number>();

  storeOf(pid: number): OutboxStore {
    const isOurs = (owner: number): boolean => owner === pid || this.dead.has(owner);
    const keep = (outbox: StoredOutbox): null => {
      this.files.set(outbox.client, { pid, outbox: structuredClone(outbox) });
      return null;
    };
    return {
      load: () => {
        const ours = [...this.files.values()].filter((file) => isOurs(file.pid));
        return { kept: ours.map(({ outbox }) => outbox), problem: null };
      },
      keep,
      claim: (client) => {
        const file = this.files.get(client);
        if (file === undefined || !isOurs(file.pid)) return { outbox: null, problem: null };
        return { outbox: file.outbox, problem: keep(file.outbox) };
      },
      drop: (client) => (this.files.delete(client), null),
    };
  }
}

test("of two terminals that send at the same time each message is sent by one", async () => {
  const cluster = await started(505);
  await run(cluster, ["register alice", password]);
  await run(cluster, ["register bob", password]);
  const machine = new Machine();
  for (const pid of [1, 2]) {
    const bob = await bobAt(cluster, machine.storeOf(pid));
    await leaveUnsent(cluster, bob, `send alice from ${pid}`);
    machine.dead.add(pid);
  }
  const one = await bobAt(cluster, machine.storeOf(3));
  const other = await bobAt(cluster, machine.storeOf(4));
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  for (const bob of [one, other]) {
    bob.type(`outbox send${enter}`);
    await cluster.run(500);
  }
  cluster.restart(0, 1, 2);
  await cluster.serving([0, 1, 2]);
  const said = (): string[] => [...one.rows(), ...other.rows()];
  const ends = (): number => said().filter((row) => /^sent \d/.test(row)).length;
  await cluster.until(() => ends() === 2, "both to be told", 60_000);
  const complaints = said().filter((row) => row.includes("✗") || row.includes("replaced"));
  assert.deepEqual(complaints, []);
  const sent = said().flatMap((row) => /^sent (\d)/.exec(row)?.[1] ?? []);
  assert.equal(Number(sent[0]) + Number(sent[1]), 2, sent.join(" "));
  assert.equal(machine.files.size, 0);
  assert.deepEqual([...(await aliceGets(cluster))].sort(), ["from 1", "from 2"]);
});

test("who deletes the account leaves nothing to whoever is called the same later", async () => {
  const cluster = await started(507);
  await run(cluster, ["register alice", password]);
  const outbox = memoryOutbox();
  await leaveUnsent(cluster, await bobAt(cluster, outbox, "register"), "send alice old words");
  await run(cluster, ["login bob", password, "delete", "bob"], { outbox });
  assert.equal(outbox.files.size, 0);
  await run(cluster, ["register bob", password], { outbox });
  const next = await run(cluster, ["login bob", password, "outbox"], { outbox });
  assert.ok(next.out.includes("nothing is waiting to be sent"), next.out.join("\n"));
});

test("a folder that becomes unwritable ends no client, and is told of once, in words", async () => {
  const cluster = await started(508);
  await run(cluster, ["register alice", password]);
  const problem = "Removing /state/outbox failed: the file system is read-only (EROFS).";
  const outbox = { ...memoryOutbox(), drop: () => problem };
  const bob = await bobAt(cluster, outbox, "register");
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  bob.type(`send alice one${enter}`);
  await cluster.run(300);
  cluster.restart(0, 1, 2);
  await cluster.until(() => shows(bob, "one ✓"), "the confirmation", 30_000);
  bob.type(`send alice two${enter}`);
  await cluster.until(() => shows(bob, "two ✓"), "the confirmation");
  const said = bob.rows().filter((row) => row.includes("the file system is read-only (EROFS)."));
  assert.equal(said.length, 1, bob.rows().join("\n"));
});

test("a message goes only when a server has decided it, whatever was told on the way", () => {
  const sent = { type: "sent", request: 5, op: 1, copies: 3, to: "Alice", atMs: 1, online: false };
  const confirmed = { ok: true, replies: [sent], request: 5 } as unknown as Outcome;
  assert.equal(fateOf("alice", confirmed, null), "sent");
  assert.equal(fateOf("carol", confirmed, null), "unknown");
  const as = (code: string, said: string | null = code): string => {
    return fateOf("alice", { ok: false, code, message: "", request: 5 }, said);
  };
  for (const code of ["stopped", "too-many-tries", "password-changed", "outcome-unknown"]) {
    assert.equal(as(code, null), "wait", `${code}, which no server said of the message`);
  }
  for (const code of ["no-room", "not-logged-in", "unavailable", "too-much-asked"]) {
    assert.equal(as(code), "wait", code);
  }
  assert.equal(as("outcome-unknown", "no-room"), "wait");
  assert.equal(as("outcome-unknown", "no-such-user"), "wait", "another branch may have done it");
  assert.equal(as("outcome-unknown"), "unknown");
  for (const code of ["mailbox-full", "group-full", "too-many-groups"]) {
    assert.equal(as(code), "anew", code);
  }
  assert.equal(as("stale-keys"), "stale");
  for (const code of ["no-such-user", "too-long", "not-a-member"]) {
    assert.equal(as(code), "refused", code);
  }
});
