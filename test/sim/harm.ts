// How links and disks of a simulated cluster are harmed, and how that is taken back: each function
// harms, and returns what mends it again; null when the harm makes no sense now.

import { makePrng } from "../../src/base/prng.ts";
import type { Cluster } from "../support/cluster.ts";
import type { SimNetwork } from "../support/simNetwork.ts";
import type { CutKind } from "../support/simPath.ts";
import type { SimServer } from "../support/simServer.ts";
import type { Fault, Plan, What } from "./plan.ts";

export type Undo = () => void;

export interface Way {
  readonly from: string;
  readonly to: string;
}

const usualSyncMs = 0.4;

export function harmLink(
  network: SimNetwork,
  way: Way,
  what: What & { kind: "cut" | "reset" | "slowLink" | "clog" },
): Undo | null {
  const { from, to } = way;
  if (from === to) return null;
  switch (what.kind) {
    case "cut":
      network.cut(from, to, { oneWay: what.oneWay, kind: what.how });
      return () => network.heal(from, to);
    case "reset":
      network.resetBetween(from, to);
      return () => undefined;
    case "clog":
      network.paths.clog(way);
      return () => network.paths.unclog(way);
    case "slowLink":
      network.paths.delay(way, what.ms);
      return () => network.paths.delay(way, 0);
  }
}

/** No way leads from one side to the other. */
export function split(network: SimNetwork, ways: readonly Way[], how: CutKind): Undo | null {
  if (ways.length === 0) return null;
  for (const { from, to } of ways) network.cut(from, to, { kind: how });
  return () => {
    for (const { from, to } of ways) network.heal(from, to);
  };
}

/** No other server hears it, and it hears none. */
export function isolate({ network, servers }: Cluster, server: SimServer, how: CutKind): Undo {
  const others = servers.filter(({ id }) => id !== server.id);
  for (const { host } of others) network.cut(server.host, host, { kind: how });
  return () => {
    for (const { host } of others) network.heal(server.host, host);
  };
}

export function harmDisk(server: SimServer | null, what: What): Undo | null {
  if (server === null || !server.isUp()) return null;
  const { disk } = server;
  switch (what.kind) {
    case "slowDisk":
      disk.setLatencyMs("sync", what.ms);
      disk.setLatencyMs("write", what.ms / 10);
      break;
    case "hangDisk":
      return disk.hang(what.action);
    case "failDisk":
      disk.failNext(what.action);
      break;
    case "fullDisk":
      disk.setCapacityBytes(disk.usedBytes() + what.roomBytes);
      break;
    default:
      return null;
  }
  return () => mendDisk(server);
}

export function mendDisk({ disk }: SimServer): void {
  disk.setLatencyMs("sync", usualSyncMs);
  disk.setLatencyMs("write", usualSyncMs / 10);
  disk.setCapacityBytes(Infinity);
  disk.failNothing();
}

/** For good: the machine's wall clock stays where it is then. */
export function jumpClock(server: SimServer | null, deltaMs: number): Undo | null {
  if (server === null) return null;
  server.jumpWall(deltaMs);
  return () => undefined;
}

/** Bits of a server's files flip while it is down; says which. */
export function rot(
  { id, disk }: SimServer,
  { flips, salt }: What & { kind: "rot" },
): readonly string[] {
  const prng = makePrng(salt);
  // A lost branch waits here alone to be merged: of that there is no second copy to fetch.
  const isOnlyCopy = (name: string): boolean => /^(?:orphans|merge)-/.test(name);
  const names = disk.names().filter((name) => disk.sizeOf(name) > 0 && !isOnlyCopy(name));
  if (names.length === 0) return [];
  return Array.from({ length: flips }, () => {
    const name = prng.pick(names);
    const bit = prng.below(disk.sizeOf(name) * 8);
    disk.flipBit(name, bit);
    return `bit ${bit} of ${name} of server ${id} has flipped`;
  });
}

/** In the other modes whoever lost a majority, or anybody for good, waits for ever: as promised. */
export function mayLoseCopies({ kind, mode }: Plan): boolean {
  return kind === "beyond" && mode === "plain";
}

/**
 * Somebody leads without it, verified, a view behind the last that it held: that one has all that
 * was ever confirmed. (Who has just woken may still lead one that others have gone on from.)
 */
export function isCopyBesides(cluster: Cluster, id: number, lastBallot: number): boolean {
  return cluster.servers.some((server) => {
    if (server.id === id || !server.isUp() || server.isPaused()) return false;
    const seen = server.inspect();
    const view = seen?.views.at(-1);
    if (seen === null || view === undefined || seen.status !== "normal") return false;
    const leads = view.primary === server.id && seen.active === view.ballot;
    const isWithout = view.ballot > lastBallot && !view.members.some((member) => member === id);
    return leads && isWithout && seen.promised === view.ballot && cluster.isVerified(server.id);
  });
}

/** A fault, for people to read. */
export function wordsOf({ what, lastsMs }: Fault, servers: number): string {
  const { kind, ...rest } = what;
  const details = Object.entries(rest).map(([name, value]) => {
    const isPlace = name === "from" || name === "to";
    if (!isPlace || typeof value !== "number") return `${name}=${JSON.stringify(value)}`;
    return `${name}=${value < servers ? `server ${value}` : `person ${value - servers}`}`;
  });
  return `${kind} ${details.join(" ")} for ${lastsMs.toFixed(0)} ms`;
}

/** A firewall refuses where somebody lives. */
export function areDeathsForged({ faults }: Plan): boolean {
  return faults.some(({ what }) => "how" in what && what.how === "reset");
}
