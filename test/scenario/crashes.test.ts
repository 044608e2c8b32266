// Servers die, in every order and at the worst moments, and come back: what was confirmed stays,
// and nobody who may have missed something serves as if nothing had happened (REPLICATION §9).
// Every scenario is judged after each event by the checkers of the cluster harness.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { given, type Given } from "../support/scenes.ts";

const soonMs = 2_000;
const unverifiedWaitMs = 10_000;

test("1, then 2 crash; 0 confirms and crashes; 1 and 2 restart without 0: unverified", async () => {
  const { cluster, alice, bob } = await given({ seed: 101 });
  cluster.crash(1);
  await alice.send("bob", "two of us hold this");
  cluster.crash(2);
  await alice.send("bob", "0 alone holds this");
  cluster.crash(0);
  cluster.restart(1, 2);
  await cluster.run(unverifiedWaitMs - 500);
  equal(cluster.primary(), null, "nobody serves while 0 may hold newer messages");
  await cluster.serving([1, 2]);
  equal(cluster.isVerified(1), false);
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  ok(bob.texts().includes("0 alone holds this"));
});

test("with --majority 0 alone confirms nothing; 1 and 2 go on verified without it", async () => {
  const { cluster, alice, bob } = await given({ seed: 102, mode: "majority" });
  cluster.crash(1);
  await alice.send("bob", "two of us hold this");
  cluster.crash(2);
  alice.post("bob", "0 alone must not confirm this");
  await cluster.run(unverifiedWaitMs * 2);
  equal(alice.pending(), 1);
  cluster.crash(0);
  cluster.restart(1, 2);
  await cluster.serving([1, 2], soonMs);
  equal(cluster.isVerified(1), true);
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  equal(bob.texts().length, 2);
});

test("1, then 2 crash; 0 confirms and crashes; 2 restarts alone: unverified", async () => {
  const { cluster, alice, bob } = await given({ seed: 103 });
  cluster.crash(1);
  await alice.send("bob", "0 and 2 hold this");
  cluster.crash(2);
  await alice.send("bob", "0 alone holds this");
  cluster.crash(0);
  cluster.restart(2);
  await cluster.run(unverifiedWaitMs - 500);
  equal(cluster.primary(), null, "2 may have missed messages");
  await cluster.serving([2]);
  equal(cluster.isVerified(2), false);
  cluster.restart(0, 1);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  ok(bob.texts().includes("0 alone holds this"));
});

test("the last one to serve restarts alone at once if the others had left cleanly", async () => {
  const { cluster, alice } = await given({ seed: 104 });
  await cluster.stop(0);
  await cluster.serving([1, 2], soonMs);
  await cluster.stop(1);
  await cluster.serving([2], soonMs);
  await alice.send("bob", "2 alone holds this");
  await cluster.stop(2);
  cluster.restart(2);
  await cluster.serving([2], soonMs);
  equal(cluster.isVerified(2), true);
  cluster.restart(0, 1);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
});

for (const id of [0, 1, 2]) {
  for (const death of ["killed", "without power"] as const) {
    test(`server ${id}, ${death} between sync and acknowledgement, costs no message`, async () => {
      const { cluster, alice, bob } = await given({ seed: 110 + id });
      const before = cluster.inspect(id).durable;
      for (const other of id === 0 ? [1, 2] : [id]) cluster.cut(other, 0, { oneWay: true });
      alice.post("bob", "in the gap");
      await cluster.until(() => cluster.inspect(id).durable > before, "the sync");
      equal(alice.pending(), 1, "nobody may be told yet");
      if (death === "killed") cluster.crash(id);
      else cluster.cutPower(id);
      cluster.heal();
      await cluster.until(() => alice.pending() === 0, "the confirmation", 2 * soonMs);
      cluster.restart(id);
      await cluster.serving([0, 1, 2]);
      await cluster.finish();
      deepEqual(bob.texts(), ["in the gap"]);
    });
  }
}

for (const dies of ["the joiner", "the inviter", "the third"] as const) {
  test(`a crash of ${dies} in mid-transfer leaves nobody worse off`, async () => {
    const { cluster, alice } = await given({ seed: 120 });
    cluster.crash(2);
    cluster.wipe(2);
    const texts = Array.from({ length: 400 }, (_, index) => `${index} ${"x".repeat(200)}`);
    for (const text of texts) alice.post("bob", text);
    await cluster.until(() => alice.pending() === 0, "all confirmations");
    cluster.restart(2);
    await cluster.until(() => isBetween(cluster, 2), "the middle of the transfer");
    const victim = { "the joiner": 2, "the inviter": 0, "the third": 1 }[dies];
    cluster.crash(victim);
    await alice.send("bob", "meanwhile");
    cluster.restart(victim);
    await cluster.serving([0, 1, 2]);
    await cluster.finish();
  });
}

const stalls = [
  { beforeMs: 500, sinceMs: 5, againMs: 300, betweenMs: 0 },
  { beforeMs: 700, sinceMs: 5, againMs: 0, betweenMs: 60 },
  { beforeMs: 900, sinceMs: 5, againMs: 300, betweenMs: 0 },
  { beforeMs: 1_100, sinceMs: 5, againMs: 0, betweenMs: 60 },
] as const;

for (const { beforeMs, sinceMs, againMs, betweenMs } of stalls) {
  const words = `${beforeMs} ms until ${sinceMs} before a crash and ${againMs} behind it`;
  test(`the machine stands still ${words}: one more, and the last goes on`, async () => {
    const { cluster, alice } = await given({ seed: 122 });
    await cluster.run(700);
    await standStill(cluster, beforeMs);
    await cluster.run(sinceMs);
    cluster.crash(0);
    alice.post("bob", "between");
    await cluster.run(15);
    await standStill(cluster, againMs);
    await cluster.until(() => alice.pending() === 0, "the confirmation", soonMs);
    await cluster.run(betweenMs);
    cluster.crash(1);
    await cluster.serving([2], soonMs);
    equal(cluster.isVerified(2), true);
    cluster.restart(0, 1);
    await cluster.serving([0, 1, 2]);
    await cluster.finish();
  });
}

/** All servers at once. */
async function standStill(cluster: Given["cluster"], durationMs: number): Promise<void> {
  const servers = cluster.servers.filter((server) => server.isUp());
  for (const server of servers) server.pause();
  await cluster.run(durationMs);
  for (const server of servers) server.resume();
}

test("a member that waits for one whose end it cannot prove says so, once a second", async () => {
  const { cluster } = await given({ seed: 121 });
  cluster.crash(0);
  await cluster.serving([1, 2], soonMs);
  cluster.server(1).pause();
  await cluster.serving([2], unverifiedWaitMs + soonMs);
  equal(cluster.isVerified(2), false);
  const said = cluster.logs.events().filter(({ who, event, fields }) => {
    return who === "server 2" && event === "waiting" && fields["for"] === "1";
  });
  const seconds = said.map(({ fields }) => fields["seconds"]);
  deepEqual(seconds.slice(0, 8), [1, 2, 3, 4, 5, 6, 7, 8]);
  cluster.server(1).resume();
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
});

/** It has received some of what it is behind, but not all. */
function isBetween(cluster: Given["cluster"], id: number): boolean {
  const joiner = cluster.server(id).inspect();
  const primary = cluster.primary();
  if (joiner === null || primary === null || primary === id) return false;
  return joiner.lastOp > 0 && joiner.lastOp < cluster.inspect(primary).committed;
}

for (const id of [0, 1]) {
  test(`server ${id}, restarted faster than the heartbeat, is taken in again`, async () => {
    const { cluster, alice } = await given({ seed: 130 + id });
    for (let round = 0; round < 5; round += 1) {
      alice.post("bob", `round ${round}`);
      await cluster.run(round * 7);
      cluster.crash(id);
      await cluster.run(10 + round * 10);
      cluster.restart(id);
      await cluster.until(() => alice.pending() === 0, "the confirmation", 2 * soonMs);
    }
    await cluster.serving([0, 1, 2]);
    equal(cluster.isVerified(0), true);
    await cluster.finish();
  });
}

const pairs = [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]] as const; // prettier-ignore

for (const [first, second] of pairs) {
  for (const gapMs of [1, 2, 5, 10, 20, 50]) {
    test(`${first} and ${second} die ${gapMs} ms apart: the last one goes on, verified`, async () => {
      const { cluster, alice } = await given({ seed: 140 + gapMs });
      alice.post("bob", "just before");
      await cluster.run(0.5);
      cluster.crash(first);
      alice.post("bob", "between");
      await cluster.run(gapMs);
      cluster.crash(second);
      alice.post("bob", "after");
      const last = 3 - first - second;
      await cluster.serving([last], soonMs);
      equal(cluster.isVerified(last), true);
      await cluster.until(() => alice.pending() === 0, "all confirmations", soonMs);
      cluster.restart(first, second);
      await cluster.serving([0, 1, 2]);
      await cluster.finish();
    });
  }
}
