// All servers start again, after ends that left their histories differing: whoever may hold more is
// here, so nobody waits. Every scenario is judged after each event by the checkers of the cluster.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { ServerMode } from "../support/simBoot.ts";
import { given, viewOf } from "../support/scenes.ts";

for (const mode of ["plain", "strict", "majority"] satisfies ServerMode[]) {
  test(`the newest view is on one disk alone, and all servers are back: ${mode}`, async () => {
    const { cluster, alice, bob } = await given({ seed: 510, mode });
    await alice.send("bob", "before the end");
    const before = viewOf(cluster, 1).ballot;
    cluster.slowDisk(2, 40);
    cluster.crash(0);
    await cluster.until(() => viewOf(cluster, 1).members.join(" ") === "1 2", "the next view");
    // Long enough for the disk of server 1, and not for that of server 2.
    await cluster.run(15);
    cluster.crash(1);
    cluster.cutPower(2);
    cluster.slowDisk(2, 1);
    cluster.restart(2);
    await cluster.until(() => cluster.server(2).inspect() !== null, "server 2 to be back");
    equal(viewOf(cluster, 2).ballot, before, "server 2 never had it on its disk");
    cluster.restart(0, 1);
    await cluster.serving([0, 1, 2], 4_000);
    ok(cluster.isVerified(0));
    await cluster.finish();
    deepEqual(bob.texts(), ["before the end"]);
  });
}

for (const mode of ["plain", "strict"] satisfies ServerMode[]) {
  test(`a member of a view that never became active asks all who may hold more: ${mode}`, async () => {
    const { cluster, alice, bob } = await given({ seed: 511, mode, servers: 4 });
    await alice.send("bob", "before the end");
    cluster.slowDisk(2, 40);
    cluster.cut(1, 3);
    cluster.crash(0, 1);
    // Server 2 has the word of both deaths, server 3 of one; its disk is the slower one.
    await cluster.until(() => viewOf(cluster, 3).members.join(" ") === "2 3", "the next view");
    cluster.cutPower(2);
    cluster.slowDisk(2, 1);
    cluster.restart(2);
    await cluster.run(2_000);
    cluster.heal();
    equal(cluster.primary(), null, "server 1 may hold more, for all that 3 can prove");
    cluster.restart(0, 1);
    await cluster.serving([0, 1, 2, 3], 4_000);
    ok(cluster.isVerified(3));
    await cluster.finish();
    deepEqual(bob.texts(), ["before the end"]);
  });
}

for (const mode of ["plain", "strict"] satisfies ServerMode[]) {
  test(`an old majority leaves the lead to who holds a newer view: ${mode}`, async () => {
    const { cluster, alice, bob } = await given({ seed: 513, mode });
    await alice.send("bob", "before the split");
    cluster.split({ left: [0], right: [1, 2] });
    cluster.slowDisk(1, 40);
    await cluster.until(() => viewOf(cluster, 2).members.join(" ") === "1 2", "the next view");
    // Server 1 has lost that view; with server 2 the old primary is a majority of the one before.
    cluster.cutPower(1);
    cluster.slowDisk(1, 1);
    cluster.restart(1);
    await cluster.until(() => cluster.server(1).inspect() !== null, "server 1 to be back");
    equal(viewOf(cluster, 1).members.length, 3, "server 1 never had it on its disk");
    await cluster.run(2_000);
    cluster.heal();
    await cluster.serving([0, 1, 2], 4_000);
    ok(cluster.isVerified(2));
    await cluster.finish();
    deepEqual(bob.texts(), ["before the split"]);
  });
}
