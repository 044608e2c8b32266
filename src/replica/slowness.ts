// A member whose disk is slow but whose heart beats is asked to resign, so that the others need not
// wait for it with every message. Slowness alone never shrinks a view below two, and a server that
// is asked decides for itself: nobody is thrown out for being slow.

import { slowDiskAckMs } from "../base/limits.ts";
import type { Replica } from "./state.ts";
import { currentView, emit, isLeading, log } from "./state.ts";

/** Asks at most one member at a time, and again only after as long as made it count as slow. */
export function tickSlowness(replica: Replica): void {
  const view = currentView(replica);
  if (view === undefined || !isLeading(replica) || view.members.length <= 2) return;
  const { nowMs } = replica.now;
  for (const follower of replica.followers.values()) {
    const oldest = follower.inFlight[0];
    if (follower.joiner || oldest === undefined) continue;
    if (nowMs - oldest.sentMs < slowDiskAckMs) continue;
    if (nowMs - follower.askedToResignMs < slowDiskAckMs) return;
    follower.askedToResignMs = nowMs;
    const reason = "the disk is slow";
    const message = { type: "askResign", ballot: view.ballot, reason } as const;
    emit(replica, { kind: "send", to: follower.id, message });
    return log(replica, "warn", "slow-member", { peer: follower.id });
  }
}
