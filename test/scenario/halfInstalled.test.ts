// A view that was begun, and that only one server has installed: the others hold the older one, and
// those it needs have died and come back meanwhile. Somebody must lead out of that.

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";

/** The server dies right behind its word of that kind, and is back at once. */
function dieBehind(cluster: Cluster, id: number, word: string): void {
  let isDue = true;
  cluster.speech.listener = (type, from) => {
    if (!isDue || type !== word || from !== id) return;
    isDue = false;
    cluster.clock.arrive(0, () => {
      cluster.crash(id);
      cluster.clock.arrive(20, () => cluster.restart(id));
    });
  };
}

test("goes on when one alone holds a newer view, and those whom it needs have restarted", async () => {
  const cluster = new Cluster({ seed: 1, servers: 4 });
  await cluster.start();
  cluster.split({ left: [0, 1], right: [2, 3] });
  dieBehind(cluster, 1, "promise");
  await cluster.until(() => cluster.inspect(0).views.length > 1, "server 0 to install a view");
  dieBehind(cluster, 3, "promise");
  await cluster.run(1_500);
  cluster.heal();
  // Server 2 counts itself and 0 as enough of the view that it knows; 0 knows that it is outdated.
  await cluster.serving([0, 1, 2, 3], 5_000);
  await cluster.finish();
});

/** Server 1 alone has installed the view that takes in 0; server 2 holds the one of 1 and 2. */
async function takingInIsCutOff(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed, mode: "strict" });
  await cluster.start();
  cluster.split({ left: [0], right: [1, 2] });
  await cluster.until(() => cluster.inspect(2).views.length === 2, "a view of 1 and 2");
  cluster.heal();
  await cluster.until(() => cluster.inspect(1).views.length === 3, "server 1 to take in 0");
  cluster.split({ left: [1], right: [0, 2] });
  await cluster.run(2_500);
  equal(cluster.inspect(0).views.length, 2);
  equal(cluster.inspect(2).views.length, 2);
  return cluster;
}

test("an old pair leaves the lead to the one that alone holds the view of three", async () => {
  // Server 2 knows 1 and itself as all of the view that it holds, server 1 that 0 is needed, too.
  // Within a millisecond or two of this gap both ask at one time, and again at one time.
  for (let gapMs = 88; gapMs <= 102; gapMs += 1) {
    const cluster = await takingInIsCutOff(2);
    cluster.network.heal("host0", "host1");
    await cluster.run(gapMs);
    cluster.heal();
    await cluster.serving([0, 1, 2], 5_000);
    await cluster.finish();
  }
});
