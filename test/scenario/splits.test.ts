// Ways are cut and servers stop without being dead: two primaries never confirm as verified,
// and what a server confirms on its own side of a long split is marked, and kept (REPLICATION §9).
// Every scenario is judged after each event by the checkers of the cluster harness.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../support/cluster.ts";
import { given, viewOf } from "../support/scenes.ts";

const takeoverMs = 4_000;

for (const mode of ["plain", "majority"] as const) {
  test(`primary stopped 30 s, resumed: others take over, it follows (${mode})`, async () => {
    const { cluster, alice, bob } = await given({ seed: 201, mode });
    cluster.pause(0);
    alice.post("bob", "while 0 is stopped");
    await cluster.until(() => alice.pending() === 0, "the confirmation", takeoverMs);
    await cluster.run(30_000);
    cluster.resume(0);
    await cluster.serving([0, 1, 2]);
    equal(cluster.primary(), 1);
    equal(cluster.isVerified(0), true);
    await cluster.finish();
    deepEqual(bob.texts(), ["while 0 is stopped"]);
  });

  test(`split 0 | 1 2 for 5 s: only 1 and 2 confirm (${mode})`, async () => {
    const { cluster, alice, bob } = await given({ seed: 202, mode });
    const carol = await cluster.user("carol");
    cluster.split({ left: [0, "alice"], right: [1, 2, "bob", "carol"] });
    alice.post("bob", "from the left");
    carol.post("bob", "from the right");
    await cluster.run(5_000);
    deepEqual([alice.pending(), carol.pending()], [1, 0]);
    cluster.heal();
    await cluster.serving([0, 1, 2]);
    equal(cluster.isVerified(0), true);
    await cluster.finish();
    deepEqual(bob.texts(), ["from the right", "from the left"]);
  });
}

test("split 0 | 1 2 for 60 s with --majority: 0 confirms nothing at all", async () => {
  const { cluster, alice } = await given({ seed: 203, mode: "majority" });
  cluster.split({ left: [0, "alice"], right: [1, 2, "bob"] });
  alice.post("bob", "from the left");
  await cluster.run(60_000);
  equal(alice.pending(), 1);
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
});

test("split 0 | 1 2 for 60 s: 0 goes on unverified; what it confirmed is merged", async () => {
  const { cluster, alice, bob } = await given({ seed: 204 });
  const carol = await cluster.user("carol");
  cluster.split({ left: [0, "alice"], right: [1, 2, "bob", "carol"] });
  alice.post("bob", "from the left");
  carol.post("bob", "from the right");
  await cluster.serving([0]);
  equal(cluster.isVerified(0), false);
  equal(cluster.isVerified(1), true);
  await cluster.run(60_000);
  equal(alice.pending(), 0);
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts().sort(), ["from the left", "from the right"]);
});

test("a reader on one side of a split sees afterwards what came to them on the other", async () => {
  const { cluster, alice, bob } = await given({ seed: 208 });
  const carol = await cluster.user("carol");
  cluster.split({ left: [0, "alice", "bob"], right: [1, 2, "carol"] });
  alice.post("bob", "from the left");
  for (const text of ["right one", "right two"]) carol.post("bob", text);
  await cluster.until(() => bob.texts().length === 1, "the left's message");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts().sort(), ["from the left", "right one", "right two"]);
});

for (const mode of ["plain", "majority"] as const) {
  test(`only the link 0–1 cut: messages go on, one view in the end (${mode})`, async () => {
    const { cluster, alice } = await given({ seed: 205, mode });
    cluster.cut(0, 1);
    for (let second = 0; second < 20; second += 1) {
      alice.post("bob", `second ${second}`);
      await cluster.run(1_000);
    }
    await cluster.until(() => alice.pending() === 0, "all confirmations", takeoverMs);
    cluster.heal();
    await cluster.serving([0, 1, 2]);
    equal(cluster.isVerified(0), true);
    await cluster.finish();
  });
}

test("1 dead, 2 stopped, 0 alone; 0 cut off, 2 resumed, 1 restarted: not verified", async () => {
  const { cluster, alice, bob } = await given({ seed: 206 });
  cluster.crash(1);
  await cluster.serving([0, 2]);
  cluster.pause(2);
  await cluster.serving([0]);
  equal(cluster.isVerified(0), true);
  await alice.send("bob", "0 alone holds this");
  cluster.split({ left: [0], right: [1, 2, "alice", "bob"] });
  cluster.resume(2);
  cluster.restart(1);
  await cluster.run(9_000);
  equal(viewOf(cluster, 2).members.join(), "0,2", "1 and 2 cannot know what 0 has confirmed");
  await cluster.serving([1, 2]);
  equal(cluster.isVerified(1), false);
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts(), ["0 alone holds this"]);
});

test("the same with --majority: 0 cannot go on alone, so 1 and 2 may", async () => {
  const { cluster, alice, bob } = await given({ seed: 207, mode: "majority" });
  cluster.crash(1);
  await cluster.serving([0, 2]);
  cluster.pause(2);
  alice.post("bob", "nobody may confirm this yet");
  await cluster.run(20_000);
  equal(alice.pending(), 1);
  cluster.split({ left: [0], right: [1, 2, "alice", "bob"] });
  cluster.resume(2);
  cluster.restart(1);
  await cluster.serving([1, 2]);
  equal(cluster.isVerified(1), true);
  await cluster.until(() => alice.pending() === 0, "the confirmation", takeoverMs);
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts(), ["nobody may confirm this yet"]);
});

test("a firewall forges two deaths, for a moment: all are one again, and stay so", async () => {
  const { cluster, alice } = await given({ seed: 210, mode: "strict" });
  cluster.history.allowForks();
  cluster.speech.allowForgedDeaths();
  cluster.cut(0, 2, { kind: "reset" });
  await cluster.run(14);
  cluster.heal();
  await cluster.run(5_000);
  await cluster.serving([0, 1, 2], 10_000);
  await cluster.run(2_000);
  await cluster.serving([0, 1, 2], 100);
  await alice.send("bob", "afterwards");
});

test("two went on alone, each with a history of its own: who joins does not go on alone again", async () => {
  const latency = { minMs: 20, maxMs: 60 };
  const { cluster, alice } = await given({ seed: 211, latency });
  cluster.split({ left: [0], right: [1, 2, "alice", "bob"] });
  await cluster.serving([0]);
  cluster.crash(2);
  await cluster.serving([1]);
  cluster.heal();
  await cluster.serving([0, 1]);
  await cluster.run(2_000);
  await cluster.serving([0, 1], 100);
  cluster.restart(2);
  await cluster.serving([0, 1, 2]);
  await alice.send("bob", "afterwards");
});

test("a firewall forges two deaths among two that need each other: soon both know better", async () => {
  const { cluster, alice } = await given({ seed: 211, mode: "majority", servers: 2 });
  cluster.cut(0, 1, { kind: "reset" });
  await cluster.until(() => hasLogged(cluster, "peer-dead"), "a false proof");
  cluster.heal();
  alice.post("bob", "between");
  await cluster.until(() => alice.pending() === 0, "the confirmation", 10_000);
  await cluster.serving([0, 1], 100);
  await cluster.finish();
});

function hasLogged(cluster: Cluster, name: string): boolean {
  return cluster.logs.events().some(({ event }) => event === name);
}

test("whoever led, was cut off and leads again takes up nothing before it is asked again", async () => {
  const { cluster, alice, bob } = await given({ seed: 213, mode: "majority" });
  cluster.split({ left: [0, "alice"], right: [1, 2, "bob"] });
  // Two groups come into its log, where they are lost; what waits behind them must not be first.
  const texts = ["one", "two", "three", "four"];
  for (const text of texts) {
    alice.post("bob", text);
    await cluster.run(20);
  }
  await cluster.serving([1, 2]);
  cluster.crash(1);
  cluster.heal();
  await cluster.serving([0, 2]);
  equal(cluster.primary(), 0);
  cluster.restart(1);
  await cluster.finish();
  deepEqual(bob.texts(), texts);
});
