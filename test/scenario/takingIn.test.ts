// While one of three is being taken in again, it and one of the two that serve go, at any instant:
// the last one holds all that was confirmed, and serves on at once, verified (REPLICATION §3).

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { given, viewOf } from "../support/scenes.ts";

const soonMs = 3_000;
const orders = [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]] as const; // prettier-ignore
/** Behind the joiner's promise; or the last one's view with it, long after that. */
const instantsMs = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 50, 150];
const slowSyncMs = 700;
const fates = [
  ["dies", "quick"],
  ["is stopped", "quick"],
  ["dies", "slow"],
] as const;

for (const [joiner, other] of orders) {
  const last = 3 - joiner - other;
  for (const [fate, disk] of fates) {
    const how = `${other}, ${disk}, ${fate}`;
    test(`${joiner} dies while it is taken in, ${how}: ${last} goes on, verified`, async () => {
      for (const afterMs of instantsMs) {
        const { cluster, alice } = await given({ seed: 200 + joiner });
        cluster.crash(joiner);
        await alice.send("bob", "two hold this");
        const { ballot } = viewOf(cluster, last);
        cluster.restart(joiner);
        if (disk === "slow") cluster.slowDisk(other, slowSyncMs);
        const promised = (): number => cluster.server(joiner).inspect()?.promised ?? 0;
        await cluster.until(() => promised() > ballot, "the joiner's promise");
        const isHeld = (): boolean => viewOf(cluster, last).ballot > ballot;
        if (disk === "slow") await cluster.until(isHeld, "the view with the joiner");
        await cluster.run(afterMs);
        let isGone = fate === "dies";
        if (isGone) cluster.crash(other);
        else {
          cluster
            .server(other)
            .stop()
            .finally(() => (isGone = true));
        }
        cluster.crash(joiner);
        await cluster.serving([last], soonMs);
        equal(cluster.isVerified(last), true, `${afterMs} ms behind the promise`);
        await alice.send("bob", "one holds this");
        await cluster.until(() => isGone, "the other one's end");
        cluster.slowDisk(other, 1);
        cluster.restart(joiner, other);
        await cluster.serving([0, 1, 2]);
        await cluster.finish();
      }
    });
  }
}
