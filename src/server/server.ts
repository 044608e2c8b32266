// One whole server over the ports: store, replica, links to the others, clients. The same for a
// real process (main.ts) and for a simulated one. It composes and starts; each part decides for
// itself.

import type { ServerId } from "../base/ids.ts";
import { roundOf } from "../base/ids.ts";
import { clusterIdBytes } from "../base/limits.ts";
import type { Clock, Disk, Entropy, Log, Memory, Network } from "../ports.ts";
import type { OpenResult, Store } from "../store/store.ts";
import { openStore } from "../store/store.ts";
import { turnOf } from "./backgroundPace.ts";
import type { Clients } from "./clients.ts";
import { makeClients } from "./clients.ts";
import type { ImageBuilder } from "./compaction.ts";
import { makeCompaction } from "./compaction.ts";
import { addressText, type ServerRules } from "./config.ts";
import { makeDriver } from "./driver.ts";
import type { RunningDriver } from "./driverOptions.ts";
import { readState } from "./imageBuilding.ts";
import type { Inspection } from "./inspection.ts";
import { makePeers } from "./peers.ts";
import type { Restored } from "./restore.ts";
import { restore } from "./restore.ts";
import { refuseUnlisted } from "./unlisted.ts";
import type { DriverEvents, ServerStatus } from "./wiring.ts";

export interface ServerPorts {
  readonly clock: Clock;
  /** This server's own folder. */
  readonly disk: Disk;
  readonly network: Network;
  /** Where clients, or the other servers, are spoken to otherwise than over `network`. */
  readonly clientNetwork?: Pick<Network, "listen">;
  readonly peerNetwork?: Network;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Where it is watched how much is left. */
  readonly memory?: Memory;
  /** How many sockets the system has room for; no bound when it does not tell. */
  readonly socketsRoom?: number;
}

export interface ServerOptions {
  readonly config: ServerRules;
  readonly ports: ServerPorts;
  readonly secret: Buffer;
  readonly builder: ImageBuilder;
  /** The readiness line, at first and whenever role or view have changed. */
  onReady(line: string): void;
  /** The server cannot go on: the process is to end with the code. */
  onFatal(message: string, exitCode: number): void;
}

export interface RunningServer {
  /** Hands over, says goodbye, closes the folder. */
  stop(): Promise<void>;
  status(): ServerStatus;
  inspect(): Inspection;
}

export type StartResult =
  | { readonly ok: true; readonly server: RunningServer }
  | { readonly ok: false; readonly exitCode: number; readonly message: string };

export const exitCodes = { failed: 1, badUsage: 2, stateUnusable: 3 } as const;

export async function startServer(options: ServerOptions): Promise<StartResult> {
  const { config, ports } = options;
  const { clock, disk, log } = ports;
  const opened: OpenResult = await openStore({ disk, clock, log, serverId: config.id });
  if (!opened.ok) return unusable(opened.message);
  const restored = restore(opened.recovered, Math.floor(clock.wallUs() / 1_000));
  if (!restored.ok) {
    await opened.store.close();
    return unusable(restored.message);
  }
  const { store } = opened;
  const servers = config.hosts.map(({ id }) => id);
  const before = opened.recovered.meta?.knownServers ?? [];
  const unlisted = refuseUnlisted(restored.replica.views, servers, before);
  if (unlisted !== null) {
    await store.close();
    return { ok: false, exitCode: exitCodes.badUsage, message: unlisted };
  }
  const { driver, clients } = compose(options, { store, restored });
  try {
    // Clients first: who is told of a role has to be there when it comes.
    await clients.start();
    await driver.start();
  } catch (error) {
    await clients.stop();
    await store.close();
    return { ok: false, exitCode: exitCodes.failed, message: startProblem(error, config.id) };
  }
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    clients.prepareStop();
    try {
      await driver.stop();
    } finally {
      await clients.stop();
    }
  };
  const server: RunningServer = {
    stop: () => (stopping ??= stop()),
    status: () => driver.status(),
    inspect: () => driver.inspect(),
  };
  return { ok: true, server };
}

function compose(
  options: ServerOptions,
  { store, restored }: { readonly store: Store; readonly restored: Restored },
): { readonly driver: RunningDriver; readonly clients: Clients } {
  const { config, ports, secret, builder } = options;
  const { clock, log, entropy } = ports;
  const { id, hosts, bindHost, majority, strict, force, minCopies, snapshotEvery, keep } = config;
  const shared = { self: id, hosts, bindHost, secret, ...ports };
  const { network, clientNetwork = network, peerNetwork = network } = ports;
  const rules = { majority, strict, minCopies, keep };
  const peers = makePeers({ ...shared, rules, network: peerNetwork, bareNetwork: network });
  const clients = makeClients({ keep, ...shared, network: clientNetwork });
  const compaction = makeCompaction({
    store,
    log,
    id,
    snapshotEvery,
    builder,
    failed: (message) => log.write("error", message),
    clock,
  });
  const servers = hosts.map((host) => host.id);
  const freshCluster = entropy.bytes(clusterIdBytes).toString("hex");
  const driver = makeDriver({
    config: { id, servers, majority, strict, force, minCopies, freshCluster },
    knownServers: hosts.map(
      ({ host, clientPort, peerPort }) => `${host}:${clientPort}:${peerPort}`,
    ),
    clock,
    log,
    memory: ports.memory,
    store,
    restored,
    peers,
    events: eventsFor(clients, options),
    compaction,
    readState: (op) => readState(ports.disk, op, turnOf(clock)),
  });
  clients.attach(driver);
  return { driver, clients };
}

function eventsFor(clients: Clients, options: ServerOptions): DriverEvents {
  const announce = makeAnnouncer(options);
  return {
    reply: (client, reply) => clients.reply(client, reply),
    mail: (account, seq) => clients.mail(account, seq),
    isTold: (account) => clients.isTold(account),
    status: (sender, status) => clients.status(sender, status),
    unopened: (account) => clients.unopened(account),
    groupNote: (account, note) => clients.groupNote(account, note),
    sessionEnded: (client, end) => clients.sessionEnded(client, end),
    standstill: (why) => clients.standstill(why),
    turnEnded: () => clients.turnEnded(),
    statusChanged: (status) => {
      clients.statusChanged(status);
      announce(status);
    },
    fatal: (message, exitCode) => options.onFatal(message, exitCode),
  };
}

/** `ready` is said while it serves; every change is logged. */
function makeAnnouncer({ config, ports, onReady }: ServerOptions): (status: ServerStatus) => void {
  const { id, hosts } = config;
  const own = hosts[id];
  let lastLine = "";
  return ({ role, ballot, verified, members, primary }) => {
    const view = roundOf(ballot);
    const fields = { role, view, primary: primary ?? "none", members: members.join(","), verified };
    ports.log.write(verified ? "info" : "warn", "status", fields);
    if (role === "recovering" || own === undefined) return;
    const clients = addressText(own.host, own.clientPort);
    const peers = addressText(own.host, own.peerPort);
    const line = `ready id=${id} role=${role} view=${view} clients=${clients} peers=${peers}`;
    if (line === lastLine) return;
    lastLine = line;
    onReady(line);
  };
}

function unusable(message: string): StartResult {
  return { ok: false, exitCode: exitCodes.stateUnusable, message };
}

/** Errors in words come from the network; anything else is a bug. */
function startProblem(error: unknown, id: ServerId): string {
  if (!(error instanceof Error) || error.name !== "Error") throw error;
  const { message } = error;
  if (message.includes("in use")) return `${message} Is server ${id} already running here?`;
  return `${message} Check this server's own host and --bind.`;
}
