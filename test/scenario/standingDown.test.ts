// A server comes back with the better history, to others that serve meanwhile: they stand down, it
// leads, and nobody helps anybody else to lead before it does (REPLICATION §5, §7).
// Every scenario is judged after each event by the checkers of the cluster harness.

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { given } from "../support/scenes.ts";

test("who serves without the better history stands down for it once and for all", async () => {
  const { cluster, alice } = await given({ seed: 401 });
  cluster.crash(0);
  await cluster.serving([1, 2]);
  cluster.cut(1, 2, { oneWay: true });
  alice.post("bob", "1 alone holds this, and nobody was told");
  await cluster.run(100);
  cluster.crash(1, 2);
  cluster.heal();
  cluster.restart(2, 0);
  await cluster.serving([0, 2]);
  equal(cluster.isVerified(0), false);
  cluster.restart(1);
  await cluster.serving([0, 1, 2], 5_000);
  equal(cluster.isVerified(0), true, "everybody is back");
});
