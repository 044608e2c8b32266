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
      if (isNormal(replica) || nowMs - saidMs < waitingSaidMs) return;
      saidMs = nowMs;
      const missing = missingServers(replica);
      if (missing.length === 0) return;
      log.write("info", "waiting", {
        for: missing.join(","),
        why: "they may hold newer messages",
        seconds: Math.round((nowMs - replica.idleSinceMs) / 1_000),
      });
    },
  };
}
