// When a view may confirm: its members hold leases from one another, so that each can prove the
// others' deaths. Judged by the primary from the last heartbeats; what each holds is not decided
// here.

import type { ServerId } from "../base/ids.ts";
import { leaseToldMs } from "../base/doubtLimits.ts";
import { holdsLasting, isOfItsLife } from "./liveness.ts";
import type { Replica } from "./state.ts";
import { incarnationIn, othersOf, peerOf } from "./state.ts";
import type { View } from "./types.ts";

/**
 * All members hold leases from one another, as far as the last heartbeats tell: each in the life in
 * which it is a member, and from those lives of the others. What one told before this view was made
 * counts, as long as those whom it is about have not begun a new life since. Leases about to end do
 * not: who dies next could not be proven dead.
 */
export function areMutual(replica: Replica, view: View): boolean {
  return othersOf(replica, view.members).every((id) => {
    const peer = peerOf(replica, id);
    const { heartbeat, heartbeatAtMs } = peer;
    if (heartbeat === null || replica.now.nowMs - heartbeatAtMs > leaseToldMs) return false;
    if (heartbeat.incarnation !== incarnationIn(view, id)) return false;
    if (!holdsLasting(replica, peer) || !isOfItsLife(view, peer)) return false;
    const then = replica.views.findLast(({ ballot }) => ballot === heartbeat.ballot);
    return view.members.every((giver) => {
      if (giver === id) return true;
      return heartbeat.leases.includes(giver) && isSameLife(then, view, giver);
    });
  });
}

function isSameLife(before: View | undefined, view: View, id: ServerId): boolean {
  return before !== undefined && incarnationIn(before, id) === incarnationIn(view, id);
}
