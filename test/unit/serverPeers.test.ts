// Links between servers, under virtual time: one a pair, proven on both ends, back after every cut,
// and not to be harmed by anybody who does not hold the secret.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import {
  asBallot,
  asIncarnation,
  asOp,
  asServerId,
  noChain,
  serverClientId,
} from "../../src/base/ids.ts";
import type { ProbeResult } from "../../src/server/wiring.ts";
import type { Message } from "../../src/wire/messages.ts";
import { buildBatch } from "../../src/wire/record.ts";
import {
  allConnected,
  heartbeat,
  heartbeats,
  hostSpecs,
  kill,
  makePeerWorld,
  type PeerServer,
} from "../support/peerWorld.ts";

test("three servers that start at once connect each pair once, and no link is lost", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = makePeerWorld(seed);
    const servers = [await world.start(0), await world.start(1), await world.start(2)];
    await allConnected(world, servers);
    await world.clock.runFor(3_000);
    for (const server of servers) {
      equal(server.events.length, 2, `seed ${seed}: server ${server.id} saw ${server.events}`);
    }
  }
});

test("messages arrive in order, a batch together with the prepare before it", async () => {
  const world = makePeerWorld();
  const [one, other] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1) && other.up.has(0), "the link");
  const { batch } = buildBatch(
    { ballot: asBallot(64), firstOp: asOp(5), atUsBefore: 0, chainBefore: noChain, wallUs: 9 },
    Array.from({ length: 300 }, (_, index) => ({
      client: serverClientId,
      opcode: 0x04,
      payload: `${index + 1}|0|bob|p|${"x".repeat(400)}`,
    })),
  );
  const prepare: Message = {
    type: "prepare",
    ballot: asBallot(64),
    firstOp: asOp(5),
    chainBefore: noChain,
    committed: asOp(4),
    count: 300,
  };
  one.peers.send(asServerId(1), heartbeat({ sentAtMs: 1 }));
  one.peers.sendRecords(asServerId(1), prepare, batch);
  one.peers.send(asServerId(1), heartbeat({ sentAtMs: 2 }));
  one.peers.flush();
  await world.until(() => other.messages.length === 3, "three messages");
  deepEqual(
    other.messages.map(({ type }) => type),
    ["heartbeat", "prepare", "heartbeat"],
  );
  deepEqual(other.batches, [batch]);
});

test("a server back with a higher incarnation replaces its old link at once", async () => {
  const world = makePeerWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  kill(two);
  const again = await world.start(1, { incarnation: 2 });
  await world.until(() => one.up.get(1) === 2 && again.up.has(0), "the new link");
});

test("after a silent cut both ends drop the dead link and find one another again", async () => {
  const world = makePeerWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  heartbeats(one);
  heartbeats(two);
  await world.clock.runFor(1_000);
  world.network.cut("host0", "host1");
  await world.until(() => one.up.size === 0 && two.up.size === 0, "both to notice");
  const cutMs = world.clock.nowMs();
  await world.clock.runFor(10_000);
  world.network.healAll();
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  ok(world.clock.nowMs() - cutMs < 12_500, "reconnects soon after the cut is over");
});

test("a link that only one side has given up is replaced by that side's new one", async () => {
  for (const noticing of [0, 1]) {
    const world = makePeerWorld();
    const servers = [await world.start(0), await world.start(1)] as const;
    const [one, two] = servers;
    await world.until(() => one.up.size === 1 && two.up.size === 1, "the link");
    heartbeats(servers[1 - noticing] as PeerServer);
    await world.clock.runFor(1_000);
    world.network.cut("host0", "host1");
    await world.until(() => servers[noticing]?.up.size === 0, "one side to notice");
    equal(servers[1 - noticing]?.up.size, 1, "the other side hears no heartbeats, so it waits");
    world.network.healAll();
    await world.until(() => one.up.size === 1 && two.up.size === 1, "the new link");
    await world.clock.runFor(5_000);
    const received = servers[noticing]?.messages.length ?? 0;
    await world.clock.runFor(1_000);
    ok((servers[noticing]?.messages.length ?? 0) > received, "it carries messages");
  }
});

test("another secret is said in words on both sides, once, and connects nobody", async () => {
  const world = makePeerWorld();
  const one = await world.start(0);
  const two = await world.start(1, { secret: "another secret" });
  await world.clock.runFor(10_000);
  equal(one.up.size + two.up.size, 0);
  for (const who of ["server 0", "server 1"]) {
    const lines = world.logs.events().filter((logged) => logged.who === who);
    match(lines.map(({ event }) => event).join("\n"), /have different secrets.*state\/secret/);
    ok(lines.length <= 2, `${who} logs once, not at every retry: ${lines.length} lines`);
  }
  deepEqual(
    [one, two].map(({ events }) => events[0]),
    ["unfit 1", "unfit 0"],
  );
});

test("differing lists of hosts are said in words on both sides, and connect nobody", async () => {
  const world = makePeerWorld();
  const one = await world.start(0);
  const differing = hostSpecs(3).map((spec) => ({ ...spec, clientPort: spec.clientPort + 1 }));
  const two = await world.start(1, { hosts: differing });
  await world.clock.runFor(5_000);
  equal(one.up.size + two.up.size, 0);
  for (const who of ["server 0", "server 1"]) {
    const lines = world.logs.events().filter((logged) => logged.who === who);
    match(
      lines.map(({ event }) => event).join("\n"),
      /one list of hosts.*host0:22067.*host0:22068/,
    );
    equal(lines.length, 1);
  }
  deepEqual(
    [one, two].map(({ events }) => events[0]),
    ["unfit 1", "unfit 0"],
  );
});

test("a server with a longer list of hosts is told so by those with a shorter one", async () => {
  const world = makePeerWorld();
  const one = await world.start(0);
  const two = await world.start(1);
  const more = await world.start(3, { hosts: hostSpecs(5) });
  await world.until(() => one.up.has(1) && two.up.has(0), "the link of the two others");
  await world.clock.runFor(5_000);
  equal(more.up.size + one.up.size + two.up.size, 2);
  const linesOf = (who: string): string => {
    const logged = world.logs.events().filter((line) => line.who === who);
    return logged.map(({ event }) => event).join("\n");
  };
  const words = "Start all servers with one list of hosts (server 0 was given 3, and no server 3).";
  ok(linesOf("server 3").includes(`Server 0 ended the connection: ${words}`));
  ok(linesOf("server 0").includes(`A stranger on the peer port was sent away: ${words}`));
});

test("folders of two clusters do not mix; an empty folder joins either", async () => {
  const world = makePeerWorld();
  const one = await world.start(0, { cluster: "aa" });
  const two = await world.start(1, { cluster: "bb" });
  const three = await world.start(2);
  await world.until(() => three.up.size === 2, "the empty one to be connected");
  await world.clock.runFor(3_000);
  deepEqual([...one.up.keys()], [2]);
  deepEqual([...two.up.keys()], [2]);
});

test("clusters meet when one of them was founded while servers were missing", async () => {
  const world = makePeerWorld();
  const one = await world.start(0, { cluster: "aa" });
  const two = await world.start(1, { cluster: "bb", apart: true });
  const three = await world.start(2, { cluster: "cc" });
  await world.until(() => two.up.size === 2, "both links");
  await world.clock.runFor(3_000);
  deepEqual([...one.up.keys()], [1]);
  deepEqual([...three.up.keys()], [1]);
});

test("a new life begun in the middle of a handshake is the one that the other meets", async () => {
  for (const renewed of [0, 1]) {
    for (let afterMs = 0; afterMs < 12; afterMs += 0.25) {
      const world = makePeerWorld(1 + afterMs * 4);
      const servers = [await world.start(0), await world.start(1)];
      await world.clock.runFor(afterMs);
      const incarnation = asIncarnation(2);
      servers[renewed]?.peers.setIdentity({ cluster: "", incarnation, apart: false });
      await world.clock.runFor(1_000);
      const met = servers[1 - renewed]?.up.get(renewed);
      equal(met, incarnation, `server ${renewed}, ${afterMs} ms after the start`);
      equal(servers[renewed]?.up.has(1 - renewed), true);
    }
  }
});

test("a probe tells a dead process from a stopped one and from a cut", async () => {
  const world = makePeerWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1), "the link");
  const probe = async (): Promise<ProbeResult | undefined> => {
    one.probes.length = 0;
    one.peers.probe(asServerId(1));
    await world.until(() => one.probes.length === 1, "the result");
    return one.probes[0];
  };
  equal(await probe(), "answered");
  two.clock.pause();
  equal(await probe(), "answered");
  two.clock.resume();
  world.network.cut("host0", "host1");
  equal(await probe(), "unreachable");
  world.network.healAll();
  kill(two);
  equal(await probe(), "refused");
});

test("a listener that outlives its process by some milliseconds does not hide the death", async () => {
  const world = makePeerWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1), "the link");
  one.peers.probe(asServerId(1));
  await world.clock.runFor(5);
  deepEqual(one.probes, []);
  kill(two);
  await world.clock.runFor(20);
  deepEqual(one.probes, ["refused"]);
});

test("a refusal that was under way when the peer came back is not held against its new life", async () => {
  const world = makePeerWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1), "the link");
  kill(two);
  await world.until(() => !one.up.has(1), "the loss of it");
  const back = { from: "host1", to: "host0" };
  world.network.paths.delay(back, 400);
  one.peers.probe(asServerId(1));
  await world.clock.runFor(5);
  world.network.paths.delay(back, 0);
  const again = await world.start(1, { incarnation: 2 });
  await world.until(() => one.up.get(1) === 2, "the link to its new life");
  kill(again);
  await world.clock.runFor(1_000);
  deepEqual(one.probes, []);
  one.peers.probe(asServerId(1));
  await world.until(() => one.probes.length === 1, "the result of a new attempt");
  deepEqual(one.probes, ["refused"]);
});

test("a life that begins in the middle of a handshake is the one that the others hear of", async () => {
  const world = makePeerWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  for (const [from, to] of [
    ["host0", "host1"],
    ["host1", "host0"],
  ] as const) {
    world.network.paths.delay({ from, to }, 40);
  }
  for (let afterMs = 0; afterMs < 400; afterMs += 20) {
    const incarnation = asIncarnation(2 + afterMs);
    two.peers.setIdentity({ cluster: "", incarnation, apart: false });
    await world.clock.runFor(afterMs);
    two.peers.setIdentity({
      cluster: "",
      incarnation: asIncarnation(incarnation + 1),
      apart: false,
    });
    const isKnown = (): boolean => one.up.get(1) === incarnation + 1 && two.up.has(0);
    await world.until(isKnown, `the new life, begun after ${afterMs} ms`);
  }
});

test("a stop says all that was queued, and refuses from then on", async () => {
  const world = makePeerWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  one.peers.send(asServerId(1), heartbeat({ sentAtMs: 77 }));
  let stopped = false;
  void one.peers.stop().then(() => (stopped = true));
  await world.until(() => two.messages.length === 1 && two.up.size === 0, "last words and end");
  await world.until(() => stopped, "the stop");
  two.peers.probe(asServerId(0));
  await world.until(() => two.probes.length === 1, "the result");
  deepEqual(two.probes, ["refused"]);
});
