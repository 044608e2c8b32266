// What is confirmed on both sides of a fork is there once, on all servers, when they have met again
// (REPLICATION §8); what is kept of the lost branch goes only then. Every scenario is judged after
// each event by the checkers of the cluster harness.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import { given, viewOf, type Given } from "../support/scenes.ts";
import type { SimTerminal } from "../support/simTerminal.ts";

/** Files that a server keeps of lost branches. */
function keptFiles(cluster: Cluster, id: number): string[] {
  return cluster
    .server(id)
    .disk.names()
    .filter((name) => /^(orphans|merge)-/.test(name));
}

function nothingKept(cluster: Cluster): void {
  for (const { id } of cluster.servers) deepEqual(keptFiles(cluster, id), []);
}

/** 0 with alice on the left, the others with bob and carol on the right; both sides serve. */
async function givenSplit(
  seed: number,
  options: { readonly snapshotEvery?: number } = {},
): Promise<Given & { readonly carol: SimTerminal }> {
  const { cluster, alice, bob } = await given({ seed, ...options });
  const carol = await cluster.user("carol");
  cluster.split({ left: [0, "alice"], right: [1, 2, "bob", "carol"] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  return { cluster, alice, bob, carol };
}

/** Until all that `from` posts is confirmed on its side. */
async function talk(
  cluster: Cluster,
  from: SimTerminal,
  letters: readonly (readonly [string, string])[],
): Promise<void> {
  for (const [to, text] of letters) from.post(to, text);
  await cluster.until(() => from.pending() === 0, `${from.name}'s confirmations`);
}

function numbered(count: number, to: string, what: string): (readonly [string, string])[] {
  return Array.from({ length: count }, (_, at) => [to, `${what} ${at}`] as const);
}

test("both sides confirm; afterwards all of it is there once, the lost side's marked late", async () => {
  const { cluster, alice, bob, carol } = await givenSplit(302);
  await talk(cluster, alice, numbered(5, "bob", "left"));
  await talk(cluster, carol, numbered(5, "bob", "right"));
  await talk(cluster, carol, numbered(3, "alice", "for alice"));
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  nothingKept(cluster);
  const { letters, late } = await bob.mailbox();
  deepEqual(
    late,
    numbered(5, "", "left").map(([, text]) => text),
  );
  equal(letters.length, 10);
  equal(bob.shown.length, 10);
  equal(alice.shown.length, 3);
  equal(cluster.isVerified(0), true);
});

test("while a lost branch is being merged those who serve say unverified, then no more", async () => {
  const { cluster, alice, carol } = await givenSplit(303);
  await talk(cluster, alice, numbered(3_000, "bob", "left"));
  await talk(cluster, carol, numbered(2, "bob", "right"));
  const isSure = (id: number | null): boolean =>
    cluster.server(id ?? 0).status()?.verified === true;
  deepEqual([isSure(0), isSure(1)], [false, true], "1 and 2 cannot know");
  cluster.heal();
  await cluster.until(() => keptFiles(cluster, 0).length > 1, "the merge to begin");
  await cluster.until(() => !isSure(0) && !isSure(cluster.primary()), "both to say so");
  await carol.send("bob", "while it goes on");
  await cluster.until(() => [0, 1, 2].every(isSure), "all to be sure");
  await cluster.finish();
  nothingKept(cluster);
});

test("branches that base images had overtaken are merged whole", async () => {
  const { cluster, alice, bob, carol } = await givenSplit(304, { snapshotEvery: 3 });
  for (let round = 0; round < 10; round += 1) {
    await talk(cluster, alice, numbered(4, "bob", `left ${round}`));
    await talk(cluster, carol, numbered(4, "bob", `right ${round}`));
  }
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  nothingKept(cluster);
  equal(bob.shown.length, 80);
});

test("the loser crashes again and again in the middle of its merge: it begins anew", async () => {
  const { cluster, alice, bob, carol } = await givenSplit(305, { snapshotEvery: 50 });
  await talk(cluster, alice, numbered(3_000, "bob", "left"));
  await talk(cluster, carol, numbered(10, "bob", "right"));
  cluster.heal();
  await cluster.until(() => keptFiles(cluster, 0).length > 0, "the branch to be set aside");
  let crashes = 0;
  for (const afterMs of [1, 15, 31, 40, 55, 70, 90]) {
    await cluster.run(afterMs);
    if (keptFiles(cluster, 0).length === 0) break;
    if (afterMs % 2 === 0) cluster.crash(0);
    else cluster.cutPower(0);
    crashes += 1;
    cluster.restart(0);
  }
  ok(crashes >= 3, `${crashes} crashes came in the middle`);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  nothingKept(cluster);
  equal(bob.shown.length, 3_010);
});

test("the winner's primary crashes in the middle of the merge: the next one takes it over", async () => {
  const { cluster, alice, bob, carol } = await givenSplit(306);
  await talk(cluster, alice, numbered(3_000, "bob", "left"));
  await talk(cluster, carol, numbered(10, "bob", "right"));
  cluster.heal();
  await cluster.until(() => keptFiles(cluster, 0).length > 1, "the merge to begin");
  await cluster.until(() => bob.shown.length > 10, "the first of it to be shown");
  const isUnderWay = keptFiles(cluster, 0).length > 0;
  cluster.crash(1);
  await cluster.serving([0, 2]);
  await cluster.finish();
  ok(isUnderWay, "the crash came in the middle");
  nothingKept(cluster);
  equal(bob.shown.length, 3_010);
  cluster.restart(1);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
});

test("live traffic goes on beside a large merge", async () => {
  const { cluster, alice, carol } = await givenSplit(307);
  for (let round = 0; round < 5; round += 1) {
    await talk(cluster, alice, numbered(2_000, "alice", `left ${round}`));
  }
  cluster.heal();
  await cluster.until(() => keptFiles(cluster, 0).length > 1, "the merge to begin");
  let worstMs = 0;
  let rounds = 0;
  while (keptFiles(cluster, 0).length > 0) {
    const fromMs = cluster.clock.nowMs();
    await carol.send("bob", `live ${rounds}`);
    worstMs = Math.max(worstMs, cluster.clock.nowMs() - fromMs);
    rounds += 1;
  }
  ok(rounds > 5, `there was a merge to be beside: ${rounds} messages`);
  ok(worstMs < 400, `nobody waited longer than ${worstMs} ms`);
  await cluster.finish();
});

test("founded apart, they become one cluster: who registered, and what was said", async () => {
  const cluster = new Cluster({ seed: 301 });
  cluster.split({ left: [0, "ann"], right: [1, 2, "ben", "cid"] });
  for (const server of cluster.servers) server.start();
  await cluster.serving([0]);
  await cluster.serving([1, 2]);
  const ann = await cluster.user("ann");
  const ben = await cluster.user("ben");
  const cid = await cluster.user("cid");
  await ann.send("ann", "a note to herself");
  await cid.send("ben", "hello ben");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.settle();
  await ann.send("ben", "hello from the other side");
  await ben.send("ann", "hello back");
  await cluster.finish();
  nothingKept(cluster);
  deepEqual(ben.texts(), ["hello ben", "hello from the other side"]);
  deepEqual(ann.texts(), ["hello back"]);
  equal(cluster.isVerified(0), true);
});

test("a base image that has rotted is not what the state at a fork is made of", async () => {
  const { cluster, alice, bob } = await given({ seed: 309, snapshotEvery: 5 });
  await talk(cluster, alice, numbered(20, "bob", "before"));
  await cluster.run(1_000);
  cluster.split({ left: [0, "alice"], right: [1, 2, "bob"] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  const { disk } = cluster.server(0);
  const newest = disk.names().findLast((name) => name.startsWith("base-")) ?? "";
  // Within the last message: it reads as well as before, and is another one.
  disk.flipBit(newest, (disk.sizeOf(newest) - 10) * 8 + 5);
  await talk(cluster, alice, numbered(5, "bob", "left"));
  cluster.heal();
  await cluster.until(() => viewOf(cluster, 1).members.length === 3, "server 0 to be back");
  await cluster.finish();
  const { letters } = await bob.mailbox();
  deepEqual(letters.length, 25);
});
