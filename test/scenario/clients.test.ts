// What clients live through: replies and acknowledgements lost at a failover, wrong clocks, an hour
// without any server. Every message arrives once and in order all the same (REPLICATION §9).
// Every scenario is judged after each event by the checkers of the cluster harness.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { given } from "../support/scenes.ts";

const takeoverMs = 4_000;
const hourMs = 3_600_000;

test("clock back one hour on the primary: messages stay in order, their times rise", async () => {
  const { cluster, alice, bob } = await given({ seed: 401 });
  await alice.send("bob", "before");
  cluster.jumpWall(0, -hourMs);
  await alice.send("bob", "after");
  cluster.crash(0);
  await alice.send("bob", "from a server with the right clock");
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  const times = bob.shown.map(({ atMs }) => atMs);
  deepEqual(
    times,
    [...times].sort((one, other) => one - other),
  );
  equal(bob.texts().length, 3);
});

test("clock back one hour on the next primary: times rise over the failover too", async () => {
  const { cluster, alice, bob } = await given({ seed: 402 });
  cluster.jumpWall(1, -hourMs);
  await alice.send("bob", "before");
  cluster.crash(0);
  await alice.send("bob", "after");
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  const [before, after] = bob.shown.map(({ atMs }) => atMs);
  ok(before !== undefined && after !== undefined && after >= before);
});

test("lost delivery acknowledgement: nobody is shown the message twice", async () => {
  const { cluster, alice, bob } = await given({ seed: 403 });
  for (const id of [0, 1, 2]) cluster.cut("bob", id, { oneWay: true });
  alice.post("bob", "shown, not acknowledged");
  await cluster.until(() => bob.texts().length === 1, "bob to see it");
  cluster.crash(0);
  cluster.heal();
  await cluster.until(() => alice.pending() === 0, "the confirmation", takeoverMs);
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts(), ["shown, not acknowledged"]);
  const elsewhere = cluster.terminal("bob-elsewhere");
  await elsewhere.login("bob");
  await cluster.finish();
  deepEqual(elsewhere.texts(), [], "the acknowledgement was made up for");
});

test("duplicate request around a failover, reply lost: it takes effect once", async () => {
  const { cluster, alice, bob } = await given({ seed: 404 });
  cluster.cut(0, "alice", { oneWay: true });
  const before = cluster.inspect(0).committed;
  alice.post("bob", "once");
  await cluster.until(() => cluster.inspect(0).committed > before, "the commit");
  equal(alice.pending(), 1, "the reply is lost");
  cluster.crash(0);
  cluster.heal();
  await cluster.until(() => alice.pending() === 0, "the reply from the next primary", takeoverMs);
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts(), ["once"]);
});

test("a registration around a failover, reply lost: whoever made it is in", async () => {
  const { cluster, bob } = await given({ seed: 415 });
  const carol = cluster.terminal("carol");
  await cluster.run(500);
  cluster.cut(0, "carol", { oneWay: true });
  const before = cluster.inspect(0).committed;
  let done = 0;
  carol.clock.after(500, () => {
    done = cluster.inspect(0).committed - before;
    cluster.crash(0);
    cluster.heal();
  });
  await carol.register("carol");
  ok(done > 0, "it had been carried out");
  await carol.send("bob", "here I am");
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts(), ["here I am"]);
});

test("duplicate requests, pipelined, around two failovers: each once, in order", async () => {
  const { cluster, alice, bob } = await given({ seed: 405 });
  const texts = Array.from({ length: 60 }, (_, index) => `message ${index}`);
  for (const text of texts) alice.post("bob", text);
  await cluster.run(2);
  cluster.crash(0);
  await cluster.run(40);
  cluster.crash(1);
  await cluster.until(() => alice.pending() === 0, "all confirmations", takeoverMs);
  cluster.restart(0, 1);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  deepEqual(bob.texts(), texts);
});

test("a client with an outbox returns after an hour's outage of all servers", async () => {
  const { cluster, alice, bob } = await given({ seed: 406 });
  cluster.crash(0, 1, 2);
  const texts = ["one", "two", "three"];
  for (const text of texts) alice.post("bob", text);
  await cluster.run(hourMs);
  equal(alice.pending(), 3);
  cluster.restart(0, 1, 2);
  await cluster.serving([0, 1, 2]);
  await cluster.until(() => alice.pending() === 0, "all confirmations");
  await cluster.finish();
  deepEqual(bob.texts(), texts);
});

test("who logs in while the next view is begun is known by what was confirmed just before", async () => {
  for (let afterMs = 0; afterMs <= 300; afterMs += 30) {
    const { cluster } = await given({ seed: 417 });
    const carol = await cluster.user("carol");
    for (const id of [1, 2]) cluster.slowDisk(id, 60);
    cluster.crash(0);
    await cluster.run(afterMs);
    await cluster.terminal("carol-elsewhere").login("carol");
    await carol.send("carol", "a note");
  }
});
