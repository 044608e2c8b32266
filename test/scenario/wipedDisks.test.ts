// A server that is wiped and comes back has forgotten what it promised and confirmed, and goes on
// having forgotten it when it has joined somebody and holds records again. Every scenario is judged
// after each event by the checkers of the cluster, which know that a folder is lost.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import type { ServerMode } from "../support/simBoot.ts";
import { given, type Given } from "../support/scenes.ts";
import type { SimDisk } from "../support/simDisk.ts";

const unverifiedWaitMs = 10_000;

/** 0 dies; 1 dies; 2 confirms alone, and what it confirmed is lost with its folder. */
async function lastOneWiped(options: Parameters<typeof given>[0]): Promise<Given> {
  const scene = await given(options);
  const { cluster, alice } = scene;
  await alice.send("bob", "before the end");
  cluster.crash(0);
  await cluster.serving([1, 2]);
  await alice.send("bob", "held by servers 1 and 2");
  cluster.crash(1);
  await cluster.serving([2]);
  await alice.send("bob", "held by server 2 alone");
  cluster.crash(2);
  cluster.history.allowLosses();
  cluster.wipe(2);
  return scene;
}

for (const setBackMs of [0, 3_600_000]) {
  const clock = setBackMs === 0 ? "" : ", its clock set back an hour";
  test(`a wiped server that has joined one who stood apart does not vouch for the other${clock}`, async () => {
    const { cluster, alice } = await lastOneWiped({ seed: 520 });
    cluster.jumpWall(2, -setBackMs);
    cluster.restart(0, 2);
    await cluster.serving([0, 2], 2 * unverifiedWaitMs);
    equal(cluster.isVerified(0), false);
    await alice.send("bob", "while server 1 is away");
    cluster.restart(1);
    await cluster.run(unverifiedWaitMs - 1_000);
    equal(cluster.primary(), null, "what server 2 has forgotten may be newer than all they hold");
    await cluster.until(() => cluster.primary() !== null, "the wait to be over");
    equal(cluster.isVerified(1), false, "it goes on without what is lost, and says so");
    await cluster.serving([0, 1, 2]);
    await cluster.settle();
    equal(cluster.isVerified(0), true, "nobody is left who could hold more");
  });
}

test("with --strict a wiped server that comes back is waited for in vain", async () => {
  const { cluster } = await lastOneWiped({ seed: 521, mode: "strict" });
  cluster.restart(0, 1, 2);
  await cluster.run(6 * unverifiedWaitMs);
  equal(cluster.primary(), null);
});

test("a wiped server that has joined somebody and starts anew vouches for no more than before", async () => {
  const { cluster } = await lastOneWiped({ seed: 522 });
  cluster.restart(0, 2);
  await cluster.serving([0, 2], 2 * unverifiedWaitMs);
  cluster.crash(0, 2);
  cluster.restart(1, 2);
  await cluster.run(unverifiedWaitMs - 1_000);
  equal(cluster.primary(), null);
  await cluster.serving([1, 2]);
  equal(cluster.isVerified(1), false, "server 0 is still missing");
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.settle();
});

test("who was waited for comes back wiped: then all are waited for, since it knew who else to ask", async () => {
  const { cluster, alice, bob } = await given({ seed: 524 });
  cluster.crash(1);
  await cluster.serving([0, 2]);
  cluster.crash(0);
  await cluster.serving([2]);
  cluster.restart(1);
  await cluster.serving([1, 2]);
  cluster.crash(2);
  await cluster.serving([1]);
  await alice.send("bob", "held by server 1 alone");
  cluster.crash(1);
  // Server 0 has seen the view {0 2} last, and waits for server 2.
  cluster.history.allowLosses();
  cluster.wipe(2);
  cluster.restart(0, 2);
  await cluster.serving([0, 2], 2 * unverifiedWaitMs);
  equal(cluster.isVerified(0), false, "what server 2 knew of server 1 is lost");
  cluster.restart(1);
  await cluster.serving([0, 1, 2]);
  await cluster.settle();
  equal(cluster.isVerified(0), true);
  ok(bob.shown.some(({ text }) => text === "held by server 1 alone"));
});

for (const mode of ["plain", "strict", "majority"] satisfies ServerMode[]) {
  test(`a wiped server that was taken in by those who remember counts from then on: ${mode}`, async () => {
    const { cluster, alice, bob } = await given({ seed: 523, mode });
    await alice.send("bob", "before the wipe");
    cluster.crash(2);
    await cluster.serving([0, 1]);
    cluster.wipe(2);
    cluster.restart(2);
    await cluster.serving([0, 1, 2]);
    await alice.send("bob", "after the wipe");
    cluster.crash(0, 1, 2);
    cluster.restart(0, 1, 2);
    await cluster.serving([0, 1, 2], unverifiedWaitMs / 2);
    ok(cluster.isVerified(2));
    await cluster.finish();
    deepEqual(bob.texts(), ["before the wipe", "after the wipe"]);
  });
}

test("founded while server 2 was away, and whole since: it comes back wiped, and leads nobody", async () => {
  const cluster = new Cluster({ seed: 700 });
  for (const id of [0, 1]) cluster.server(id).start();
  await cluster.serving([0, 1], 2 * unverifiedWaitMs);
  cluster.server(2).start();
  await cluster.serving([0, 1, 2]);
  const alice = await cluster.user("alice");
  const bob = await cluster.user("bob");
  await alice.send("bob", "held by all");
  await cluster.settle();
  ok(cluster.isVerified(0));
  const founded = cluster.inspect(0).views[0];
  cluster.crash(2);
  cluster.history.allowLosses();
  cluster.wipe(2);
  await cluster.serving([0, 1]);
  cluster.split({ left: [2], right: [0, 1, "alice", "bob"] });
  cluster.restart(2);
  await cluster.serving([0, 1]);
  await cluster.until(() => cluster.primary() === 2, "server 2 to go on alone");
  ok(
    (cluster.inspect(2).views[0]?.ballot ?? 0) > cluster.inspect(0).active,
    "with a higher ballot",
  );
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  deepEqual(
    cluster.inspect(2).views[0],
    founded,
    "what all have held may be in no journal any more",
  );
  await cluster.finish();
  deepEqual(bob.texts(), ["held by all"]);
});

for (const mode of ["plain", "strict"] satisfies ServerMode[]) {
  test(`a server whose last record, a view's, has rotted does not take up the view before: ${mode}`, async () => {
    const { cluster, alice, bob } = await given({ seed: 524, mode });
    cluster.crash(0);
    await cluster.serving([1, 2]);
    cluster.crash(1);
    await cluster.serving([2]);
    cluster.restart(1);
    await cluster.serving([1, 2]);
    await cluster.run(1_000);
    cluster.crash(2);
    rotLastRecord(cluster.server(2).disk);
    await cluster.serving([1]);
    await alice.send("bob", "held by server 1 alone");
    cluster.split({ left: [2], right: [0, 1, "alice", "bob"] });
    cluster.restart(2);
    await cluster.run(unverifiedWaitMs - 1_000);
    ok(cluster.inspect(2).status !== "normal", "it has forgotten who was a member with it");
    cluster.heal();
    await cluster.serving([1, 2], 2 * unverifiedWaitMs);
    await cluster.finish();
    deepEqual(bob.texts(), ["held by server 1 alone"]);
  });
}

/** Where a record ends without a word that it was durable, damage looks like a torn tail. */
function rotLastRecord(disk: SimDisk): void {
  const name = disk.names().findLast((one) => one.startsWith("journal-")) ?? "";
  const bytes = disk.contentOf(name) ?? Buffer.alloc(0);
  const end = bytes.findLastIndex((byte) => byte !== 0);
  disk.flipBit(name, (end - 40) * 8);
}
