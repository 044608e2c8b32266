// How strong the cluster is, as a server sees it now: who is up, who of them confirms, how many
// have to, and so whether anything is confirmed at all. PURE: the one rule behind what the log,
// clients and `cluster` say of it. It confirms nothing (normal.ts does), and lets nobody go on
// (succession.ts does).

import type { ServerId } from "../base/ids.ts";
import { isHeard } from "./liveness.ts";
import type { Replica } from "./state.ts";
import { currentView, incarnationIn, isNormal, peerOf } from "./state.ts";
import { isMajority, majorityOf } from "./succession.ts";
import type { ReplicaConfig, View } from "./types.ts";

export interface Strength extends Pick<
  ReplicaConfig,
  "servers" | "majority" | "minCopies" | "strict"
> {
  /** This one and whoever is heard, whatever they are doing. */
  readonly up: readonly ServerId[];
  /** Those of them that are members of the newest view, in the life in which it has them. */
  readonly confirming: readonly ServerId[];
  /** Its other members, where those that are left are too few to go on without them at once. */
  readonly awaited: readonly ServerId[];
}

/** too-few: to confirm anything; awaiting: those that are left may not leave the others out. */
export type Standstill = "too-few" | "awaiting";

/** How many servers have to hold what is to be confirmed. */
export function copiesNeeded(rules: Pick<Strength, "servers" | "majority" | "minCopies">): number {
  const { servers, majority, minCopies } = rules;
  const most = majority ? majorityOf(servers.length) : 1;
  return Math.max(most, minCopies);
}

/** Why nothing is confirmed; null while something is, or will be without anybody's coming back. */
export function standstillOf(strength: Strength): Standstill | null {
  if (strength.confirming.length < copiesNeeded(strength)) return "too-few";
  return strength.awaited.length > 0 ? "awaiting" : null;
}

/** Every member is there, and they are enough: whether that is so costs less than who is. */
export function isAtFullStrength(replica: Replica): boolean {
  const members = currentView(replica)?.members ?? [];
  if (members.length < copiesNeeded(replica.config)) return false;
  return members.every((id) => isThere(replica, id));
}

export function strengthOf(replica: Replica): Strength {
  const { id: self, servers, majority, minCopies, strict } = replica.config;
  const view = currentView(replica);
  const members = view?.members ?? [];
  const up = servers.filter((id) => id === self || isHeard(replica, peerOf(replica, id)));
  const confirming = members.filter((id) => isThere(replica, id));
  const away = members.filter((id) => !confirming.includes(id));
  const isHeld = view !== undefined && !isEnough(replica, view, confirming);
  return { servers, majority, minCopies, strict, up, confirming, awaited: isHeld ? away : [] };
}

/** As a member: heard, and of the life that is one. */
export function isThere(replica: Replica, id: ServerId): boolean {
  if (id === replica.config.id) return isNormal(replica);
  const peer = peerOf(replica, id);
  const isMember = peer.heartbeat?.normal === true && peer.saidDead < peer.incarnation;
  return isMember && isHeard(replica, peer);
}

/** Whether these may go on as verified, as far as this server knows (§4). */
export function isEnough(replica: Replica, view: View, members: readonly ServerId[]): boolean {
  const { id: self, majority, servers } = replica.config;
  if (majority) return isMajority(members.length, servers.length);
  const speakers = view.members.filter((id) => {
    return id === self || peerOf(replica, id).provenDead < incarnationIn(view, id);
  });
  const half = speakers.length / 2;
  return members.length > half || (members.length === half && speakers[0] === members[0]);
}
