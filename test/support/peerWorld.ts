// Servers' links to one another on simulated hosts, each with a record of what its owner was told:
// the ground on which the tests of links stand.

import { ok } from "node:assert/strict";
import { asBallot, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import type { PeerRules } from "../../src/server/peerRules.ts";
import { makePeers } from "../../src/server/peers.ts";
import type { HostSpec, Peers, ProbeResult } from "../../src/server/wiring.ts";
import type { Batch } from "../../src/wire/batch.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { makeSimClock, type ProcessClock, type SimClock } from "./simClock.ts";
import { SimNetwork, type ProcessNetwork } from "./simNetwork.ts";
import { makeSimEntropy, makeSimLogs, type SimLogs } from "./simProcess.ts";

export interface PeerServer {
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

export interface PeerWorld {
  readonly clock: SimClock;
  readonly network: SimNetwork;
  readonly logs: SimLogs;
  start(id: number, differing?: Differing): Promise<PeerServer>;
  until(condition: () => boolean, what: string): Promise<void>;
}

export interface Differing {
  readonly incarnation?: number;
  readonly secret?: string;
  readonly apart?: boolean;
  readonly cluster?: string;
  readonly hosts?: readonly HostSpec[];
  readonly rules?: Partial<PeerRules>;
}

export const usualRules: PeerRules = { majority: false, strict: false, minCopies: 1, keep: 0 };

export function hostSpecs(count: number, firstPort = 22_167): readonly HostSpec[] {
  return Array.from({ length: count }, (_, index) => ({
    id: asServerId(index),
    host: `host${index}`,
    clientPort: 22_067 + index,
    peerPort: firstPort + index,
  }));
}

export function makePeerWorld(seed = 1): PeerWorld {
  const clock = makeSimClock();
  const network = new SimNetwork({ clock, seed });
  const logs = makeSimLogs();
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    ok(await clock.runUntil(condition, { limitMs: 30_000 }), `waited in vain for ${what}`);
  };
  const start = async (id: number, differing: Differing = {}): Promise<PeerServer> => {
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
      rules: { ...usualRules, ...differing.rules },
    });
    const incarnation = asIncarnation(differing.incarnation ?? 1);
    const { cluster = "", apart = false } = differing;
    peers.setIdentity({ cluster, incarnation, apart });
    const server = recorded(id, { clock: process, network: own, peers });
    await clock.runFor(0);
    return server;
  };
  return { clock, network, logs, start, until };
}

/** Starts the peers, and keeps what they tell. */
function recorded(id: number, parts: Pick<PeerServer, "clock" | "network" | "peers">): PeerServer {
  const server: PeerServer = {
    ...parts,
    id,
    up: new Map(),
    events: [],
    messages: [],
    batches: [],
    probes: [],
  };
  void parts.peers.start({
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
    unfit: (peer) => void server.events.push(`unfit ${peer}`),
  });
  return server;
}

export function kill(server: PeerServer): void {
  server.clock.kill();
  server.network.kill();
}

export const heartbeat = (over: Partial<MessageOf<"heartbeat">> = {}): Message => ({
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
  answers: 0,
  granted: false,
  wants: false,
  room: "enough",
  ...over,
});

export function heartbeats(server: PeerServer): void {
  for (const id of server.up.keys()) server.peers.send(asServerId(id), heartbeat());
  server.peers.flush();
  server.clock.after(150, () => heartbeats(server));
}

export async function allConnected(
  world: PeerWorld,
  servers: readonly PeerServer[],
): Promise<void> {
  await world.until(
    () => servers.every(({ up }) => up.size === servers.length - 1),
    "all pairs to be connected",
  );
}
