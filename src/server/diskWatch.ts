// Watches the own disk: a server whose sync does not return resigns while it still can, and comes
// back in a new life when the disk has answered for a while. It measures; the replica decides.

import { ownSyncHangMs, rejoinAfterMs } from "../base/limits.ts";
import type { Replica } from "../replica/state.ts";
import { isNormal } from "../replica/state.ts";
import type { Input } from "../replica/types.ts";
import type { Store } from "../store/store.ts";

export interface DiskWatch {
  /** Called at every tick; what the replica should be told, if anything. */
  consider(replica: Replica, nowMs: number): Input | null;
}

export function makeDiskWatch(store: Store): DiskWatch {
  let soundSinceMs = Infinity;
  return {
    consider: (replica, nowMs) => {
      const ageMs = store.syncAgeMs(nowMs);
      if (isNormal(replica) && ageMs > ownSyncHangMs) {
        return { kind: "resign", reason: "the disk has not answered for 2 s" };
      }
      if (replica.status !== "resigned" || ageMs > 0) soundSinceMs = nowMs;
      return nowMs - soundSinceMs >= rejoinAfterMs ? { kind: "rejoin" } : null;
    },
  };
}
