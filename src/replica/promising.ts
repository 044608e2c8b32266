// The side of a view change that is asked (REPLICATION §4): promise unless a higher ballot or a
// running grant forbids it; store it, then answer. A promise freezes the log until the view it was
// given for, or a later one, is installed.

import { assert } from "../base/assert.ts";
import type { Ballot, ServerId } from "../base/ids.ts";
import { grantMs, heartbeatMs, joinerGrantsMs } from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import { beatAll, grantRunsMs, hearOfDeaths, isHeard, ownProofs } from "./liveness.ts";
import type { Replica } from "./state.ts";
import { currentView, emit, isNormal, leaderToFollow, metaOf } from "./state.ts";
import { peerOf } from "./state.ts";
import type { View } from "./types.ts";

/** Promises unless it has promised higher, or a grant to somebody left out still runs. */
export function onPropose(replica: Replica, from: ServerId, message: MessageOf<"propose">): void {
  if (replica.status === "resigned") return;
  hearOfDeaths(replica, message.proofs);
  if (message.ballot > replica.seenBallot) replica.seenBallot = message.ballot;
  const { members } = message;
  if (!members.includes(replica.config.id) || members.some((id) => !isKnown(replica, id))) return;
  if (message.ballot <= replica.promised) return decline(replica, from, { message, waitMs: 0 });
  // Whoever has no history of its own is bound to no cluster yet.
  if (replica.views.length > 0 && replica.cluster !== message.cluster) {
    return decline(replica, from, { message, waitMs: grantMs });
  }
  // What is being fed is no history to vote with: only who feeds it may take it in.
  const isPart = replica.isForgetful && replica.tail.lastOp > 0;
  if (isPart && replica.feed?.from !== from && !hasPromisedViewOf(replica, from)) {
    return decline(replica, from, { message, waitMs: heartbeatMs, reason: "forgetful" });
  }
  if (followsAnother(replica, from)) {
    return decline(replica, from, { message, waitMs: heartbeatMs, reason: "follows" });
  }
  if (isNormal(replica) && members.some((id) => isUnheard(replica, from, id))) {
    return decline(replica, from, { message, waitMs: heartbeatMs });
  }
  const waitMs = Math.max(grantRunsMs(replica, members), replica.isRewriting ? 1 : 0);
  if (waitMs > 0) {
    considerExcluding(replica, from, members);
    replica.comesInUntilMs = Number.NEGATIVE_INFINITY;
    return decline(replica, from, { message, waitMs });
  }
  if (replica.views.length === 0) replica.cluster = message.cluster;
  const comesIn = !isNormal(replica) && replica.feed?.from === from;
  notePromise(replica, message.ballot, members);
  replica.promising = { ballot: message.ballot, to: from };
  if (comesIn) replica.comesInUntilMs = Infinity;
  emit(replica, { kind: "persist", meta: metaOf(replica) });
  emit(replica, { kind: "status" });
}

/**
 * In this life it has promised the newest view that the proposer holds: it is one of that view, and
 * counts for what follows it, however much it has been fed of it.
 */
function hasPromisedViewOf(replica: Replica, proposer: ServerId): boolean {
  const { heartbeat } = peerOf(replica, proposer);
  return heartbeat !== null && replica.promisedInLife.has(heartbeat.ballot);
}

/** What every promise changes in memory, the proposer's own included. */
export function notePromise(replica: Replica, ballot: Ballot, members: readonly ServerId[]): void {
  assert(ballot > replica.promised, "promised never falls");
  replica.promised = ballot;
  if (!replica.hasBeenMember) replica.promisedInLife.add(ballot);
  replica.promisedAtMs = replica.now.nowMs;
  const before = replica.promisedTo;
  const kept = members.filter((member) => before === null || before.has(member));
  replica.promisedTo = new Set(kept);
  replica.proposal = null;
  replica.promising = null;
  replica.comesInUntilMs = Number.NEGATIVE_INFINITY;
  replica.feed = null;
  replica.followers.clear();
}

/** Answers once the promise is on disk and so is all of the log that it tells of. */
export function answerPromise(replica: Replica): void {
  const { promising, tail } = replica;
  if (promising === null || promising.ballot !== replica.promised) return;
  if (replica.promisedOnDisk < promising.ballot || tail.durableOp < tail.lastOp) return;
  replica.promising = null;
  tellViews(replica, promising.to);
  const message: MessageOf<"promise"> = {
    type: "promise",
    ballot: promising.ballot,
    incarnation: replica.incarnation,
    born: replica.born,
    normal: isNormal(replica),
    since: replica.since,
    active: replica.active,
    lastOp: tail.lastOp,
    lastChain: tail.lastChain,
    proofs: ownProofs(replica).flatMap(({ server, incarnation }) => [server, incarnation]),
    views: replica.views.length,
  };
  emit(replica, { kind: "send", to: promising.to, message });
  if (replica.comesInUntilMs !== Infinity) return;
  replica.comesInUntilMs = replica.now.nowMs + joinerGrantsMs;
  beatAll(replica);
}

/** The views of the own history, before a promise or a request to join. */
export function tellViews(replica: Replica, to: ServerId): void {
  for (const view of replica.views) {
    emit(replica, { kind: "send", to, message: { type: "viewInfo", ...view } });
  }
}

/** Tells it that its history is the one to be followed. */
export function giveWay(replica: Replica, to: ServerId, ballot: Ballot): void {
  const reason = "your history is the better one";
  emit(replica, { kind: "send", to, message: { type: "joinRefused", ballot, reason } });
}

/**
 * It has stood down for somebody who is here: nobody else is helped to lead meanwhile, until that
 * history is led by whomever (the one who told of it is a member of an active view).
 */
function followsAnother(replica: Replica, proposer: ServerId): boolean {
  const leader = leaderToFollow(replica);
  if (leader === null || leader === proposer || leader === replica.config.id) return false;
  // Who feeds this server has compared histories with it, and leads the better one.
  if (replica.feed?.from === proposer) return false;
  const peer = peerOf(replica, leader);
  return isHeard(replica, peer) && peer.heartbeat?.active !== true;
}

/** Members of one view must hear each other, or nothing can be confirmed in it. */
function isUnheard(replica: Replica, proposer: ServerId, id: ServerId): boolean {
  if (id === replica.config.id || id === proposer) return false;
  return !isHeard(replica, peerOf(replica, id));
}

function isKnown(replica: Replica, id: ServerId): boolean {
  return id === replica.config.id || replica.peers.has(id);
}

/**
 * Stops granting to whom a fair proposal leaves out, so that it can be promised once they ran out:
 * one by a member of the same view, or by anybody once the primary has left that view.
 */
function considerExcluding(replica: Replica, from: ServerId, members: readonly ServerId[]): void {
  const { nowMs } = replica.now;
  const view = currentView(replica);
  if (!isNormal(replica) || view === undefined || !members.includes(replica.config.id)) return;
  const heard = peerOf(replica, from).heartbeat;
  const isFellow = heard?.normal === true && heard.ballot === view.ballot;
  if (heard === null || (!isFellow && !hasPrimaryLeft(replica, view))) return;
  const present = replica.excluding;
  const runs = present !== null && present.untilMs > nowMs;
  const better = members.includes(view.primary) && !present?.members.includes(view.primary);
  if (runs && !better) return;
  replica.excluding = { members, untilMs: nowMs + grantMs + grantMs };
}

/** It lives, and takes no part any more: it has stood down for a better history. */
function hasPrimaryLeft(replica: Replica, { primary, members, incarnations }: View): boolean {
  if (primary === replica.config.id) return false;
  const peer = peerOf(replica, primary);
  if (!isHeard(replica, peer) || peer.heartbeat?.normal !== false) return false;
  return peer.incarnation === incarnations[members.indexOf(primary)];
}

function decline(
  replica: Replica,
  to: ServerId,
  refusal: {
    readonly message: MessageOf<"propose">;
    readonly waitMs: number;
    readonly reason?: "forgetful" | "follows";
  },
): void {
  const message: MessageOf<"decline"> = {
    type: "decline",
    ballot: refusal.message.ballot,
    promised: replica.promised,
    reason: refusal.reason ?? (refusal.waitMs > 0 ? "granted" : "promised"),
    waitMs: Math.ceil(refusal.waitMs),
  };
  emit(replica, { kind: "send", to, message });
}
