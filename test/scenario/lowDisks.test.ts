// Disks that are almost full: a server whose disk is low leaves while somebody else has plenty, so
// that nobody is silenced for its sake; where nobody has, messages are refused in words while there
// still is room, nothing confirmed is lost, and all goes on when room is made.
// Every scenario is judged after each event by the checkers of the cluster harness.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { lowDiskBytes } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { given, viewOf } from "../support/scenes.ts";
import { password, run, started } from "../support/seats.ts";

const lowBytes = lowDiskBytes - 1;
const noticedMs = 1_500;
const leftMs = 8_000;

for (const id of [2, 0]) {
  test(`the disk of server ${id} is low: the others go on without a word to anybody`, async () => {
    const { cluster, alice, bob } = await given({ seed: 500 + id });
    cluster.setFree(id, lowBytes);
    for (let index = 0; index < 50; index += 1) {
      alice.post("bob", `message ${index}`);
      await cluster.run(100);
    }
    const others = [0, 1, 2].filter((other) => other !== id);
    await cluster.serving(others, leftMs);
    // Its next life hears of the others, and waits: it would only be left out again.
    const { ballot } = viewOf(cluster, 1);
    await cluster.run(20_000);
    equal(viewOf(cluster, 1).ballot, ballot);
    match(cluster.logs.text(1_000), /disk-low/);
    cluster.setFree(id, Infinity);
    await cluster.serving([0, 1, 2]);
    await cluster.finish();
    deepEqual([alice.refusals, bob.shown.length], [[], 50]);
  });
}

test("two disks are low, one after the other: the third server goes on alone", async () => {
  const { cluster, alice } = await given({ seed: 510 });
  cluster.setFree(0, lowBytes);
  await cluster.serving([1, 2], leftMs);
  cluster.setFree(2, lowBytes);
  await cluster.serving([1], leftMs);
  ok(cluster.isVerified(1));
  await alice.send("bob", "to the last one");
  cluster.setFree(1, lowBytes);
  await cluster.run(noticedMs);
  alice.post("bob", "one too many");
  await cluster.until(() => alice.pending() === 0, "the refusal", 1_000);
  cluster.setFree(0, Infinity);
  // Who has plenty is taken in, and then the one that is low may leave.
  await cluster.until(() => viewOf(cluster, 0).members.join() === "0", "server 0 alone");
  await alice.send("bob", "to the first one");
  for (const id of [1, 2]) cluster.setFree(id, Infinity);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(alice.refusals, ["no-room"]);
});

test("all disks are low: all stay, messages are refused in words, and room mends it", async () => {
  const { cluster, alice, bob } = await given({ seed: 520 });
  for (let index = 0; index < 20; index += 1) alice.post("bob", `before ${index}`);
  for (const id of [0, 1, 2]) cluster.setFree(id, lowBytes);
  await cluster.run(noticedMs);
  const { ballot } = viewOf(cluster, 0);
  for (let index = 0; index < 20; index += 1) {
    alice.post("bob", `in vain ${index}`);
    await cluster.run(500);
  }
  equal(alice.refusals.length, 20);
  deepEqual(new Set(alice.refusals), new Set(["no-room"]));
  equal(viewOf(cluster, 0).ballot, ballot, "nobody has left");
  for (const id of [0, 1, 2]) cluster.setFree(id, Infinity);
  await cluster.run(noticedMs);
  await alice.send("bob", "after");
  await cluster.finish();
  equal(bob.shown.length, 21);
  const log = cluster.logs.text(10_000);
  equal(log.match(/disk-low/g)?.length, 3);
  equal(log.match(/refusing-messages/g)?.length, 1);
  equal(log.match(/taking-messages-again/g)?.length, 1);
});

test("what was refused for want of room, unheard, is not done behind what came after it", async () => {
  const { cluster, alice, bob } = await given({ seed: 525 });
  for (const id of [0, 1, 2]) cluster.setFree(id, lowBytes);
  await cluster.run(noticedMs);
  cluster.cut(0, "alice", { oneWay: true });
  alice.post("bob", "first");
  await cluster.run(100);
  for (const id of [0, 1, 2]) cluster.setFree(id, Infinity);
  await cluster.run(noticedMs);
  alice.post("bob", "second");
  await cluster.run(leftMs);
  cluster.heal();
  await cluster.finish();
  // Each message is judged by its place as it is shown.
  equal(bob.shown.length, 2);
});

test("with --majority the second of two stays though its disk is low: alone nobody could serve", async () => {
  const { cluster, alice } = await given({ seed: 530, mode: "majority" });
  cluster.crash(2);
  await cluster.serving([0, 1]);
  cluster.setFree(1, lowBytes);
  await cluster.run(leftMs);
  await cluster.serving([0, 1], 10);
  alice.post("bob", "not now");
  await cluster.until(() => alice.pending() === 0, "the refusal", 1_000);
  deepEqual(alice.refusals, ["no-room"]);
  cluster.restart(2);
  await cluster.serving([0, 2], 20_000);
  await alice.send("bob", "now");
  cluster.setFree(1, Infinity);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
});

for (const seed of [540, 541, 542, 543, 544, 545, 546, 547]) {
  test(`disks run low and crashes come at random: nothing is lost or done twice (${seed})`, async () => {
    const prng = makePrng(seed);
    const { cluster, alice, bob } = await given({ seed });
    for (let step = 0; step < 25; step += 1) {
      for (let index = prng.below(8); index > 0; index -= 1) {
        const [from, to] = prng.chance(0.5) ? [alice, "bob"] : [bob, "alice"];
        from.post(to, `${from.name} ${step}.${index}`);
      }
      const id = prng.below(3);
      const running = cluster.servers.filter((server) => server.isUp());
      if (prng.chance(0.5)) cluster.setFree(id, prng.chance(0.5) ? lowBytes : 3 * lowDiskBytes);
      else if (!cluster.server(id).isUp()) cluster.restart(id);
      else if (running.length > 2 && prng.chance(0.5)) cluster.crash(id);
      await cluster.run(prng.pick([1, 20, 300, 1_500, 6_000]));
    }
    for (const server of cluster.servers) {
      if (!server.isUp()) cluster.restart(server.id);
      cluster.setFree(server.id, Infinity);
    }
    await cluster.serving([0, 1, 2]);
    await cluster.finish(120_000);
    ok(cluster.deliveries.counts().confirmed > 0);
  });
}

test("groups grow by nothing while all disks are low, whichever way they are changed", async () => {
  const cluster = await started(530);
  for (const name of ["carol", "alice"]) await run(cluster, [`register ${name}`, password]);
  const before = ["group create #team", "send #team hello"];
  await run(cluster, ["login alice", password, ...before]);
  for (const id of [0, 1, 2]) cluster.setFree(id, lowBytes);
  await cluster.run(noticedMs);
  const changes = ["group create #other", "group add #team carol", "group join #lobby"];
  const refused = await run(cluster, ["login alice", password, ...changes]);
  const words = refused.out.filter((line) => line.startsWith("error: "));
  equal(words.length, 3, refused.out.join("\n"));
  for (const line of words) match(line, /disk/);
});
