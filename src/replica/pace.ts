// When a server wants its next tick. While anything is under way it is every 25 ms; a whole view in
// which nothing has happened for a while wakes for its heartbeats alone, all of them at once, and
// when another one beats, so that one server's timer wakes them all. Decides nothing else: a tick
// that comes too early or too often changes nothing but its cost.

import { grantMs, heartbeatMs, paceSlackMs, restlessMs, stallMs, tickMs } from "../base/limits.ts";
import type { Peer } from "./peer.ts";
import type { Replica } from "./state.ts";
import { currentView, peerOf } from "./state.ts";
import type { Input } from "./types.ts";

/** Inputs after which nothing is to be judged anew. A heartbeat says itself whether it is. */
export function isOrdinary(input: Input): boolean {
  switch (input.kind) {
    case "tick":
    case "commands":
    case "durable":
    case "applied":
    case "hint":
    case "unfit":
      return true;
    case "message":
      return isOrdinaryMessage(input.message.type);
    default:
      return false;
  }
}

/** Something has happened: what follows from it must not wait for the next heartbeat. */
export function disturb(replica: Replica): void {
  const { nowMs } = replica.now;
  replica.restlessUntilMs = nowMs + restlessMs;
  replica.isQuiet = false;
  const nextMs = Math.max(nowMs, replica.lastTickMs + tickMs);
  replica.tickDueMs = Math.min(replica.tickDueMs, nextMs);
}

/** At the end of every tick: when the next one is due. */
export function planTick(
  replica: Replica,
  { isServed, leads }: { readonly isServed: boolean; readonly leads: boolean },
): void {
  replica.isQuiet = isServed && !isAnythingUnderWay(replica);
  replica.tickDueMs = replica.isQuiet
    ? quietUntilMs(replica, leads ? 0 : paceSlackMs)
    : replica.now.nowMs + tickMs;
}

/**
 * Whether a quiet server beats now because this peer has: its own next beat is about as near. After
 * a stop of the process the timer's tick comes first, since it knows how to judge that.
 */
export function keepsPace({ isQuiet, now, tickDueMs }: Replica, peer: Peer): boolean {
  if (!isQuiet || now.nowMs - tickDueMs > stallMs) return false;
  return now.nowMs - peer.heartbeatSentMs >= heartbeatMs / 2;
}

function isOrdinaryMessage(type: string): boolean {
  return type === "prepare" || type === "prepared" || type === "heartbeat";
}

function isAnythingUnderWay(replica: Replica): boolean {
  const { now, restlessUntilMs, proposal, promising, wanted, excluding, followers } = replica;
  if (now.nowMs < restlessUntilMs) return true;
  if (proposal !== null || promising !== null || wanted !== null) return true;
  if (excluding !== null && excluding.untilMs > now.nowMs) return true;
  for (const follower of followers.values()) {
    if (follower.joiner || follower.phase !== "stream") return true;
  }
  for (const id of currentView(replica)?.members ?? []) {
    if (id !== replica.config.id && !peerOf(replica, id).up) return true;
  }
  return false;
}

/** The next heartbeat, or when the first peer will have been silent for too long. */
function quietUntilMs(replica: Replica, slackMs: number): number {
  const { nowMs } = replica.now;
  let untilMs = nowMs + heartbeatMs;
  for (const { up, heartbeatSentMs } of replica.peers.values()) {
    if (up) untilMs = Math.min(untilMs, heartbeatSentMs + heartbeatMs);
  }
  untilMs += slackMs;
  for (const { up, heardMs } of replica.peers.values()) {
    const silentMs = heardMs + grantMs;
    if (up && silentMs > nowMs) untilMs = Math.min(untilMs, silentMs);
  }
  return untilMs;
}
