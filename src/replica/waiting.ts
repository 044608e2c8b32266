// Who is waited for while nobody may serve here, how long, and why (REPLICATION §6). Who is there
// and cannot be spoken to, since its secret or its hosts differ, may serve as well: whoever went on
// beside it would fork a history that needs nothing but a word set right.

import type { ServerId } from "../base/ids.ts";
import { unfitKeptMs } from "../base/doubtLimits.ts";
import { unverifiedWaitMs } from "../base/limits.ts";
import type { Replica } from "./state.ts";
import { isHere } from "./peer.ts";
import { currentView, othersOf, peerOf } from "./state.ts";
import { majorityOf } from "./succession.ts";

/** The servers that would have to come back before this one may go on as verified. */
export function missingServers(replica: Replica): ServerId[] {
  const { servers, majority } = replica.config;
  const members = majority ? servers : (currentView(replica)?.members ?? servers);
  return othersOf(replica, members).filter((id) => !isHere(peerOf(replica, id)));
}

/** Those of them that answer, and with whom this one cannot speak. */
export function unfitServers(replica: Replica): ServerId[] {
  const sinceMs = replica.now.nowMs - unfitKeptMs;
  return missingServers(replica).filter((id) => peerOf(replica, id).unfitMs >= sinceMs);
}

/** Long enough for whoever is missing. */
export function hasWaited(replica: Replica): boolean {
  const { config, now, idleSinceMs } = replica;
  if (config.force) return true;
  return now.nowMs - idleSinceMs >= unverifiedWaitMs && unfitServers(replica).length === 0;
}

/** How many more of the missing are needed before anything else can be asked of them. */
export function lacksMajorityBy(replica: Replica): number {
  const { servers, majority } = replica.config;
  if (!majority) return 0;
  const here = servers.length - missingServers(replica).length;
  return Math.max(0, majorityOf(servers.length) - here);
}
