// Who proposes what while nobody serves (REPLICATION §6): the founding of a cluster, and a cold
// start. Whoever holds the newest view asks those who may follow it. Judges nothing: what may
// follow, and whether as verified, is decided once they have promised (succession.ts).

import type { ServerId } from "../base/ids.ts";
import { heartbeatMs, proposalBackoffMs } from "../base/limits.ts";
import { isSilent } from "./liveness.ts";
import { isOutsider, ownPromise } from "./proposing.ts";
import { isHere, type Peer } from "./peer.ts";
import type { Replica } from "./state.ts";
import { leaderToFollow, newestBallot, ownHistory } from "./state.ts";
import { everybodyOf } from "./succession.ts";
import type { View } from "./types.ts";
import { hasWaited } from "./waiting.ts";

export interface Candidate {
  readonly members: readonly ServerId[];
  readonly join: boolean;
  /** How long it must have been wanted before this server proposes it. */
  readonly delayMs: number;
}

/** Everybody's folder is empty: all found it together, or after the wait those that are here. */
export function wantedFounding(replica: Replica): Candidate | null {
  const here = [...replica.peers.values()].filter(isHere);
  if (here.some((peer) => (peer.heartbeat?.ballot ?? 0) > 0)) return null;
  const members = [replica.config.id, ...here.map(({ id }) => id)].sort((a, b) => a - b);
  const delayMs = members.indexOf(replica.config.id) * 5 * proposalBackoffMs;
  const whole = members.length === replica.config.servers.length;
  return whole || hasWaited(replica) ? { members, join: false, delayMs } : null;
}

/** Nobody serves: whoever holds the newest view proposes those of it that are here. */
export function wantedColdStart(replica: Replica, view: View): Candidate | null {
  const here = [...replica.peers.values()].filter(isHere);
  const leader = leaderToFollow(replica);
  const { id: self, majority } = replica.config;
  const leads = leader === self;
  if (!leads && here.some(({ id }) => id === leader)) return null;
  if (isOutdated(replica, view) && !leads) return null;
  const holding = here.filter((peer) => (peer.heartbeat?.lastOp ?? 0) > 0);
  const isStranger = !majority && !view.members.includes(self);
  if (isStranger && !mayStandIn(replica, view, holding)) return null;
  const eligible = majority ? holding : whoMayFollow(replica, view, { holding, isStranger });
  const members = [self, ...eligible.map(({ id }) => id)].sort((a, b) => a - b);
  const lastOp = replica.tail.lastOp;
  const longer = eligible.filter((peer) => (peer.heartbeat?.lastOp ?? 0) > lastOp).length;
  const rank = members.indexOf(self) + longer * members.length;
  const delayMs = rank * 5 * proposalBackoffMs;
  const whole = view.members.every((id) => members.includes(id));
  return { members, join: false, delayMs: whole ? delayMs : delayMs + 5 * heartbeatMs };
}

function whoMayFollow(
  replica: Replica,
  view: View,
  { holding, isStranger }: { readonly holding: readonly Peer[]; readonly isStranger: boolean },
): readonly Peer[] {
  // Who is a member, and does not hold it, has lost more than a disk may lose: it joins later.
  if (isStranger) return holding.filter(({ id }) => !view.members.includes(id));
  const asked = whomToAsk(replica, view, holding);
  return holding.filter(({ id }) => asked.includes(id));
}

/**
 * This server was only on its way into the newest view, and none of that view is here with what it
 * holds: after the wait it leads those that are, unverified. Else they would wait for ever.
 */
function mayStandIn(replica: Replica, view: View, holding: readonly Peer[]): boolean {
  if (replica.config.strict || !hasWaited(replica)) return false;
  return !holding.some(({ id, heartbeat }) => {
    return view.members.includes(id) && (heartbeat?.ballot ?? 0) >= view.ballot;
  });
}

/**
 * Those of the newest view. Where not all of them hold it, the views before it count as well: then
 * everybody of those too, if all are here, so that nobody is left who could hold more.
 */
export function whomToAsk(
  replica: Replica,
  view: View,
  here: readonly Peer[],
): readonly ServerId[] {
  const ballots = new Map(here.map((peer) => [peer.id, peer.heartbeat?.ballot]));
  ballots.set(replica.config.id, view.ballot);
  const isHeldByAll = view.members.every((id) => ballots.get(id) === view.ballot);
  if (isHeldByAll) return view.members;
  const named = everybodyOf(ownHistory(replica), [ownPromise(replica)]);
  const { id: self } = replica.config;
  const isAsked = (id: ServerId): boolean => id === self || !isOutsider(replica, view, id);
  const everybody = [...named].filter(isAsked).sort((a, b) => a - b);
  return everybody.every((id) => ballots.has(id)) ? everybody : view.members;
}

/** Somebody leads an active view that is no older than this server's newest. */
export function hearsActiveView(replica: Replica): boolean {
  const ballot = newestBallot(replica);
  for (const peer of replica.peers.values()) {
    const { heartbeat } = peer;
    if (!isHere(peer) || heartbeat === null || isSilent(replica, peer)) continue;
    if (heartbeat.normal && heartbeat.active && heartbeat.ballot >= ballot) return true;
  }
  return false;
}

/** Somebody here holds a newer view. */
export function isOutdated(replica: Replica, view: View): boolean {
  return [...replica.peers.values()].some((peer) => {
    return isHere(peer) && (peer.heartbeat?.ballot ?? 0) > view.ballot;
  });
}
