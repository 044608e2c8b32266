// Watches the own disk: a server whose sync does not return resigns while somebody else can go on,
// and comes back in a new life when the disk has answered for a while. It measures; the replica
// decides. The last one stays, however long its disk takes: nobody would be served any sooner.
// What is free on it, and in memory, is watched next door (roomWatch.ts).

import { diskWorryMs, ownSyncHangMs, ownSyncHangRankMs } from "../base/limits.ts";
import { rejoinAfterMs, tickMs } from "../base/limits.ts";
import { isHeard } from "../replica/liveness.ts";
import type { Replica } from "../replica/state.ts";
import { currentView, isNormal, othersOf, peerOf } from "../replica/state.ts";
import type { Store } from "../store/store.ts";
import { makeRoomWatch, type RoomWatch, type RoomWatchParts } from "./roomWatch.ts";

export interface DiskWatch extends RoomWatch {
  /** When to consider again: soon while the disk keeps somebody waiting, otherwise any time. */
  lookAgainMs(): number;
}

export function makeDiskWatch(parts: RoomWatchParts & { readonly store: Store }): DiskWatch {
  const { store } = parts;
  const room = makeRoomWatch(parts);
  let soundSinceMs = Infinity;
  let nextLookMs = Infinity;
  return {
    shortOfRoom: () => room.shortOfRoom(),
    consider: (replica, nowMs) => {
      const ageMs = store.syncAgeMs(nowMs);
      nextLookMs = ageMs > diskWorryMs ? nowMs + tickMs : Infinity;
      const isLate = ageMs > ownSyncHangMs && ageMs > patienceMs(replica);
      if (isLate && isNormal(replica) && isAnybodyLeft(replica)) {
        return { kind: "resign", reason: hung };
      }
      if (replica.status !== "resigned" || ageMs > 0) soundSinceMs = nowMs;
      if (nowMs - soundSinceMs >= rejoinAfterMs) return { kind: "rejoin" };
      return room.consider(replica, nowMs);
    },
    lookAgainMs: () => nextLookMs,
  };
}

const hung = `the disk has not answered for ${ownSyncHangMs / 1_000} s`;

/** The primary first: its disk is waited for with every message. */
function patienceMs(replica: Replica): number {
  const view = currentView(replica);
  const { id } = replica.config;
  const ranked = view?.members.filter((member) => member !== view.primary) ?? [];
  return ownSyncHangMs + ownSyncHangRankMs * (ranked.indexOf(id) + 1);
}

function isAnybodyLeft(replica: Replica): boolean {
  const view = currentView(replica);
  return othersOf(replica, view?.members ?? []).some((id) => {
    const peer = peerOf(replica, id);
    const incarnation = view?.incarnations[view.members.indexOf(id)] ?? 0;
    return (
      isHeard(replica, peer) && peer.incarnation === incarnation && peer.saidDead < incarnation
    );
  });
}
