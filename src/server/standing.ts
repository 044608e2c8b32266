// Where a replica stands, in the words that clients, operators and the readiness line use.
// Reads only.

import type { Op, ServerId } from "../base/ids.ts";
import { noBallot } from "../base/ids.ts";
import { successionHoldMs } from "../base/limits.ts";
import { isVerified } from "../replica/histories.ts";
import { isSilent } from "../replica/liveness.ts";
import { lowServers } from "../replica/room.ts";
import type { Replica } from "../replica/state.ts";
import { currentView, isActive, isNormal, isServing, othersOf, peerOf } from "../replica/state.ts";
import type { View } from "../replica/types.ts";
import type { Driver, ServerStatus, Successor } from "./wiring.ts";

/** `isMerged`: nothing is known of branches that are still to be merged. */
export function statusOf(replica: Replica, isMerged: boolean): ServerStatus {
  const view = currentView(replica);
  const { servers } = replica.config;
  return {
    role: roleOf(replica),
    ballot: view?.ballot ?? noBallot,
    verified: isMerged && isVerified(replica.views, servers),
    primary: view?.primary ?? null,
    members: view?.members ?? [],
    committed: replica.committed,
  };
}

/**
 * Whether clients stay, and what they have asked: this server leads, or is about to. Who is sent
 * away asks again, from the first unanswered on, and nothing that had waited may overtake that: so
 * it must be forgotten where the log is cut, which leads back to an earlier view.
 */
export function keepsClients(
  { role, ballot, primary }: ServerStatus,
  ballotBefore: number,
  self: ServerId,
): boolean {
  return role === "primary" || (primary === self && ballot > ballotBefore);
}

/** To whom what is to be merged goes now: the primary that leads, or takes this server in. */
export function mergesInto(replica: Replica): ServerId | null {
  const view = currentView(replica);
  if (isServing(replica)) return replica.config.id;
  if (isNormal(replica)) return isActive(replica) && view !== undefined ? view.primary : null;
  const from = replica.isRewriting ? null : (replica.feed?.from ?? null);
  return from !== null && peerOf(replica, from).heartbeat?.active === true ? from : null;
}

/** A member of a view that is just being started keeps the role it had. */
function roleOf(replica: Replica): ServerStatus["role"] {
  const view = currentView(replica);
  if (view === undefined || !isNormal(replica)) return "recovering";
  if (isServing(replica)) return "primary";
  const isMember = isActive(replica) || replica.since < view.ballot;
  return isMember ? "secondary" : "recovering";
}

/**
 * The primary of an active view, everything committed is applied (of what is committed at this very
 * moment the applier may not have heard yet), and nobody else can serve.
 */
export function canRead(replica: Replica, appliedOp: Op, nowMs: number): boolean {
  const view = currentView(replica);
  if (view === undefined || !isActive(replica) || !isServing(replica)) return false;
  if (replica.committed < view.startOp || appliedOp < replica.committed) return false;
  return areLeasesHeld(replica, view, nowMs);
}

/**
 * Who is to lead next, where a secondary has just lost the link to its primary: most likely that
 * one is dead. "unknown" until that is proven; null when nothing of the kind goes on.
 */
export function successorOf(replica: Replica, nowMs: number): Successor {
  const { id: self } = replica.config;
  const view = currentView(replica);
  if (!isNormal(replica) || view === undefined || view.primary === self) return null;
  const { up, heardMs, saidDead, incarnation } = peerOf(replica, view.primary);
  if (up || nowMs - heardMs >= successionHoldMs) return null;
  if (incarnation === 0 || saidDead < incarnation) return "unknown";
  const candidates = view.members.filter((id) => id === self || peerOf(replica, id).up);
  return candidates[0] as ServerId;
}

/** The primary holds unexpired leases from all other members at this moment. */
function areLeasesHeld(replica: Replica, view: View, nowMs: number): boolean {
  if (replica.promised !== view.ballot) return false;
  return othersOf(replica, view.members).every((member) => {
    const peer = peerOf(replica, member);
    return peer.leaseIncarnation !== 0 && peer.leaseUntilMs > nowMs;
  });
}

export function peerStatesOf(replica: Replica): ReturnType<Driver["peerStates"]> {
  const view = currentView(replica);
  const { id: self, servers } = replica.config;
  const low = lowServers(replica);
  return servers.map((id) => {
    const isLow = low.includes(id);
    if (id === self) return { id, state: roleOf(replica), lagOps: 0, isLow };
    const peer = peerOf(replica, id);
    const { heartbeat } = peer;
    if (!peer.up || heartbeat === null || isSilent(replica, peer)) {
      return { id, state: "away", lagOps: 0, isLow };
    }
    const lagOps = Math.max(0, replica.tail.lastOp - lastOpOf(replica, id, heartbeat.lastOp));
    const isMember = view?.members.includes(id) === true && heartbeat.normal;
    const role = view?.primary === id ? "primary" : "secondary";
    return { id, state: isMember && isNormal(replica) ? role : "recovering", lagOps, isLow };
  });
}

function lastOpOf(replica: Replica, id: ServerId, heard: number): number {
  return Math.max(heard, replica.followers.get(id)?.takenOp ?? 0);
}
