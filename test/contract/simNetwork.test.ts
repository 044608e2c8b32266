// The simulated network keeps the contract of the Network port, and behaves like machines do when
// ways are cut, processes die or stop, and firewalls answer in others' names.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "../../src/ports.ts";
import { connect, networkContract, record, type Recorder } from "../support/networkContract.ts";
import { makeSimClock, type ProcessClock, type SimClock } from "../support/simClock.ts";
import { SimNetwork, type ProcessNetwork } from "../support/simNetwork.ts";

interface Machine {
  readonly clock: ProcessClock;
  readonly network: ProcessNetwork;
}

interface World {
  readonly clock: SimClock;
  readonly world: SimNetwork;
  readonly near: Machine;
  readonly far: Machine;
  readonly caller: ProcessNetwork;
  until(condition: () => boolean, what: string): Promise<void>;
}

const address = { host: "far", port: 22_067 };

function makeWorld(seed = 1): World {
  const clock = makeSimClock();
  const world = new SimNetwork({ clock, seed });
  const machine = (host: string): Machine => {
    const process = clock.forProcess();
    return { clock: process, network: world.forProcess(host, process) };
  };
  const near = machine("near");
  const far = machine("far");
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    ok(await clock.runUntil(condition, { limitMs: 60_000 }), `waited in vain for ${what}`);
  };
  return { clock, world, near, far, caller: near.network, until };
}

networkContract("a simulated network", async () => {
  const { clock, near, far, until } = makeWorld();
  // Promises of the ports resolve by events, so virtual time runs as long as somebody waits.
  const eager = async <T>(promise: Promise<T>): Promise<T> => {
    const settled = Promise.allSettled([promise]);
    await clock.runFor(10);
    await settled;
    return promise;
  };
  return {
    caller: near.network,
    listener: {
      ...far.network,
      listen: (wanted, accept) => eager(far.network.listen(wanted, accept)),
    },
    address,
    until,
    quiet: () => clock.runFor(1_000),
    close: async () => undefined,
  };
});

async function linked(given: World): Promise<{ client: Recorder; server: Recorder }> {
  const accepted: Link[] = [];
  void given.far.network.listen(address, (link) => accepted.push(link));
  await given.clock.runFor(1);
  const near = await connect(given, address);
  ok(typeof near === "object");
  await given.until(() => accepted.length > 0, "the accepted link");
  return { client: record(near), server: record(accepted[0] as Link) };
}

function killProcess(machine: Machine): void {
  machine.clock.kill();
  machine.network.kill();
}

test("a cut way is silent: bytes wait, connects time out, all arrives once it heals", async () => {
  const given = makeWorld();
  const { client, server } = await linked(given);
  given.world.cut("near", "far");
  client.link.send(Buffer.from("before"));
  const startMs = given.clock.nowMs();
  equal(await connect(given, address, 2_000), "unreachable");
  equal(given.clock.nowMs() - startMs, 2_000);
  given.world.healAll();
  client.link.send(Buffer.from(" after"));
  await given.until(() => server.text() === "before after", "the bytes in order");
});

test("a cut of one way alone stops new connections, and the bytes of that way alone", async () => {
  const given = makeWorld();
  const { client, server } = await linked(given);
  given.world.cut("far", "near", { oneWay: true });
  client.link.send(Buffer.from("through"));
  server.link.send(Buffer.from("stuck"));
  await given.until(() => server.text() === "through", "the open way's bytes");
  equal(await connect(given, address), "unreachable");
  equal(client.text(), "");
});

test("a killed process refuses connections, and the other end is told", async () => {
  const given = makeWorld();
  const { client, server } = await linked(given);
  server.link.send(Buffer.from("last words"));
  killProcess(given.far);
  equal(await connect(given, address), "refused");
  await given.until(() => client.closed === 1, "the end");
  equal(client.text(), "last words");
  equal(server.closed, 0, "a dead process is told nothing");
});

test("a process killed with unread bytes resets; the other end is told all the same", async () => {
  const given = makeWorld();
  const { client } = await linked(given);
  given.far.clock.pause();
  client.link.send(Buffer.from("never read"));
  await given.clock.runFor(100);
  killProcess(given.far);
  await given.until(() => client.closed === 1, "the reset");
});

test("a death behind a cut is learnt only when the cut heals", async () => {
  const given = makeWorld();
  const { client } = await linked(given);
  given.world.cut("near", "far");
  killProcess(given.far);
  await given.clock.runFor(30_000);
  equal(client.closed, 0);
  given.world.healAll();
  await given.until(() => client.closed === 1, "the end");
});

test("a host without power is silent; back again, it resets its old connections", async () => {
  const given = makeWorld();
  const { client } = await linked(given);
  given.far.clock.kill();
  given.world.powerOff("far");
  equal(await connect(given, address), "unreachable");
  client.link.send(Buffer.from("hello?"));
  await given.clock.runFor(10_000);
  equal(client.closed, 0);
  given.world.powerOn("far");
  await given.until(() => client.closed === 1, "the reset");
  equal(await connect(given, address), "refused");
});

test("a stopped process accepts but reads nothing; resumed, its timers run first", async () => {
  const given = makeWorld();
  const { client, server } = await linked(given);
  const seen: string[] = [];
  given.far.clock.pause();
  client.link.send(Buffer.from("waiting"));
  given.far.clock.after(500, () => seen.push(`timer, ${server.byteCount()} bytes read`));
  const link = await connect(given, address);
  ok(typeof link === "object", "the kernel accepts");
  await given.clock.runFor(2_000);
  equal(server.text(), "");
  given.far.clock.resume();
  await given.clock.runFor(0);
  deepEqual(seen, ["timer, 0 bytes read"]);
  equal(server.text(), "waiting");
});

test("a firewall that answers with resets ends open links and refuses new ones", async () => {
  const given = makeWorld();
  const { client, server } = await linked(given);
  given.world.cut("near", "far", { kind: "reset" });
  equal(await connect(given, address), "refused");
  await given.until(() => client.closed === 1 && server.closed === 1, "both ends");
  given.world.healAll();
  ok(typeof (await connect(given, address)) === "object");
});

test("a delayed way is slower by as much", async () => {
  const given = makeWorld();
  const { client, server } = await linked(given);
  given.world.paths.delay({ from: "near", to: "far" }, 400);
  const startMs = given.clock.nowMs();
  client.link.send(Buffer.from("slow"));
  await given.until(() => server.text() === "slow", "the bytes");
  const tookMs = given.clock.nowMs() - startMs;
  ok(tookMs >= 400 && tookMs < 402, `took ${tookMs} ms`);
});

test("equal seeds give equal runs, chunk by chunk; other seeds do not", async () => {
  const runWith = async (seed: number): Promise<string> => {
    const given = makeWorld(seed);
    const { client, server } = await linked(given);
    for (let index = 0; index < 50; index += 1) client.link.send(Buffer.alloc(1_000));
    await given.until(() => server.byteCount() === 50_000, "all bytes");
    return `${given.clock.nowMs()} ${server.chunks.map((chunk) => chunk.length).join()}`;
  };
  equal(await runWith(7), await runWith(7));
  ok((await runWith(7)) !== (await runWith(8)));
});
