// When a new view is wanted, and of whom: judged at every tick from what is known now, so that
// nothing has to be remembered (while nobody serves, coldStart.ts says it). Who proposes first is a
// matter of rank (the old primary, then the lowest id), so that two do not get in each other's way;
// safety never depends on it.

import type { ServerId } from "../base/ids.ts";
import { proposerOf, roundOf } from "../base/ids.ts";
import {
  heartbeatMs,
  joinLagOpsMax,
  joinPatienceMs,
  joinUnappliedOpsMax,
  proposalRankMs,
  proposalsInVainMax,
  proposalTimeoutMs,
  startStallMs,
} from "../base/limits.ts";
import type { Candidate } from "./coldStart.ts";
import { hearsActiveView, isOutdated } from "./coldStart.ts";
import { wantedColdStart, wantedFounding, whomToAsk } from "./coldStart.ts";
import { lastLifeIn } from "./histories.ts";
import { isHeard, isSilent } from "./liveness.ts";
import { isHere, type Peer } from "./peer.ts";
import { abandon, isOutsider, mayGoAlone, propose } from "./proposing.ts";
import type { Follower, Proposal, Replica } from "./state.ts";
import {
  currentView,
  incarnationIn,
  isActive,
  isLeading,
  isNormal,
  leaderToFollow,
  log,
  newestBallot,
} from "./state.ts";
import { othersOf, peerOf } from "./state.ts";
import { isEnough } from "./strength.ts";
import type { View } from "./types.ts";

/** Proposes what is wanted, drops a proposal that is no longer, and says who is missing. */
export function tickCandidates(replica: Replica): void {
  if (replica.status === "resigned") return;
  if (isServedHere(replica) || isServedElsewhere(replica)) {
    replica.idleSinceMs = replica.now.nowMs;
  }
  const candidate = wantedView(replica);
  if (replica.proposal !== null) return checkProposal(replica, candidate);
  if (candidate === null) {
    replica.wanted = null;
    return;
  }
  const key = `${candidate.members.join(",")} ${candidate.join}`;
  if (replica.wanted?.key !== key) replica.wanted = { key, sinceMs: replica.now.nowMs };
  const { nowMs } = replica.now;
  if (isYielding(replica, candidate.members.indexOf(replica.config.id))) return;
  if (nowMs < replica.retryAtMs || nowMs - replica.wanted.sinceMs < candidate.delayMs) return;
  if (replica.isRewriting) return;
  if (candidate.members.length === 1 && !mayGoAlone(replica)) return;
  propose(replica, candidate.members, candidate.join);
}

/**
 * A promise was given just now to somebody who is still there: a proposal would undo it. The more
 * often that has happened, the longer it is waited, by rank: on slow ways two would undo each
 * other's for ever.
 */
function isYielding(replica: Replica, rank: number): boolean {
  const { promised, promisedAtMs, now, config, proposalsInVain } = replica;
  const proposer = proposerOf(promised);
  if (proposer === config.id || promised <= newestBallot(replica)) return false;
  const peer = replica.peers.get(proposer);
  const patience = 1 + rank * Math.min(proposalsInVain, proposalsInVainMax);
  const yieldMs = proposalTimeoutMs * patience;
  return peer !== undefined && peer.up && now.nowMs - promisedAtMs < yieldMs;
}

/** Member of an active view that is whole: nothing is waited for. */
export function isServedHere(replica: Replica): boolean {
  const view = currentView(replica);
  if (view === undefined || !isActive(replica) || replica.promised !== view.ballot) return false;
  return !view.members.some((id) => isGone(replica, view, id));
}

/** Others serve, and this server is to follow them: it waits for nobody. */
function isServedElsewhere(replica: Replica): boolean {
  const leads = leaderToFollow(replica) === replica.config.id;
  return !isNormal(replica) && !leads && hearsActiveView(replica);
}

function wantedView(replica: Replica): Candidate | null {
  const view = currentView(replica);
  if (isNormal(replica) && view !== undefined) return wantedOfMember(replica, view);
  if (isServedElsewhere(replica)) return null;
  return view === undefined ? wantedFounding(replica) : wantedColdStart(replica, view);
}

/**
 * A member of an installed view: leave out who is gone, mend what is stuck, take in a joiner.
 * Whoever holds a newer view goes on from there; others can only join it, or be asked.
 */
function wantedOfMember(replica: Replica, view: View): Candidate | null {
  if (isToFollow(replica)) return null;
  if (view.members.some((id) => isOut(replica, view, id))) {
    const members = view.members.filter((id) => !isOut(replica, view, id));
    const delayMs = proposalRankMs * rankIn(replica, view, members);
    // Of a view that is not known active older ones count too: who of it is here may be needed.
    const isEnoughHere = isEnough(replica, view, members);
    if (!isEnoughHere && isOutdated(replica, view)) return null;
    if (isEnoughHere && isActive(replica)) return { members, join: false, delayMs };
    return { members: withHelpers(replica, view, members), join: false, delayMs };
  }
  const { excluding } = replica;
  if (excluding !== null && excluding.untilMs > replica.now.nowMs) return null;
  if (isStuck(replica, view)) {
    if (!isActive(replica) && isOutdated(replica, view)) return null;
    const asked = everybodyToAsk(replica, view) ?? view.members;
    const delayMs = proposalTimeoutMs + 4 * proposalRankMs * rankIn(replica, view, view.members);
    return { members: asked, join: false, delayMs };
  }
  if (replica.proposal?.join === true) return { ...replica.proposal, delayMs: 0 };
  const joiner = caughtUpJoiner(replica);
  if (joiner === null) return null;
  return { members: [...view.members, joiner].sort((a, b) => a - b), join: true, delayMs: 0 };
}

/** Gone, or not to take part in what follows this view. */
function isOut(replica: Replica, view: View, id: ServerId): boolean {
  if (id === replica.config.id) return false;
  return isGone(replica, view, id) || isOutsider(replica, view, id);
}

/** It has found that somebody who is here holds a better history, and is to lead. */
function isToFollow(replica: Replica): boolean {
  const leader = leaderToFollow(replica);
  if (leader === null || leader === replica.config.id) return false;
  return isHeard(replica, peerOf(replica, leader));
}

/**
 * Too few go on from the newest view: whoever of it is here in another life votes for what it
 * holds. For a majority anybody who remembers may, a member before or not.
 */
function withHelpers(
  replica: Replica,
  view: View,
  members: readonly ServerId[],
): readonly ServerId[] {
  const everybody = everybodyToAsk(replica, view);
  if (everybody !== null) return everybody;
  const helpers = thoseWhoHold(replica).filter(({ id, incarnation }) => {
    const mayVote = replica.config.majority || view.members.includes(id);
    return mayVote && !members.includes(id) && incarnation !== incarnationIn(view, id);
  });
  return [...members, ...helpers.map(({ id }) => id)].sort((a, b) => a - b);
}

/** Linked, heard, and with a history. */
function thoseWhoHold(replica: Replica): readonly Peer[] {
  return [...replica.peers.values()].filter((peer) => {
    return isHere(peer) && !isSilent(replica, peer) && (peer.heartbeat?.lastOp ?? 0) > 0;
  });
}

/**
 * Where the newest view is not known active, those before it count as well: every other time
 * everybody of these is asked, if all are here (some may not hear each other, and decline). Null
 * when that is nobody else, or it is not their turn.
 */
function everybodyToAsk(replica: Replica, view: View): readonly ServerId[] | null {
  if (!asksEverybody(replica)) return null;
  const everybody = whomToAsk(replica, view, thoseWhoHold(replica));
  return everybody.some((id) => !view.members.includes(id)) ? everybody : null;
}

function asksEverybody({ config, proposal, proposalsInVain }: Replica): boolean {
  const tries = proposal === null ? proposalsInVain : proposalsInVain - 1;
  return !config.majority && tries % 2 === 1;
}

/** Dead by anybody's word or living another life, or silent for longer than any grant. */
function isGone(replica: Replica, view: View, id: ServerId): boolean {
  if (id === replica.config.id) return false;
  const peer = peerOf(replica, id);
  const incarnation = incarnationIn(view, id);
  if (peer.saidDead >= incarnation) return true;
  if (peer.up && peer.incarnation !== incarnation) return true;
  return isSilent(replica, peer);
}

/** Not active, or a higher ballot has been promised by somebody, and nothing came of it. */
function isStuck(replica: Replica, view: View): boolean {
  if (replica.proposal !== null) return !replica.proposal.join;
  if (!isActive(replica) || replica.promised > view.ballot) return true;
  if (view.primary !== replica.config.id) {
    if (peerOf(replica, view.primary).heartbeat?.normal === false) return true;
  }
  return view.members.some((id) => {
    if (id === replica.config.id) return false;
    return (peerOf(replica, id).heartbeat?.promised ?? 0) > view.ballot;
  });
}

function rankIn(replica: Replica, view: View, members: readonly ServerId[]): number {
  const { id } = replica.config;
  if (view.primary === id) return 0;
  const ahead = members.includes(view.primary) ? 1 : 0;
  return ahead + members.filter((member) => member < id && member !== view.primary).length;
}

function caughtUpJoiner(replica: Replica): ServerId | null {
  if (!isLeading(replica)) return null;
  for (const follower of replica.followers.values()) {
    if (!follower.joiner || follower.phase !== "stream") continue;
    const { up, incarnation, joinsFromMs } = peerOf(replica, follower.id);
    if (replica.now.nowMs < joinsFromMs) continue;
    // Who has yet to hear of its lives before would begin another one behind them, as a member.
    if (!up || incarnation < lastLifeIn(replica.views, follower.id)) continue;
    const near = replica.tail.lastOp - follower.takenOp <= joinLagOpsMax;
    const flowing = follower.sentOp === replica.tail.lastOp && follower.inFlight.length <= 2;
    if (!near && !flowing) continue;
    if (couldServe(replica, follower) && isHeardByAll(replica, follower.id)) return follower.id;
  }
  return null;
}

/**
 * It would not keep clients waiting if it were to lead at once. Where this server is alone nobody
 * asks for that: a second copy is worth more.
 */
function couldServe({ now, committed, views }: Replica, joiner: Follower): boolean {
  if (committed - joiner.appliedOp <= joinUnappliedOpsMax) return true;
  const isAlone = views[views.length - 1]?.members.length === 1;
  return isAlone || now.nowMs - joiner.sinceMs > joinPatienceMs;
}

/** The joiner and every member hear each other: otherwise the view could confirm nothing. */
function isHeardByAll(replica: Replica, joiner: ServerId): boolean {
  const members = othersOf(replica, currentView(replica)?.members ?? []);
  const heard = peerOf(replica, joiner).heartbeat?.hears ?? [];
  return members.every((id) => {
    const hears = peerOf(replica, id).heartbeat?.hears ?? [];
    return heard.includes(id) && hears.includes(joiner);
  });
}

/** A proposal that lost somebody, or drags on, is given up. */
function checkProposal(replica: Replica, candidate: Candidate | null): void {
  const { proposal } = replica;
  if (proposal === null) return;
  const { nowMs } = replica.now;
  const lost = proposal.members.find((id) => {
    return id !== replica.config.id && !peerOf(replica, id).up;
  });
  const waitedMs = nowMs - proposal.sinceMs;
  if (lost !== undefined && waitedMs > 2 * heartbeatMs) {
    return abandon(replica, `server ${lost} is away`);
  }
  const shrunk = candidate !== null && candidate.members.length < proposal.members.length;
  if (shrunk) return abandon(replica, "somebody is gone");
  if (isDragging(replica, proposal)) {
    log(replica, "warn", "proposal-slow", { view: roundOf(proposal.ballot) });
    abandon(replica, "took too long");
  }
}

/** Whoever sets a tail aside or takes an image says nothing meanwhile. */
function isDragging(replica: Replica, proposal: Proposal): boolean {
  const { nowMs } = replica.now;
  if (proposal.phase !== "starting") return nowMs - proposal.sinceMs > 10 * proposalTimeoutMs;
  const followers = [...replica.followers.values()];
  const isSilentWork = followers.some(({ phase }) => phase === "cutting" || phase === "image");
  return !isSilentWork && nowMs - proposal.progressMs > startStallMs;
}
