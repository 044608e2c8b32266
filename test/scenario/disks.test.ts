// Disks are slow, hang, tear, or are wiped, and the power goes: what was confirmed is found again,
// and a server that has forgotten its promises does not vote as if it had not (REPLICATION §9).
// Every scenario is judged after each event by the checkers of the cluster harness.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { given, viewOf } from "../support/scenes.ts";

const takeoverMs = 6_000;
const unverifiedWaitMs = 10_000;

test("both secondaries' disks slow: the view never falls below two", async () => {
  const { cluster, alice } = await given({ seed: 301 });
  cluster.slowDisk(1, 300);
  cluster.slowDisk(2, 300);
  for (let round = 0; round < 20; round += 1) {
    alice.post("bob", `round ${round}`);
    await cluster.run(500);
    ok(viewOf(cluster, 0).members.length >= 2);
  }
  await cluster.until(() => alice.pending() === 0, "all confirmations", takeoverMs);
  cluster.slowDisk(1, 0.4);
  cluster.slowDisk(2, 0.4);
  await cluster.finish();
});

for (const seed of [310, 311, 312, 313, 314, 315]) {
  test(`power cut of all, torn tails: nothing confirmed is lost (${seed})`, async () => {
    const { cluster, alice } = await given({ seed });
    for (let index = 0; index < 100; index += 1) alice.post("bob", `message ${index}`);
    await cluster.run(1 + (seed % 4));
    cluster.cutPower(0, 1, 2);
    await cluster.run(500);
    cluster.restart(0, 1, 2);
    await cluster.serving([0, 1, 2], 3_000);
    equal(cluster.isVerified(0), true, "all of the newest view are here");
    await cluster.until(() => alice.pending() === 0, "all confirmations");
    await cluster.finish();
  });
}

for (const missing of [0, 1, 2]) {
  test(`power cut of all; two return, then ${missing}: unverified until then`, async () => {
    const { cluster, alice } = await given({ seed: 320 + missing });
    await alice.send("bob", "before the cut");
    cluster.cutPower(0, 1, 2);
    const two = [0, 1, 2].filter((id) => id !== missing);
    cluster.restart(...two);
    await cluster.run(unverifiedWaitMs - 500);
    equal(cluster.primary(), null);
    await cluster.serving(two);
    equal(cluster.isVerified(two[0] ?? -1), false);
    await alice.send("bob", "unverified");
    cluster.restart(missing);
    await cluster.serving([0, 1, 2]);
    equal(cluster.isVerified(0), true, "everybody has rejoined");
    await cluster.finish();
  });
}

test("power cut of all with --majority: two go on verified at once", async () => {
  const { cluster, alice } = await given({ seed: 325, mode: "majority" });
  await alice.send("bob", "before the cut");
  cluster.cutPower(0, 1, 2);
  cluster.restart(0, 2);
  await cluster.serving([0, 2], 3_000);
  equal(cluster.isVerified(0), true);
  cluster.restart(1);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
});

test("primary's disk hangs: it hands over, and the messages go on", async () => {
  const { cluster, alice, bob } = await given({ seed: 330 });
  const answer = cluster.hangDisk(0);
  alice.post("bob", "while the disk hangs");
  await cluster.until(() => alice.pending() === 0, "the confirmation", takeoverMs);
  equal(cluster.primary(), 1);
  answer();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts(), ["while the disk hangs"]);
});

test("a secondary's disk hangs: it is left out, and the messages go on", async () => {
  const { cluster, alice } = await given({ seed: 331 });
  const answer = cluster.hangDisk(2);
  alice.post("bob", "while the disk hangs");
  await cluster.until(() => alice.pending() === 0, "the confirmation", takeoverMs);
  equal(cluster.primary(), 0);
  answer();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
});

test("wiped disk at cold start: it counts as missing, and learns everything again", async () => {
  const { cluster, alice, bob } = await given({ seed: 340 });
  await alice.send("bob", "before the wipe");
  cluster.crash(0, 1, 2);
  cluster.wipe(0);
  cluster.restart(0, 1, 2);
  await cluster.run(unverifiedWaitMs - 500);
  equal(cluster.primary(), null, "it has forgotten what it promised");
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts(), ["before the wipe"]);
});

test("wiped disks at cold start: two never outvote the one that remembers", async () => {
  const { cluster, alice, bob } = await given({ seed: 341 });
  await alice.send("bob", "before the wipe");
  cluster.crash(0, 1, 2);
  cluster.wipe(0);
  cluster.wipe(1);
  cluster.restart(0, 1, 2);
  await cluster.serving([0, 1, 2]);
  await alice.send("bob", "after the wipe");
  await cluster.finish();
  deepEqual(bob.texts(), ["before the wipe", "after the wipe"]);
});

test("wiped disk, and the clock set back an hour: it is taken in again all the same", async () => {
  const { cluster, alice } = await given({ seed: 350 });
  await alice.send("bob", "before the wipe");
  cluster.crash(2);
  await cluster.serving([0, 1]);
  cluster.wipe(2);
  cluster.jumpWall(2, -3_600_000);
  cluster.restart(2);
  await cluster.serving([0, 1, 2]);
  await cluster.run(2_000);
  await cluster.serving([0, 1, 2], 100);
  equal(cluster.isVerified(0), true);
  await alice.send("bob", "after the wipe");
  await cluster.finish();
});

test("wiped disk, cut off in mid-transfer: what has come so far is no history to go on with", async () => {
  const { cluster, alice } = await given({ seed: 351 });
  cluster.crash(0, 1);
  await cluster.serving([2]);
  // More than one chunk, so that the first one ends where 2 was alone.
  const texts = Array.from({ length: 2_500 }, (_, index) => `${index} ${"x".repeat(240)}`);
  for (const text of texts) alice.post("bob", text);
  await cluster.until(() => alice.pending() === 0, "all confirmations");
  cluster.restart(0, 1);
  await cluster.serving([0, 1, 2]);
  cluster.crash(2);
  await cluster.serving([0, 1]);
  cluster.wipe(2);
  cluster.restart(2);
  await cluster.until(() => (cluster.server(2).inspect()?.lastOp ?? 0) > 0, "the first records");
  cluster.split({ left: [2], right: [0, 1, "alice", "bob"] });
  equal(viewOf(cluster, 2).members.join(), "2", "as far as it knows");
  await cluster.run(unverifiedWaitMs - 1_000);
  ok(cluster.inspect(2).status !== "normal", "it has forgotten what it promised since");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
});
