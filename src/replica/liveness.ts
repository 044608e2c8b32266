// Heartbeats, grants, leases and proofs of death (REPLICATION §3). Whether a lease runs is judged
// when it is used, by the clock handed in; silence proves nothing, and time in which this process
// itself stood still counts as nobody's silence.

import type { Incarnation, ServerId } from "../base/ids.ts";
import { asIncarnation, noOp } from "../base/ids.ts";
import { grantMs, heartbeatMs, leaseMs, stallMs, tickMs } from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Peer, Replica } from "./state.ts";
import { currentView, emit, isActive, isNormal, log, othersOf, peerOf } from "./state.ts";
import type { View } from "./types.ts";

/**
 * Heartbeats and probes that are due; forgives everybody the time that this process stood still.
 */
export function tickLiveness(replica: Replica): void {
  const { nowMs } = replica.now;
  const stoodStillMs = nowMs - replica.lastTickMs;
  replica.lastTickMs = nowMs;
  for (const peer of replica.peers.values()) {
    if (stoodStillMs > stallMs) peer.heardMs = Math.min(nowMs, peer.heardMs + stoodStillMs);
    if (peer.up && nowMs - peer.heartbeatSentMs >= heartbeatMs) beat(replica, peer);
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

/** All members hold leases from one another, as far as the last heartbeats tell. */
export function areMutual(replica: Replica, view: View): boolean {
  const others = othersOf(replica, view.members);
  return others.every((id) => {
    const peer = peerOf(replica, id);
    const { heartbeat, heartbeatAtMs } = peer;
    if (!holdsLease(replica, peer) || heartbeat === null) return false;
    if (replica.now.nowMs - heartbeatAtMs > leaseMs) return false;
    const givers = view.members.filter((member) => member !== id);
    return givers.every((giver) => heartbeat.leases.includes(giver));
  });
}

export function beat(replica: Replica, peer: Peer): void {
  if (!peer.up || peer.incarnation === 0 || replica.status === "resigned") return;
  const view = currentView(replica);
  const others = [...replica.peers.values()];
  const leases = others.filter((other) => holdsLease(replica, other)).map(({ id }) => id);
  const hears = others.filter((other) => isHeard(replica, other)).map(({ id }) => id);
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
    lastOp: replica.tail.lastOp,
    committed: view === undefined ? noOp : replica.committed,
    leases,
    hears,
  };
  emit(replica, { kind: "send", to: peer.id, message });
}

export function beatAll(replica: Replica): void {
  for (const peer of replica.peers.values()) beat(replica, peer);
}

/** Keeps what it says, answers with a grant or without, and asks for a lease that is missing. */
export function onHeartbeat(replica: Replica, peer: Peer, heartbeat: MessageOf<"heartbeat">): void {
  if (heartbeat.incarnation !== peer.incarnation || replica.status === "resigned") return;
  if (heartbeat.receiver !== replica.incarnation) return;
  peer.heartbeat = heartbeat;
  peer.heartbeatAtMs = replica.now.nowMs;
  const granted = mayGrant(replica, peer, heartbeat);
  if (granted) {
    peer.grantUntilMs = replica.now.nowMs + grantMs;
    peer.grantIncarnation = heartbeat.incarnation;
  }
  const message: MessageOf<"heartbeatAnswer"> = {
    type: "heartbeatAnswer",
    sentAtMs: heartbeat.sentAtMs,
    incarnation: replica.incarnation,
    granted,
    ballot: replica.promised,
  };
  emit(replica, { kind: "send", to: peer.id, message });
  const lacking = granted && !holdsLease(replica, peer);
  if (lacking && replica.now.nowMs - peer.heartbeatSentMs >= 1) beat(replica, peer);
}

export function onHeartbeatAnswer(
  replica: Replica,
  peer: Peer,
  answer: MessageOf<"heartbeatAnswer">,
): void {
  if (answer.incarnation !== peer.incarnation) return;
  if (!answer.granted || !isNormal(replica)) return;
  if (peer.provenDead >= answer.incarnation) return;
  const news = !holdsLease(replica, peer);
  peer.leaseUntilMs = Math.max(peer.leaseUntilMs, answer.sentAtMs + leaseMs);
  peer.leaseIncarnation = answer.incarnation;
  if (news) tellPrimary(replica);
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

/** Somebody else's proof: waives a grant, but is not this server's to testify to. */
export function hearOfDeaths(replica: Replica, proofs: readonly number[]): void {
  for (let at = 0; at + 1 < proofs.length; at += 2) {
    const peer = replica.peers.get(proofs[at] as ServerId);
    const incarnation = proofs[at + 1] as number;
    if (peer === undefined || incarnation < 1 || incarnation <= peer.saidDead) continue;
    peer.saidDead = asIncarnation(incarnation);
  }
}

function mayGrant(replica: Replica, peer: Peer, heartbeat: MessageOf<"heartbeat">): boolean {
  const view = currentView(replica);
  if (!isNormal(replica) || view === undefined || !heartbeat.normal) return false;
  if (heartbeat.ballot !== view.ballot || !view.members.includes(peer.id)) return false;
  if (replica.promisedTo !== null && !replica.promisedTo.has(peer.id)) return false;
  const { excluding } = replica;
  const excluded = excluding !== null && excluding.untilMs > replica.now.nowMs;
  return !excluded || excluding.members.includes(peer.id);
}

function proveDead(replica: Replica, peer: Peer, how: string): void {
  if (!isNormal(replica) || !holdsLease(replica, peer)) return;
  if (peer.leaseIncarnation !== 0) {
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
