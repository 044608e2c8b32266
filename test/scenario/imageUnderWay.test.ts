// Who feeds a base image to a server that comes in stands down for a better history meanwhile: its
// own log is cut, and the image goes with that. Whoever was fed is fed anew (REPLICATION §7).

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../support/cluster.ts";
import { given, leaveNewsWithOne, newsOfOne } from "../support/scenes.ts";

function imagesOf(cluster: Cluster, id: number): string[] {
  const names = cluster.server(id).disk.names();
  return names.filter((name) => name.startsWith("base-"));
}

/** As after an image was taken in: the journal begins behind it, and what is older is not there. */
async function restartFromImage(cluster: Cluster, id: number): Promise<void> {
  const { lastOp } = cluster.inspect(id);
  cluster.crash(id);
  const { disk } = cluster.server(id);
  const newest = imagesOf(cluster, id).at(-1) ?? "";
  equal(newest.startsWith(`base-${lastOp}-`), true, "it holds everything");
  const older = disk.names().filter((name) => /^(base|journal)-/.test(name) && name !== newest);
  for (const name of older) void disk.remove(name);
  await cluster.run(10);
  cluster.restart(id);
  await cluster.serving([0, 1, 2]);
}

test("a log that is cut while its image is carried to a joiner ends no server", async () => {
  const scene = await given({ seed: 411, snapshotEvery: 1 });
  const { cluster, alice, bob } = scene;
  await restartFromImage(cluster, 2);
  cluster.crash(0);
  cluster.wipe(0);
  await cluster.serving([1, 2]);
  await leaveNewsWithOne(scene, [2]);
  cluster.restart(2);
  await cluster.serving([2]);
  await alice.send("bob", "2 alone holds this");
  const answer = cluster.server(2).disk.hang("read", "base-");
  cluster.restart(0);
  const isOffered = (): boolean => cluster.server(0).disk.names().includes("received.new");
  await cluster.until(isOffered, "the image to be on its way");
  ok(imagesOf(cluster, 2).length > 1, "the one it began with is not what it sends");
  cluster.restart(1);
  await cluster.until(() => imagesOf(cluster, 2).length === 1, "server 2 to cut its log");
  answer();
  await cluster.run(1_000);
  equal(cluster.server(2).exit, null);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual([...bob.texts()].sort(), [newsOfOne, "2 alone holds this"]);
});
