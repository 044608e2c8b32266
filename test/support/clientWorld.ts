// A server's clients' side with a driver of the test's own, on a simulated host, and raw clients on
// others: the ground on which the door's tests stand.

import { ok } from "node:assert/strict";
import type { ClientId } from "../../src/base/ids.ts";
import { asServerId } from "../../src/base/ids.ts";
import { makeClients, type Clients } from "../../src/server/clients.ts";
import { makeFakeDriver, type FakeDriver } from "./fakeDriver.ts";
import { clientIdOf, connectRaw, type RawClient, type Until } from "./rawClient.ts";
import { makeSimClock, type ProcessClock, type SimClock } from "./simClock.ts";
import { SimNetwork } from "./simNetwork.ts";
import { makeSimEntropy, makeSimLogs, type SimLogs } from "./simProcess.ts";

export interface ClientWorld {
  readonly clock: SimClock;
  /** The server's. */
  readonly process: ProcessClock;
  readonly driver: FakeDriver;
  readonly clients: Clients;
  readonly logs: SimLogs;
  readonly until: Until;
  connect(client?: ClientId): Promise<RawClient>;
}

export async function makeClientWorld(
  seed = 1,
  room: { readonly socketsRoom?: number } = {},
): Promise<ClientWorld> {
  const clock = makeSimClock();
  const network = new SimNetwork({ clock, seed });
  const logs = makeSimLogs();
  const process = clock.forProcess();
  const hosts = [0, 1, 2].map((index) => ({
    id: asServerId(index),
    host: `host${index}`,
    clientPort: 22_067 + index,
    peerPort: 22_167 + index,
  }));
  const clients = makeClients({
    clock: process,
    network: network.forProcess("host0", process),
    entropy: makeSimEntropy(seed),
    log: logs.forProcess("server 0", process),
    self: asServerId(0),
    hosts,
    bindHost: "host0",
    keep: 0,
    secret: Buffer.from("the secret of these tests"),
    ...room,
  });
  const driver = makeFakeDriver(process, clients);
  clients.attach(driver);
  void clients.start();
  await clock.runFor(1);
  let count = 0;
  const until: Until = async (condition, what) => {
    ok(await clock.runUntil(condition, { limitMs: 20_000 }), `waited in vain for ${what}`);
  };
  const connect = (client?: ClientId): Promise<RawClient> => {
    count += 1;
    const machine = network.forProcess(`machine${count}`, clock.forProcess());
    return connectRaw(machine, { host: "host0", port: 22_067 }, client ?? clientIdOf(count), until);
  };
  return { clock, process, driver, clients, logs, until, connect };
}

/** A connection that has said hello, under a new id if none is named. */
export async function greeted(world: ClientWorld, id?: ClientId): Promise<RawClient> {
  const client = await world.connect(id);
  await client.hello();
  return client;
}

/** A client that has registered the name just now. */
export async function loggedIn(world: ClientWorld, name: string): Promise<RawClient> {
  const client = await greeted(world);
  await client.register(name);
  return client;
}
