// Heartbeats, grants, leases and proofs of death (REPLICATION §3). Whether a lease runs is judged
// when it is used, by the clock handed in; silence proves nothing, and time in which this process
// itself stood still counts as nobody's silence.

import type { Incarnation, ServerId } from "../base/ids.ts";
import { asIncarnation, noOp } from "../base/ids.ts";
import { leaseSpareMs } from "../base/doubtLimits.ts";
import { grantMs, heartbeatMs, leaseMs, stallMs, tickMs } from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import { disturb } from "./pace.ts";
import type { Peer } from "./peer.ts";
import type { Replica } from "./state.ts";
import { currentView, emit, incarnationIn, isActive, isNormal, log, peerOf } from "./state.ts";
import type { Proof, View } from "./types.ts";

/**
 * Heartbeats and probes that are due; forgives everybody the time that this process stood still.
 * A quiet server wakes for its heartbeats alone, so that it sends all of them at once.
 */
export function tickLiveness(replica: Replica): void {
  const { nowMs } = replica.now;
  const hasStoodStill = nowMs - replica.tickDueMs > stallMs;
  const stoodStillMs = hasStoodStill ? nowMs - replica.lastTickMs : 0;
  const gapMs = replica.isQuiet ? heartbeatMs / 2 : heartbeatMs;
  replica.lastTickMs = nowMs;
  if (hasStoodStill) log(replica, "warn", "stood-still", { ms: Math.round(stoodStillMs) });
  for (const peer of replica.peers.values()) {
    if (stoodStillMs > 0) peer.heardMs = Math.min(nowMs, peer.heardMs + stoodStillMs);
    if (peer.up && nowMs - peer.heartbeatSentMs >= gapMs) beat(replica, peer);
    if (!peer.up) probeIfDue(replica, peer);
  }
}

/** Nothing has come for as long as any grant to it could have run. */
export function isSilent(replica: Replica, peer: Peer): boolean {
  return replica.now.nowMs - peer.heardMs >= grantMs;
}

/** Linked, and not silent. */
export function isHeard(replica: Replica, peer: Peer): boolean {
  return peer.up && !isSilent(replica, peer);
}

export function holdsLease(replica: Replica, peer: Peer): boolean {
  return peer.leaseIncarnation !== 0 && peer.leaseUntilMs > replica.now.nowMs;
}

/** For a while yet: whoever dies right behind a view's beginning can still be proven dead. */
export function holdsLasting(replica: Replica, peer: Peer): boolean {
  return holdsLease(replica, peer) && peer.leaseUntilMs - replica.now.nowMs >= leaseSpareMs;
}

/** They were given to the life before, whose end whoever gave them may have heard of by now. */
export function dropLeases(replica: Replica): void {
  for (const peer of replica.peers.values()) {
    peer.leaseUntilMs = Number.NEGATIVE_INFINITY;
    peer.leaseIncarnation = 0;
  }
}

/** How long a grant to somebody outside `members` still runs; 0 when none does. */
export function grantRunsMs(replica: Replica, members: readonly ServerId[]): number {
  let runsMs = 0;
  for (const peer of replica.peers.values()) {
    const dead = peer.saidDead !== 0 && peer.saidDead >= peer.grantIncarnation;
    if (members.includes(peer.id) || dead) continue;
    runsMs = Math.max(runsMs, peer.grantUntilMs - replica.now.nowMs);
  }
  return runsMs;
}

/** The lease is from the life in which it is a member. */
export function isOfItsLife(view: View, { id, leaseIncarnation }: Peer): boolean {
  return leaseIncarnation === incarnationIn(view, id);
}

/** Says where this server stands, asks for a lease, and answers what the other one asked for. */
export function beat(replica: Replica, peer: Peer): void {
  if (!peer.up || peer.incarnation === 0 || replica.status === "resigned") return;
  // What a forgetful server is being fed is nothing to count on: it says nothing of it.
  const view = replica.isForgetful ? undefined : currentView(replica);
  const leases: ServerId[] = [];
  const hears: ServerId[] = [];
  for (const other of replica.peers.values()) {
    const isMembers = view !== undefined && isOfItsLife(view, other);
    if (isMembers && holdsLasting(replica, other)) leases.push(other.id);
    if (isHeard(replica, other)) hears.push(other.id);
  }
  peer.heartbeatSentMs = replica.now.nowMs;
  const message: MessageOf<"heartbeat"> = {
    type: "heartbeat",
    sentAtMs: Math.floor(replica.now.nowMs),
    incarnation: replica.incarnation,
    receiver: peer.incarnation,
    normal: isNormal(replica),
    ballot: view?.ballot ?? (0 as View["ballot"]),
    active: isActive(replica),
    primary: view === undefined ? 0 : view.primary + 1,
    promised: replica.promised,
    lastOp: replica.isForgetful ? noOp : replica.tail.lastOp,
    committed: view === undefined ? noOp : replica.committed,
    leases,
    hears,
    answers: peer.heartbeat?.sentAtMs ?? 0,
    granted: grant(replica, peer),
    wants: lacksLease(replica, peer),
    room: replica.room,
  };
  emit(replica, { kind: "send", to: peer.id, message });
}

export function beatAll(replica: Replica): void {
  for (const peer of replica.peers.values()) beat(replica, peer);
}

/**
 * Keeps what it says, and takes the lease that it grants. The answer goes with the next beat, or at
 * once where either of the two lacks a lease.
 */
export function onHeartbeat(replica: Replica, peer: Peer, heartbeat: MessageOf<"heartbeat">): void {
  if (heartbeat.incarnation !== peer.incarnation || replica.status === "resigned") return;
  if (heartbeat.receiver !== replica.incarnation) return;
  if (isNews(peer.heartbeat, heartbeat)) disturb(replica);
  if (peer.saidDead >= peer.incarnation) noteLiving(replica, peer);
  peer.heartbeat = heartbeat;
  peer.heartbeatAtMs = replica.now.nowMs;
  peer.isAnswerDue = true;
  const isGained = takeLease(replica, peer, heartbeat);
  const isLacking = heartbeat.wants || lacksLease(replica, peer);
  // Where answers are too slow to be of use, asking again does not make them faster.
  const isFirst = replica.now.nowMs - peer.grantedAtMs >= tickMs;
  if (isLacking && isFirst && mayGrant(replica, peer, heartbeat)) beat(replica, peer);
  if (isGained) tellPrimary(replica);
}

/**
 * What beats so long after it was proven dead lives: the proof was false, as when a firewall
 * answers for a server, and nothing more is decided by it. Else two who hold each other for dead,
 * and may not go on alone, would wait for ever.
 */
function noteLiving(replica: Replica, peer: Peer): void {
  if (replica.now.nowMs - peer.saidDeadMs < grantMs) return;
  log(replica, "warn", "proof-was-false", { peer: peer.id, incarnation: peer.incarnation });
  peer.saidDead = 0;
  peer.provenDead = 0;
  disturb(replica);
}

/** A handshake with a higher incarnation proves the lower one dead, if a lease from it runs. */
export function onIncarnation(replica: Replica, peer: Peer, incarnation: Incarnation): void {
  if (peer.leaseIncarnation !== 0 && peer.leaseIncarnation < incarnation) {
    proveDead(replica, peer, "restarted");
    peer.leaseUntilMs = Number.NEGATIVE_INFINITY;
  }
  if (peer.incarnation !== incarnation) {
    peer.heartbeat = null;
    peer.incarnation = incarnation;
  }
}

/** A fresh connection was refused: proof of death, if a lease runs and this server is normal. */
export function onRefused(replica: Replica, peer: Peer): void {
  if (!peer.up) proveDead(replica, peer, "refused");
}

/** Its own word that the incarnation takes no part any more; as good as a proof. */
export function onResign(replica: Replica, peer: Peer, message: MessageOf<"resign">): void {
  const view = currentView(replica);
  if (message.incarnation !== peer.incarnation || !isNormal(replica)) return;
  if (view === undefined || view.ballot !== message.ballot) return;
  recordDeath(replica, peer, { incarnation: message.incarnation, how: "resigned" });
}

/** First-hand proofs of death, for promises. */
export function ownProofs(replica: Replica): Proof[] {
  const proofs: Proof[] = [];
  for (const { id, provenDead } of replica.peers.values()) {
    if (provenDead !== 0) proofs.push({ server: id, incarnation: provenDead });
  }
  return proofs;
}

/** Somebody else's proof: waives a grant, but is not this server's to testify to. */
export function hearOfDeaths(replica: Replica, proofs: readonly number[]): void {
  for (let at = 0; at + 1 < proofs.length; at += 2) {
    const peer = replica.peers.get(proofs[at] as ServerId);
    const incarnation = proofs[at + 1] as number;
    if (peer === undefined || incarnation < 1 || incarnation <= peer.saidDead) continue;
    peer.saidDead = asIncarnation(incarnation);
    peer.saidDeadMs = replica.now.nowMs;
  }
}

/** It says something else than the one before, but for clocks, ops and answers. */
function isNews(before: MessageOf<"heartbeat"> | null, heartbeat: MessageOf<"heartbeat">): boolean {
  if (before === null || before.incarnation !== heartbeat.incarnation) return true;
  if (before.ballot !== heartbeat.ballot || before.promised !== heartbeat.promised) return true;
  if (before.normal !== heartbeat.normal || before.active !== heartbeat.active) return true;
  const { leases, hears } = before;
  return !isSame(leases, heartbeat.leases) || !isSame(hears, heartbeat.hears);
}

function isSame(before: readonly ServerId[], servers: readonly ServerId[]): boolean {
  if (before === servers) return true;
  return before.length === servers.length && servers.every((id, at) => id === before[at]);
}

/** The lease that a heartbeat's answer brings; whether there was none before. */
function takeLease(replica: Replica, peer: Peer, heartbeat: MessageOf<"heartbeat">): boolean {
  if (!heartbeat.granted || !isNormal(replica)) return false;
  if (peer.provenDead >= heartbeat.incarnation) return false;
  // Nobody answers what has not been said yet.
  if (heartbeat.answers > replica.now.nowMs) return false;
  const isGained = !holdsLease(replica, peer);
  peer.leaseUntilMs = Math.max(peer.leaseUntilMs, heartbeat.answers + leaseMs);
  peer.leaseIncarnation = heartbeat.incarnation;
  return isGained;
}

function lacksLease(replica: Replica, peer: Peer): boolean {
  const view = currentView(replica);
  if (!isNormal(replica) || view === undefined || !view.members.includes(peer.id)) return false;
  return peer.provenDead < peer.incarnation && !holdsLease(replica, peer);
}

/**
 * Answers the heartbeat that waits for it, if that may be granted anything by now. The grant runs
 * from when it came, which is later than when it was sent, from which on the lease runs.
 */
function grant(replica: Replica, peer: Peer): boolean {
  const { heartbeat, isAnswerDue, heartbeatAtMs } = peer;
  if (heartbeat === null || !isAnswerDue) return false;
  if (!mayGrant(replica, peer, heartbeat)) return false;
  peer.isAnswerDue = false;
  peer.grantedAtMs = replica.now.nowMs;
  peer.grantUntilMs = heartbeatAtMs + grantMs;
  peer.grantIncarnation = heartbeat.incarnation;
  return true;
}

function mayGrant(replica: Replica, peer: Peer, heartbeat: MessageOf<"heartbeat">): boolean {
  if (!heartbeat.normal) return false;
  if (replica.promisedTo !== null && !replica.promisedTo.has(peer.id)) return false;
  // It counts from its promise on: by what it grants them, the members can prove its death as soon
  // as they hold the view that takes it in.
  if (replica.comesInUntilMs > replica.now.nowMs) return true;
  const view = currentView(replica);
  if (!isNormal(replica) || view === undefined) return false;
  if (heartbeat.ballot !== view.ballot || !view.members.includes(peer.id)) return false;
  const { excluding } = replica;
  const excluded = excluding !== null && excluding.untilMs > replica.now.nowMs;
  return !excluded || excluding.members.includes(peer.id);
}

function proveDead(replica: Replica, peer: Peer, how: string): void {
  if (!isNormal(replica) || !holdsLease(replica, peer)) return;
  // A proof counts for former lives too, and what came with a promise vouches for none of them.
  const isMember = replica.views.some((view) => isOfItsLife(view, peer));
  if (isMember && peer.leaseIncarnation !== 0) {
    recordDeath(replica, peer, { incarnation: peer.leaseIncarnation, how });
  }
}

function recordDeath(
  replica: Replica,
  peer: Peer,
  death: { readonly incarnation: Incarnation; readonly how: string },
): void {
  if (peer.provenDead >= death.incarnation) return;
  peer.provenDead = death.incarnation;
  peer.saidDeadMs = replica.now.nowMs;
  if (peer.saidDead < death.incarnation) peer.saidDead = death.incarnation;
  peer.leaseUntilMs = Number.NEGATIVE_INFINITY;
  log(replica, "info", "peer-dead", { peer: peer.id, how: death.how });
}

function probeIfDue(replica: Replica, peer: Peer): void {
  const { nowMs } = replica.now;
  if (!isNormal(replica) || !holdsLease(replica, peer)) return;
  if (nowMs - peer.probedMs < 2 * tickMs) return;
  peer.probedMs = nowMs;
  emit(replica, { kind: "probe", peer: peer.id });
}

/** The primary waits for all leases before it confirms: it hears of a new one at once. */
function tellPrimary(replica: Replica): void {
  const view = currentView(replica);
  if (view === undefined || view.primary === replica.config.id) return;
  if (view.members.includes(view.primary)) beat(replica, peerOf(replica, view.primary));
}

export function probeAtOnce(replica: Replica, peer: Peer): void {
  peer.probedMs = Number.NEGATIVE_INFINITY;
  probeIfDue(replica, peer);
}
