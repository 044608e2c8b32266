// A server comes back with the better history, to others that serve meanwhile: they stand down, it
// leads, and nobody helps anybody else to lead before it does (REPLICATION §5, §7).
// Every scenario is judged after each event by the checkers of the cluster harness.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { given, leaveNewsWithOne, viewOf, type Given } from "../support/scenes.ts";

test("who serves without the better history stands down for it once and for all", async () => {
  const scene = await given({ seed: 401 });
  const { cluster } = scene;
  cluster.crash(0);
  await cluster.serving([1, 2]);
  await leaveNewsWithOne(scene, [2]);
  cluster.restart(2, 0);
  await cluster.serving([0, 2]);
  equal(cluster.isVerified(0), false);
  cluster.restart(1);
  await cluster.serving([0, 1, 2], 5_000);
  equal(cluster.isVerified(0), true, "everybody is back");
});

test("whoever follows it lets go of those that it leaves out", async () => {
  const scene = await given({ seed: 406, servers: 4 });
  const { cluster } = scene;
  cluster.crash(0);
  await cluster.serving([1, 2, 3]);
  await leaveNewsWithOne(scene, [2, 3]);
  cluster.restart(0, 2, 3);
  await cluster.serving([0, 2, 3]);
  cluster.restart(1);
  await cluster.serving([0, 1, 2, 3], 10_000);
  ok(cluster.isVerified(0), "everybody is back");
});

/** Server 0 alone has confirmed a message; it dies while 2 is being fed, and is no member yet. */
async function givenFedHalfway(seed: number): Promise<Given> {
  const scene = await given({ seed });
  const { cluster, alice } = scene;
  cluster.crash(1, 2);
  await cluster.serving([0]);
  await alice.send("bob", "server 0 alone holds this");
  cluster.restart(2);
  const isFed = (): boolean => {
    const seen = cluster.server(2).inspect();
    return seen?.views.at(-1)?.members.join(" ") === "0";
  };
  await cluster.until(isFed, "server 2 to be fed");
  cluster.crash(0);
  await cluster.run(5);
  return scene;
}

/** Server 0 is back after all; nothing of anybody's is missing. */
async function expectAllTogether({ cluster, bob }: Given, texts: readonly string[]): Promise<void> {
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  ok(cluster.isVerified(2), "everybody is back");
  await cluster.finish();
  deepEqual([...bob.texts()].sort(), [...texts].sort());
}

test("who was only on its way into the newest view goes on after the wait, unverified", async () => {
  const scene = await givenFedHalfway(402);
  const { cluster, alice } = scene;
  await cluster.run(9_000);
  equal(cluster.primary(), null, "server 0 may come back");
  await cluster.serving([2], 4_000);
  equal(viewOf(cluster, 2).verified, false);
  await alice.send("bob", "and this server 2");
  cluster.restart(1);
  await expectAllTogether(scene, ["server 0 alone holds this", "and this server 2"]);
});

test("with others who hold less it leads them after the wait", async () => {
  const scene = await givenFedHalfway(403);
  const { cluster } = scene;
  cluster.restart(1);
  await cluster.run(9_000);
  equal(cluster.primary(), null, "server 0 may come back");
  await cluster.serving([1, 2], 4_000);
  await expectAllTogether(scene, ["server 0 alone holds this"]);
});

test("others who hold less, and went on, serve until it has waited, and then follow it", async () => {
  const scene = await givenFedHalfway(404);
  const { cluster, alice } = scene;
  cluster.crash(2);
  cluster.restart(1);
  await cluster.serving([1], 12_000);
  await alice.send("bob", "server 1 alone holds this");
  cluster.restart(2);
  await cluster.run(9_000);
  equal(cluster.primary(), 1, "nobody is kept waiting meanwhile");
  deepEqual(viewOf(cluster, 2).members, [0], "what it holds is the better history");
  await cluster.serving([1, 2], 4_000);
  await expectAllTogether(scene, ["server 0 alone holds this", "server 1 alone holds this"]);
});

test("whoever has looked on while others serve begins to wait when they are gone", async () => {
  const { cluster } = await given({ seed: 405 });
  cluster.crash(1, 2);
  await cluster.serving([0]);
  // With a disk so full it would only be left out again.
  cluster.setFree(2, 1_000_000);
  cluster.restart(2);
  await cluster.run(15_000);
  equal(viewOf(cluster, 0).members.join(" "), "0");
  cluster.crash(0);
  await cluster.run(9_000);
  equal(cluster.primary(), null, "server 0 may come back");
  await cluster.serving([2], 4_000);
});
