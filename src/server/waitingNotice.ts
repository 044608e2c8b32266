// While nobody can serve here, says who is missing and why that matters (REPLICATION §6): once a
// second while it may soon go on, later now and then, and whenever that changes. Decides nothing.

import { waitingSaidAgainMs, waitingSaidOftenMs } from "../base/doubtLimits.ts";
import { waitingSaidMs } from "../base/limits.ts";
import type { Log } from "../ports.ts";
import type { Replica } from "../replica/state.ts";
import { isNormal } from "../replica/state.ts";
import { lacksMajorityBy, missingServers, unfitServers } from "../replica/waiting.ts";

export interface WaitingNotice {
  consider(replica: Replica, nowMs: number): void;
}

export function makeWaitingNotice(log: Log): WaitingNotice {
  let saidMs = -Infinity;
  let said = "";
  return {
    consider(replica, nowMs) {
      const idleMs = nowMs - replica.idleSinceMs;
      // A member whose end can be proven is left out long before that.
      if (isNormal(replica) && idleMs < waitingSaidMs) return;
      if (nowMs - saidMs < waitingSaidMs) return;
      const missing = missingServers(replica);
      if (missing.length === 0) return;
      const words = { for: missing.join(","), why: whyFor(replica) };
      const news = JSON.stringify(words);
      const isOften = idleMs < waitingSaidOftenMs || news !== said;
      if (!isOften && nowMs - saidMs < waitingSaidAgainMs) return;
      saidMs = nowMs;
      said = news;
      log.write("info", "waiting", { ...words, seconds: Math.round(idleMs / 1_000) });
    },
  };
}

function whyFor(replica: Replica): string {
  const unfit = unfitServers(replica);
  if (unfit.length > 0) {
    const differ = unfit.length === 1 ? "its secret or hosts differ" : "secrets or hosts differ";
    return `${unfit.join(",")} answers, but ${differ}: set them right, and restart`;
  }
  const lacks = lacksMajorityBy(replica);
  if (lacks > 0) return `${lacks} more of them ${lacks === 1 ? "is" : "are"} needed for a majority`;
  return "they may hold newer messages";
}
