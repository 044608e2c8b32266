// The side of a view change that asks (REPLICATION §4): a ballot above all seen, stored, then every
// member of M must promise, then it is decided what is followed and whether as verified. Any
// failure on the way: a higher ballot, from the top. Nothing is confirmed in between.

import { assert } from "../base/assert.ts";
import type { Incarnation, Op, ServerId } from "../base/ids.ts";
import { makeBallot, noBallot, roundOf } from "../base/ids.ts";
import { precedenceMs, proposalBackoffMs } from "../base/limits.ts";
import { isHistory, lastView } from "./histories.ts";
import type { MessageOf } from "../wire/messages.ts";
import { grantRunsMs, ownProofs } from "./liveness.ts";
import { giveWay, notePromise } from "./promising.ts";
import { nextRound } from "./rounds.ts";
import type { Proposal, Replica } from "./state.ts";
import { emit, isNormal, log, metaOf, newestBallot, othersOf, peerOf } from "./state.ts";
import type { PromiseInfo } from "./succession.ts";
import { bestPromise, bringsNothingBack, countRemembering } from "./succession.ts";
import { isMajority, joinFollows } from "./succession.ts";
import { judgeSuccession, whoForgot } from "./succession.ts";
import type { History, Proof, View } from "./types.ts";
import { hasWaited } from "./waiting.ts";

/** Takes a ballot above all seen and stores it; the members are asked when it is on disk. */
export function propose(replica: Replica, members: readonly ServerId[], join: boolean): void {
  assert(members.includes(replica.config.id), "a proposer proposes itself");
  if (grantRunsMs(replica, members) > 0) return;
  const founding = replica.views.length === 0 && replica.cluster === "";
  if (founding) replica.cluster = replica.config.freshCluster;
  const isWhole = members.length === replica.config.servers.length;
  const round = nextRound(replica, isWhole);
  const ballot = makeBallot({ round, proposer: replica.config.id });
  notePromise(replica, ballot, members);
  replica.seenBallot = ballot;
  replica.proposalsInVain += 1;
  replica.proposal = {
    ballot,
    members,
    join,
    sinceMs: replica.now.nowMs,
    progressMs: replica.now.nowMs,
    phase: "storing",
    fetchDue: false,
    promises: new Map(),
    base: null,
    viewOp: 0 as Op,
  };
  log(replica, "info", "proposing", { view: roundOf(ballot), members: members.join(","), join });
  emit(replica, { kind: "persist", meta: metaOf(replica) });
  emit(replica, { kind: "status" });
}

/** The ballot is on disk: ask. */
export function askMembers(replica: Replica): void {
  const { proposal } = replica;
  if (proposal === null || proposal.phase !== "storing") return;
  if (replica.promisedOnDisk < proposal.ballot) return;
  proposal.phase = "asking";
  const message: MessageOf<"propose"> = {
    type: "propose",
    ballot: proposal.ballot,
    cluster: replica.cluster,
    members: proposal.members,
    proofs: saidProofs(replica),
  };
  for (const to of othersOf(replica, proposal.members)) {
    emit(replica, { kind: "send", to, message });
  }
}

export function onPromise(replica: Replica, from: ServerId, message: MessageOf<"promise">): void {
  const views = message.views === 0 ? [] : (replica.told.get(from) ?? []);
  replica.told.delete(from);
  const { proposal } = replica;
  if (proposal === null || proposal.ballot !== message.ballot) return;
  if (proposal.phase !== "asking" || views.length !== message.views) return;
  if (message.incarnation !== peerOf(replica, from).incarnation) return;
  const proofs: Proof[] = [];
  for (let at = 0; at + 1 < message.proofs.length; at += 2) {
    // Numbers of no server or no incarnation match no view and prove nothing.
    const server = message.proofs[at] as ServerId;
    proofs.push({ server, incarnation: message.proofs[at + 1] as Incarnation });
  }
  const { incarnation, born, normal, since, active, lastOp } = message;
  const history = { views, lastOp };
  if (!isHistory(history)) return;
  const info = { server: from, incarnation, born, history, normal, since, active, proofs };
  proposal.promises.set(from, info);
}

export function onDecline(replica: Replica, from: ServerId, message: MessageOf<"decline">): void {
  if (message.promised > replica.seenBallot) replica.seenBallot = message.promised;
  if (replica.proposal?.ballot !== message.ballot) return;
  const rank = replica.proposal.members.indexOf(replica.config.id);
  const waitMs = message.reason === "granted" ? message.waitMs : 0;
  // Asked again before, a joiner would decline again, and nothing be confirmed meanwhile.
  peerOf(replica, from).joinsFromMs = replica.now.nowMs + waitMs;
  // It can vote for nothing: the others go on without it, and it joins them later.
  if (message.reason === "forgetful") noteOutsiders(replica, [from]);
  abandon(replica, `declined by ${from}: ${message.reason}`);
  const backoffMs = Math.min(waitMs, 250) + proposalBackoffMs * (1 + rank);
  // Whoever is to lead yields to those who ask: it is left alone for long enough to ask itself.
  const pauseMs = message.reason === "follows" ? precedenceMs / 2 : backoffMs;
  replica.retryAtMs = replica.now.nowMs + pauseMs;
}

/** Gives this proposal up; the tick tries again, with a higher ballot. */
export function abandon(replica: Replica, reason: string): void {
  if (replica.proposal === null) return;
  log(replica, "info", "proposal-abandoned", { view: roundOf(replica.proposal.ballot), reason });
  replica.proposal = null;
  replica.followers.clear();
  emit(replica, { kind: "status" });
}

/** All of M have promised: judge, then fetch what is to be followed. */
export function decideWhenAllPromised(replica: Replica): void {
  const { proposal } = replica;
  if (proposal === null || proposal.phase !== "asking") return;
  const others = othersOf(replica, proposal.members);
  if (!others.every((id) => proposal.promises.has(id))) return;
  if (replica.tail.durableOp < replica.tail.lastOp) return;
  proposal.promises.set(replica.config.id, ownPromise(replica));
  decide(replica, proposal);
}

/** They are not asked again to follow this view; they join later. */
function noteOutsiders(replica: Replica, servers: readonly ServerId[]): void {
  if (servers.length === 0) return;
  const view = newestBallot(replica);
  const known = replica.outsiders.view === view ? replica.outsiders.servers : [];
  replica.outsiders = { view, servers: [...known, ...servers] };
}

/** This one has been asked to follow the view, and what is followed leaves it out. */
export function isOutsider({ outsiders }: Replica, view: View, id: ServerId): boolean {
  return outsiders.view === view.ballot && outsiders.servers.includes(id);
}

/** Whether a view of this server alone would be allowed now; spares a ballot when not. */
export function mayGoAlone(replica: Replica): boolean {
  return judge(replica, false, [ownPromise(replica)]).kind !== "refused";
}

function decide(replica: Replica, proposal: Proposal): void {
  const promises = proposal.members.map((id) => proposal.promises.get(id) as PromiseInfo);
  const best = bestPromise([ownPromise(replica), ...promises], replica.config.servers);
  const newest = lastView(best.history)?.ballot ?? noBallot;
  if (newest >= proposal.ballot) {
    replica.seenBallot = newest;
    return abandon(replica, "what it is to follow has a higher ballot");
  }
  const verdict = judge(replica, proposal.join, promises);
  if (verdict.kind === "refused") {
    noteOutsiders(replica, verdict.outsiders ?? []);
    if (isAnothersToLead(replica, proposal, { best, outsiders: verdict.outsiders })) {
      followInstead(replica, best.server);
    }
    abandon(replica, verdict.reason);
    replica.retryAtMs = replica.now.nowMs + verdict.waitMs;
    return;
  }
  proposal.base = { promise: best, verified: verdict.kind === "verified" };
  proposal.phase = "fetching";
  proposal.fetchDue = true;
}

/**
 * This server has no part in what follows the best history, or lacks its newest view, and with that
 * the names of those who have to be asked.
 */
function isAnothersToLead(
  replica: Replica,
  { join }: Proposal,
  found: { readonly best: PromiseInfo; readonly outsiders: readonly ServerId[] | undefined },
): boolean {
  const { id } = replica.config;
  const { best, outsiders } = found;
  if (join || best.server === id) return false;
  if (outsiders !== undefined) return outsiders.includes(id);
  return (lastView(best.history)?.ballot ?? noBallot) > newestBallot(replica);
}

/** Whoever told of the best history is to lead. */
function followInstead(replica: Replica, leader: ServerId): void {
  replica.precedence = { leader, untilMs: replica.now.nowMs + precedenceMs };
  giveWay(replica, leader, replica.promised);
}

type Verdict =
  | { readonly kind: "verified" | "unverified" }
  | {
      readonly kind: "refused";
      readonly reason: string;
      readonly waitMs: number;
      /** Asked, and found to be none of those who may take part. */
      readonly outsiders?: readonly ServerId[];
    };

function judge(replica: Replica, join: boolean, promises: readonly PromiseInfo[]): Verdict {
  const { config } = replica;
  const { servers } = config;
  const best = bestPromise([ownPromise(replica), ...promises], servers);
  const empty = best.history.lastOp === 0;
  if (join) {
    if (best.server !== config.id) return { kind: "refused", reason: "joiner is ahead", waitMs: 0 };
    if (config.majority) return { kind: "verified" };
    if (joinFollows(promises, servers)) return asFarAsBroughtBack(best.history, promises);
    return { kind: "refused", reason: "the rule does not allow the join", waitMs: 1_000 };
  }
  if (empty) {
    const whole = promises.length === servers.length;
    if (whole) return { kind: "verified" };
    if (config.majority) return majorityVerdict(promises.length, servers.length);
    return unverifiedVerdict(replica);
  }
  if (replica.isForgetful) {
    if (!config.majority) return unverifiedVerdict(replica);
    return { kind: "refused", reason: "this folder has forgotten its promises", waitMs: 1_000 };
  }
  if (config.majority) return majorityVerdict(countRemembering(promises, servers), servers.length);
  const succession = judgeSuccession(promises, servers);
  if (succession.kind === "verified") return asFarAsBroughtBack(best.history, promises);
  if (succession.kind === "unverified") {
    return unverifiedVerdict(replica, whoForgot(promises, servers));
  }
  const { outsiders } = succession;
  const reason = `left out by a view that is known active: ${outsiders.join(",")}`;
  return { kind: "refused", reason, waitMs: proposalBackoffMs, outsiders };
}

/** Unverified is nothing new then: the view says that from now on all servers are waited for. */
function asFarAsBroughtBack(base: History, promises: readonly PromiseInfo[]): Verdict {
  return { kind: bringsNothingBack(base, promises) ? "unverified" : "verified" };
}

function majorityVerdict(count: number, configured: number): Verdict {
  if (isMajority(count, configured)) return { kind: "verified" };
  return { kind: "refused", reason: "no majority of the configured servers", waitMs: 1_000 };
}

/** `forgetful`: who is here with a new folder, which makes up for nothing. */
function unverifiedVerdict(replica: Replica, forgetful: readonly ServerId[] = []): Verdict {
  const { config } = replica;
  const lost = forgetful.length > 0 ? ` (with a new folder: ${forgetful.join(",")})` : "";
  if (config.strict) {
    return { kind: "refused", reason: `strict: waits for the missing${lost}`, waitMs: 1_000 };
  }
  if (hasWaited(replica)) return { kind: "unverified" };
  return { kind: "refused", reason: `may lack confirmed messages: waits${lost}`, waitMs: 1_000 };
}

export function ownPromise(replica: Replica): PromiseInfo {
  return {
    server: replica.config.id,
    incarnation: replica.incarnation,
    born: replica.born,
    history: { views: [...replica.views], lastOp: replica.tail.lastOp },
    normal: isNormal(replica),
    since: replica.since,
    active: replica.active,
    proofs: ownProofs(replica),
  };
}

/** Proofs by anybody's word, for the grants of others. */
function saidProofs(replica: Replica): number[] {
  const proofs: number[] = [];
  for (const { id, saidDead } of replica.peers.values()) {
    if (saidDead !== 0) proofs.push(id, saidDead);
  }
  return proofs;
}
