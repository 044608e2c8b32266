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
import { makePrng } from "../../src/base/prng.ts";
import type { Link } from "../../src/ports.ts";
import { makePeers } from "../../src/server/peers.ts";
import type { HostSpec, Peers, ProbeResult } from "../../src/server/wiring.ts";
import type { Batch } from "../../src/wire/batch.ts";
import { decodePayload, encodeMessage } from "../../src/wire/codec.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { makeSimClock, type ProcessClock, type SimClock } from "../support/simClock.ts";
import { SimNetwork, type ProcessNetwork } from "../support/simNetwork.ts";
import { makeSimEntropy, makeSimLogs, type SimLogs } from "../support/simProcess.ts";

interface Server {
  readonly id: number;
  readonly clock: ProcessClock;
  readonly network: ProcessNetwork;
  readonly peers: Peers;
  /** Peers that are up, with their incarnations. */
  readonly up: Map<number, number>;
  readonly events: string[];
  readonly messages: Message[];
  readonly batches: Batch[];
  readonly probes: ProbeResult[];
}

interface World {
  readonly clock: SimClock;
  readonly network: SimNetwork;
  readonly logs: SimLogs;
  start(id: number, differing?: Differing): Promise<Server>;
  until(condition: () => boolean, what: string): Promise<void>;
}

interface Differing {
  readonly incarnation?: number;
  readonly secret?: string;
  readonly cluster?: string;
  readonly hosts?: readonly HostSpec[];
}

function hostSpecs(count: number, firstPort = 22_167): readonly HostSpec[] {
  return Array.from({ length: count }, (_, index) => ({
    id: asServerId(index),
    host: `host${index}`,
    clientPort: 22_067 + index,
    peerPort: firstPort + index,
  }));
}

function makeWorld(seed = 1): World {
  const clock = makeSimClock();
  const network = new SimNetwork({ clock, seed });
  const logs = makeSimLogs();
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    ok(await clock.runUntil(condition, { limitMs: 30_000 }), `waited in vain for ${what}`);
  };
  const start = async (id: number, differing: Differing = {}): Promise<Server> => {
    const process = clock.forProcess();
    const own = network.forProcess(`host${id}`, process);
    const peers = makePeers({
      clock: process,
      network: own,
      entropy: makeSimEntropy(seed * 100 + id),
      log: logs.forProcess(`server ${id}`, process),
      self: asServerId(id),
      hosts: differing.hosts ?? hostSpecs(3),
      bindHost: `host${id}`,
      secret: Buffer.from(differing.secret ?? "the secret of these tests"),
    });
    const server: Server = {
      id,
      clock: process,
      network: own,
      peers,
      up: new Map(),
      events: [],
      messages: [],
      batches: [],
      probes: [],
    };
    const incarnation = asIncarnation(differing.incarnation ?? 1);
    peers.setIdentity({ cluster: differing.cluster ?? "", incarnation });
    void peers.start({
      up: (peer, from) => {
        server.events.push(`up ${peer}`);
        server.up.set(peer, from);
      },
      down: (peer) => {
        server.events.push(`down ${peer}`);
        server.up.delete(peer);
      },
      message: (_peer, message, batch) => {
        server.messages.push(message);
        if (batch !== null) server.batches.push(batch);
      },
      probed: (_peer, result) => server.probes.push(result),
    });
    await clock.runFor(0);
    return server;
  };
  return { clock, network, logs, start, until };
}

function kill(server: Server): void {
  server.clock.kill();
  server.network.kill();
}

const heartbeat = (over: Partial<MessageOf<"heartbeat">> = {}): Message => ({
  type: "heartbeat",
  sentAtMs: 0,
  incarnation: asIncarnation(1),
  receiver: asIncarnation(1),
  normal: true,
  ballot: asBallot(64),
  active: true,
  primary: 1,
  promised: asBallot(64),
  lastOp: asOp(0),
  committed: asOp(0),
  leases: [],
  hears: [],
  ...over,
});

function heartbeats(server: Server): void {
  for (const id of server.up.keys()) server.peers.send(asServerId(id), heartbeat());
  server.peers.flush();
  server.clock.after(150, () => heartbeats(server));
}

async function allConnected(world: World, servers: readonly Server[]): Promise<void> {
  await world.until(
    () => servers.every(({ up }) => up.size === servers.length - 1),
    "all pairs to be connected",
  );
}

test("three servers that start at once connect each pair once, and no link is thrown out", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = makeWorld(seed);
    const servers = [await world.start(0), await world.start(1), await world.start(2)];
    await allConnected(world, servers);
    await world.clock.runFor(3_000);
    for (const server of servers) {
      equal(server.events.length, 2, `seed ${seed}: server ${server.id} saw ${server.events}`);
    }
  }
});

test("messages arrive in order, a batch together with the prepare before it", async () => {
  const world = makeWorld();
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

test("a server that comes back with a higher incarnation replaces its old link at once", async () => {
  const world = makeWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  kill(two);
  const again = await world.start(1, { incarnation: 2 });
  await world.until(() => one.up.get(1) === 2 && again.up.has(0), "the new link");
});

test("after a silent cut both ends drop the dead link and find one another again", async () => {
  const world = makeWorld();
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
    const world = makeWorld();
    const servers = [await world.start(0), await world.start(1)] as const;
    const [one, two] = servers;
    await world.until(() => one.up.size === 1 && two.up.size === 1, "the link");
    heartbeats(servers[1 - noticing] as Server);
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
  const world = makeWorld();
  const one = await world.start(0);
  const two = await world.start(1, { secret: "another secret" });
  await world.clock.runFor(10_000);
  equal(one.up.size + two.up.size, 0);
  for (const who of ["server 0", "server 1"]) {
    const lines = world.logs.events().filter((logged) => logged.who === who);
    match(lines.map(({ event }) => event).join("\n"), /have different secrets.*state\/secret/);
    ok(lines.length <= 2, `${who} logs once, not at every retry: ${lines.length} lines`);
  }
});

test("differing lists of hosts are said in words on both sides, and connect nobody", async () => {
  const world = makeWorld();
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
});

test("folders of two clusters do not mix; an empty folder joins either", async () => {
  const world = makeWorld();
  const one = await world.start(0, { cluster: "aa" });
  const two = await world.start(1, { cluster: "bb" });
  const three = await world.start(2);
  await world.until(() => three.up.size === 2, "the empty one to be connected");
  await world.clock.runFor(3_000);
  deepEqual([...one.up.keys()], [2]);
  deepEqual([...two.up.keys()], [2]);
});

test("a probe tells a dead process from a stopped one and from a cut", async () => {
  const world = makeWorld();
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

test("a stop says all that was queued, and refuses from then on", async () => {
  const world = makeWorld();
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

// ---- strangers

interface Stranger {
  readonly link: Link;
  readonly received: Message[];
  closed: boolean;
}

async function stranger(world: World): Promise<Stranger> {
  const process = world.clock.forProcess();
  const network = world.network.forProcess("elsewhere", process);
  let found: Stranger | null = null;
  network.connect({ host: "host0", port: 22_167 }, 1_000, {
    failed: () => undefined,
    connected: (link) => {
      const made: Stranger = { link, received: [], closed: false };
      let bytes = Buffer.alloc(0);
      link.start({
        bytes: (chunk) => {
          bytes = Buffer.concat([bytes, chunk]);
          while (bytes.length >= 3 && bytes.length >= 3 + bytes.readUInt16BE(1)) {
            const end = 3 + bytes.readUInt16BE(1);
            const decoded = decodePayload(bytes[0] ?? 0, bytes.toString("latin1", 3, end));
            if (decoded.ok) made.received.push(decoded.message);
            bytes = bytes.subarray(end);
          }
        },
        drained: () => undefined,
        closed: () => (made.closed = true),
      });
      found = made;
    },
  });
  await world.until(() => found !== null, "the stranger's connection");
  return found as unknown as Stranger;
}

function frame(opcode: number, length: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([opcode, length >> 8, length & 0xff]), payload]);
}

const hello = (over: Partial<MessageOf<"peerHello">> = {}): Buffer =>
  encodeMessage({
    type: "peerHello",
    version: 1,
    from: asServerId(1),
    to: asServerId(0),
    nonce: "00".repeat(16),
    ...over,
  });

const badInputs: Record<string, Buffer> = {
  "an opcode nobody knows": frame(0xff, 0, Buffer.alloc(0)),
  "an empty frame": frame(0x80, 0, Buffer.alloc(0)),
  "an oversized frame": frame(0x80, 1_025, Buffer.alloc(0)),
  "bytes outside ASCII": frame(0x80, 4, Buffer.from([0xff, 0xfe, 0x00, 0x80])),
  "a heartbeat before any proof": encodeMessage(heartbeat()),
  "a proof before the hello": encodeMessage({ type: "peerProof", mac: "00".repeat(32) }),
  "a wrong proof": Buffer.concat([
    hello(),
    encodeMessage({ type: "peerProof", mac: "00".repeat(32) }),
  ]),
  "a proof of no length": Buffer.concat([hello(), encodeMessage({ type: "peerProof", mac: "" })]),
  "two hellos": Buffer.concat([hello(), hello()]),
  "another version": hello({ version: 2 }),
  "a hello for another server": hello({ to: asServerId(2) }),
  "a hello in this server's own name": hello({ from: asServerId(0) }),
  "a hello of a server that is not configured": hello({ from: asServerId(9) }),
  "a hello cut short, and nothing more": hello().subarray(0, 20),
  "nothing at all": Buffer.alloc(0),
};

for (const [what, bytes] of Object.entries(badInputs)) {
  test(`${what} ends the sender's connection in words, and the others notice nothing`, async () => {
    const world = makeWorld();
    const [one, two] = [await world.start(0), await world.start(1)];
    await world.until(() => one.up.has(1) && two.up.has(0), "the link");
    const guest = await stranger(world);
    guest.link.send(bytes);
    await world.until(() => guest.closed, "the end of the stranger's connection");
    equal(guest.received.at(-1)?.type, "peerError");
    deepEqual([one.events, two.events], [["up 1"], ["up 0"]]);
  });
}

test("random bytes from anybody end that connection and no other", async () => {
  const prng = makePrng(7);
  const world = makeWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  for (let round = 0; round < 60; round += 1) {
    const guest = await stranger(world);
    const bytes = Buffer.alloc(1 + prng.below(200));
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = prng.next32();
    guest.link.send(prng.chance(0.5) ? Buffer.concat([hello(), bytes]) : bytes);
    await world.until(() => guest.closed, `the end of round ${round}`);
  }
  deepEqual([one.events, two.events], [["up 1"], ["up 0"]]);
});

test("many silent strangers keep no honest server out", async () => {
  const world = makeWorld();
  const one = await world.start(0);
  for (let index = 0; index < 200; index += 1) await stranger(world);
  const two = await world.start(1);
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
});
