// Whose disk is low, and what follows. What is confirmed is durable on every member, so a member
// whose disk is low stops everybody's messages; it is left out while somebody who has plenty goes
// on. Where nobody has plenty (servers that share a disk), all stay, and nothing that grows is
// taken. PURE; whoever is unheard or says nothing of its disk counts as having enough.

import type { ServerId } from "../base/ids.ts";
import { isHeard } from "./liveness.ts";
import type { Replica } from "./state.ts";
import { currentView, peerOf } from "./state.ts";
import { copiesNeeded, isThere } from "./strength.ts";

/** Members of the newest view whose disks are low. */
export function lowMembers(replica: Replica): readonly ServerId[] {
  const members = currentView(replica)?.members ?? [];
  return members.filter((id) => roomOf(replica, id) === "low");
}

/** All servers that are known to be low, members or not. */
export function lowServers(replica: Replica): readonly ServerId[] {
  return replica.config.servers.filter((id) => {
    const isHere = id === replica.config.id || isHeard(replica, peerOf(replica, id));
    return isHere && roomOf(replica, id) === "low";
  });
}

/** The other members may go on without those that are low, and one of them has plenty. */
export function canDoWithout(replica: Replica, low: readonly ServerId[]): boolean {
  const members = currentView(replica)?.members ?? [];
  return areEnough(
    replica,
    members.filter((id) => !low.includes(id)),
  );
}

/** This server, which is no member, would only be left out again. */
export function isBetterAway(replica: Replica): boolean {
  if (replica.room !== "low") return false;
  const serving = [...replica.peers.values()].filter(({ heartbeat }) => heartbeat?.active === true);
  const ids = serving.map(({ id }) => id);
  return areEnough(
    replica,
    ids.filter((id) => roomOf(replica, id) !== "low"),
  );
}

/** Those of them who are there may go on, and one of them has plenty. */
function areEnough(replica: Replica, ids: readonly ServerId[]): boolean {
  const there = ids.filter((id) => isThere(replica, id));
  if (there.length < copiesNeeded(replica.config)) return false;
  return there.some((id) => roomOf(replica, id) === "ample");
}

function roomOf(replica: Replica, id: ServerId): string {
  if (id === replica.config.id) return replica.room;
  return peerOf(replica, id).heartbeat?.room ?? "enough";
}
