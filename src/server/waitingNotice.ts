// While nobody can serve here, says once a second who is missing and why that matters
// (REPLICATION §6). Decides nothing.

import { waitingSaidMs } from "../base/limits.ts";
import type { Log } from "../ports.ts";
import { missingServers } from "../replica/candidates.ts";
import type { Replica } from "../replica/state.ts";
import { isNormal } from "../replica/state.ts";

export interface WaitingNotice {
  consider(replica: Replica, nowMs: number): void;
}

export function makeWaitingNotice(log: Log): WaitingNotice {
  let saidMs = 0;
  return {
    consider(replica, nowMs) {
      const idleMs = nowMs - replica.idleSinceMs;
      // A member whose end can be proven is left out long before that.
      if (isNormal(replica) && idleMs < waitingSaidMs) return;
      if (nowMs - saidMs < waitingSaidMs) return;
      saidMs = nowMs;
      const missing = missingServers(replica);
      if (missing.length === 0) return;
      log.write("info", "waiting", {
        for: missing.join(","),
        why: "they may hold newer messages",
        seconds: Math.round(idleMs / 1_000),
      });
    },
  };
}
