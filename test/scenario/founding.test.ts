// Empty folders become one cluster, however the first minutes go: slow ways on which everybody asks
// everybody at once, crashes and cuts before anything is founded. Nobody is left behind with an id
// of its own. Every scenario is judged after each event by the checkers of the cluster harness.

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import { Cluster } from "../support/cluster.ts";
import { hostOf } from "../support/simHosts.ts";

const pairs = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

/** Every way takes a time of its own, up to so long. */
function slowDown(cluster: Cluster, prng: Prng, latencyMsMax: number): void {
  for (const [one, other] of pairs) {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const route = { from: hostOf(from), to: hostOf(to) };
      cluster.network.paths.delay(route, latencyMsMax === 0 ? 0 : prng.below(latencyMsMax));
    }
  }
}

async function expectService(cluster: Cluster): Promise<void> {
  await cluster.serving([0, 1, 2], 60_000);
  const alice = await cluster.user("alice");
  await alice.send("alice", "it works");
  await cluster.finish();
}

test("a first view that reached nobody else is no hindrance: all are here, and none was wiped", async () => {
  const cluster = new Cluster({ seed: 599 });
  for (const id of [0, 1, 2]) cluster.server(id).start();
  const lastOpOf = (id: number): number => cluster.server(id).inspect()?.lastOp ?? 0;
  await cluster.until(() => lastOpOf(0) === 1, "the first view's record");
  cluster.split({ left: [0], right: [1, 2] });
  equal(lastOpOf(1) + lastOpOf(2), 0);
  await cluster.run(1_000);
  cluster.heal();
  await cluster.serving([0, 1, 2], 5_000);
  ok(cluster.isVerified(0));
  await expectService(cluster);
});

for (let seed = 600; seed < 640; seed += 1) {
  test(`slow ways: all ask all at once, and agree in the end (${seed})`, async () => {
    const prng = makePrng(seed);
    const cluster = new Cluster({ seed });
    slowDown(cluster, prng, 200);
    for (const id of [0, 1, 2]) {
      cluster.server(id).start();
      await cluster.run(prng.below(300));
    }
    await cluster.serving([0, 1, 2], 20_000);
    ok(cluster.isVerified(0));
    slowDown(cluster, prng, 0);
    await expectService(cluster);
  });
}

for (let seed = 640; seed < 740; seed += 1) {
  test(`crashes and cuts before anything is founded: one cluster all the same (${seed})`, async () => {
    const prng = makePrng(seed);
    const cluster = new Cluster({ seed });
    slowDown(cluster, prng, prng.pick([1, 50, 200]));
    for (const id of [0, 1, 2]) cluster.server(id).start();
    for (let step = 0; step < 12; step += 1) {
      await cluster.run(prng.below(prng.pick([5, 60, 400])));
      const id = prng.below(3);
      const [one, other] = prng.pick(pairs);
      const act = prng.below(5);
      if (!cluster.server(id).isUp()) cluster.restart(id);
      else if (act < 2) cluster.crash(id);
      else if (act < 4) cluster.cut(one, other);
      else cluster.heal();
    }
    cluster.heal();
    slowDown(cluster, prng, 0);
    for (const id of [0, 1, 2]) if (!cluster.server(id).isUp()) cluster.restart(id);
    await expectService(cluster);
  });
}
