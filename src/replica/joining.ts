// Coming in (REPLICATION §7): a recovering server that hears of an active primary tells it its
// history; the primary compares, says what to keep, and feeds the rest; a new view takes it in once
// it is close. Until then nothing waits for it and it votes for nothing.

import type { Ballot, Op, ServerId } from "../base/ids.ts";
import { noBallot, roundOf } from "../base/ids.ts";
import { peerConnectTimeoutMs, precedenceMs, proposalTimeoutMs } from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import { addFollower, pump, startFollower } from "./followers.ts";
import { forkPoint, isBetter, isHistory, lastView } from "./histories.ts";
import { isSilent } from "./liveness.ts";
import type { LogEnd } from "./logTail.ts";
import { resetTail } from "./logTail.ts";
import { becomeRecovering, beginNewLife, branchBehind, outgrowOldLife } from "./membership.ts";
import { giveWay, tellViews } from "./promising.ts";
import { isBetterAway } from "./room.ts";
import type { Peer } from "./peer.ts";
import type { Replica } from "./state.ts";
import { currentView, emit, isLeading, isNormal, log, ownHistory } from "./state.ts";
import type { Branch, History, View } from "./types.ts";

/** Asks an active primary to be taken in; again when nothing has come of it. */
export function tickJoining(replica: Replica): void {
  if (replica.status !== "recovering" || replica.proposal !== null) return;
  if (replica.promising !== null || replica.isRewriting) return;
  const primary = activePrimary(replica);
  if (primary === null || isBetterAway(replica)) return;
  const { feed } = replica;
  const fed = feed !== null && feed.from === primary.id && feed.ballot >= ballotOf(primary);
  const { nowMs } = replica.now;
  const patienceMs = fed ? 10 * proposalTimeoutMs : proposalTimeoutMs;
  if (nowMs - replica.joinAskedMs < patienceMs) return;
  if (replica.hasBeenMember && replica.feed?.ballot !== replica.promised) {
    // Somebody may hold the life that was a member for dead, and would leave it out at once again.
    beginNewLife(replica, replica.incarnation);
    // All links are made anew for it: until then nobody is heard, which must not look like silence.
    replica.retryAtMs = nowMs + peerConnectTimeoutMs;
    return;
  }
  if (fed && replica.tail.lastOp !== replica.tail.durableOp) return;
  replica.joinAskedMs = nowMs;
  replica.joinAskedOp = replica.tail.lastOp;
  tellViews(replica, primary.id);
  const message: MessageOf<"join"> = {
    type: "join",
    incarnation: replica.incarnation,
    active: replica.active,
    lastOp: replica.tail.lastOp,
    lastChain: replica.tail.lastChain,
    views: replica.views.length,
  };
  emit(replica, { kind: "send", to: primary.id, message });
}

/** The primary's side: the better history leads, the other is cut and fed. */
export function onJoin(replica: Replica, from: ServerId, message: MessageOf<"join">): void {
  const views = message.views === 0 ? [] : (replica.told.get(from) ?? []);
  replica.told.delete(from);
  const view = currentView(replica);
  if (!isLeading(replica) || view === undefined || views.length !== message.views) return;
  if (view.members.includes(from)) return;
  const theirs = { views, lastOp: message.lastOp };
  if (!isHistory(theirs)) return;
  const isAhead = isBetter(theirs, ownHistory(replica), replica.config.servers);
  if (isAhead && !isLeftOver(replica, from, theirs)) {
    giveWay(replica, from, view.ballot);
    if (mayLead(replica, from, theirs)) standDown(replica, from, view);
    return;
  }
  const present = replica.followers.get(from);
  if (present !== undefined && present.phase === "image") return;
  const common = forkPoint(ownHistory(replica), theirs);
  const spec = { id: from, ballot: view.ballot, joiner: true, common, lastOp: message.lastOp };
  addFollower(replica, spec);
  const follower = replica.followers.get(from);
  if (follower !== undefined) startFollower(replica, follower);
  log(replica, "info", "joining", { peer: from, behind: replica.tail.lastOp - common });
}

/**
 * Who was only on the way into the newest view that it holds waits for a member of that view; if
 * none comes, it asks this server to follow it (coldStart.ts).
 */
function mayLead(replica: Replica, joiner: ServerId, history: History): boolean {
  return replica.config.majority || lastView(history)?.members.includes(joiner) === true;
}

/**
 * It was fed by a member of the view in which its history ends, ahead of that one's disk. This
 * server was a member too, holds that view without what is behind it, and leads what came after: it
 * was never confirmed, and nobody will come who might lead it. It is set aside, and merged.
 */
function isLeftOver(replica: Replica, joiner: ServerId, history: History): boolean {
  const newest = lastView(history);
  if (newest === undefined || mayLead(replica, joiner, history)) return false;
  const isHeld = replica.views.some(({ ballot }) => ballot === newest.ballot);
  return isHeld && newest.members.includes(replica.config.id);
}

/** The joiner's history is better: it is to lead, and this server to follow. */
function standDown(replica: Replica, joiner: ServerId, view: View): void {
  log(replica, "warn", "standing-down", { peer: joiner, view: roundOf(view.ballot) });
  becomeRecovering(replica, "another history is better");
  replica.precedence = { leader: joiner, untilMs: replica.now.nowMs + precedenceMs };
}

/** The primary that was asked follows, or others cannot lead: this server's history is better. */
export function onJoinRefused(replica: Replica, from: ServerId): void {
  if (replica.status !== "recovering") return;
  const { config, now } = replica;
  const primary = activePrimary(replica);
  if (primary !== null && primary.id !== from) return;
  replica.precedence = { leader: config.id, untilMs: now.nowMs + precedenceMs };
}

/** The driver has sent our base image (or could not: null). */
export function onImageSent(replica: Replica, peer: ServerId, op: Op | null): void {
  const follower = replica.followers.get(peer);
  if (follower === undefined || follower.phase !== "image") return;
  if (op === null) {
    replica.followers.delete(peer);
    return;
  }
  follower.phase = "stream";
  follower.sentOp = op;
  follower.takenOp = op;
  pump(replica, follower);
}

/**
 * Whether a base image is still what this server waits for from there. A member of an older view is
 * fed as well, when it has promised a view and lacks too much of what that one follows.
 */
export function welcomesImage(replica: Replica, from: ServerId, ballot: Ballot): boolean {
  const { feed, status, isRewriting } = replica;
  return status !== "resigned" && !isRewriting && feed?.from === from && feed.ballot === ballot;
}

/** What of this server's log is not in the history whose image replaces it; null for nothing. */
export function branchToReplace(replica: Replica): Branch | null {
  const { feed, tail } = replica;
  if (feed === null || feed.fits || feed.keep >= tail.lastOp) return null;
  return branchBehind(replica, feed.keep);
}

/** The driver has installed a base image: the history is the sender's now. */
export function onInstalled(replica: Replica, views: readonly View[], end: LogEnd): void {
  becomeRecovering(replica, "state-installed");
  resetTail(replica.tail, end);
  replica.isRewriting = false;
  replica.views = [...views];
  for (const view of views) outgrowOldLife(replica, view);
  replica.since = noBallot;
  replica.committed = end.lastOp;
  replica.applied = end.lastOp;
  replica.acknowledgeDue = true;
}

/** Left out by a newer view that is active: it can only join now. */
export function noticeNewerView(replica: Replica, peer: Peer): void {
  const view = currentView(replica);
  const { heartbeat } = peer;
  if (view === undefined || heartbeat === null || !isNormal(replica)) return;
  if (heartbeat.normal && heartbeat.active && heartbeat.ballot > view.ballot) {
    becomeRecovering(replica, "a newer view is active");
  }
}

function activePrimary(replica: Replica): Peer | null {
  for (const peer of replica.peers.values()) {
    const { heartbeat } = peer;
    if (!peer.up || heartbeat === null || isSilent(replica, peer)) continue;
    if (heartbeat.normal && heartbeat.active && heartbeat.primary === peer.id + 1) return peer;
  }
  return null;
}

function ballotOf(peer: Peer): number {
  return peer.heartbeat?.ballot ?? 0;
}
