// The replication core: `step(replica, input, now)` notes what happened, draws what follows from it
// (`settle`), and returns what is to be done. Pure: no clock, no randomness, no IO. The driver does
// the effects in their order: nothing that depends on the disk is sent before the disk has it.

import { assert, unreachable } from "../base/assert.ts";
import type { Chain, Op, ServerId } from "../base/ids.ts";
import { viewsToldMax } from "../base/doubtLimits.ts";
import type { Batch } from "../wire/batch.ts";
import type { Message } from "../wire/messages.ts";
import { isServedHere, tickCandidates } from "./candidates.ts";
import { fetchBase, onFetch, onFetched, onFetchedFromDisk, onFetchFailed } from "./fetching.ts";
import { onRecords, resume } from "./followers.ts";
import { noticeNewerView, onImageSent, onInstalled, onJoin, onJoinRefused } from "./joining.ts";
import { tickJoining } from "./joining.ts";
import { beatAll, onHeartbeat, onIncarnation, onRefused } from "./liveness.ts";
import { onResign, probeAtOnce, tickLiveness } from "./liveness.ts";
import {
  becomeRecovering,
  onActivate,
  onCut,
  onCutImpossible,
  onKeep,
  rejoin,
} from "./membership.ts";
import type { LogEnd } from "./logTail.ts";
import { acknowledge, learnCommitted, learnFed, onApplied, onCommands } from "./normal.ts";
import { onDurable, onPrepare, onPrepared, onRejected, tryCommit } from "./normal.ts";
import { answerPromise, onPropose } from "./promising.ts";
import { askMembers, decideWhenAllPromised, onDecline, onPromise } from "./proposing.ts";
import { disturb, isOrdinary, keepsPace, planTick } from "./pace.ts";
import { tickSlowness } from "./slowness.ts";
import { feedMembers, tryActivate } from "./starting.ts";
import type { Peer } from "./peer.ts";
import type { Replica } from "./state.ts";
import { currentView, emit, isNormal, log, metaOf, newestBallot } from "./state.ts";
import { othersOf, peerOf } from "./state.ts";
import type { Effect, Input, Meta, Now, View } from "./types.ts";

export function step(replica: Replica, input: Input, now: Now): readonly Effect[] {
  assert(now.nowMs >= replica.now.nowMs, "the clock never goes back");
  replica.now = now;
  if (!isOrdinary(input)) disturb(replica);
  note(replica, input);
  settle(replica);
  const { effects } = replica;
  if (effects.length === 0) return nothing;
  replica.effects = [];
  return effects;
}

/** Of most steps: what they would have been put into stays for the next one. */
const nothing: readonly Effect[] = [];

function note(replica: Replica, input: Input): void {
  switch (input.kind) {
    case "tick":
      return tick(replica, { leads: true });
    case "commands":
      return onCommands(replica, input.commands);
    case "durable":
      return onDurable(replica, input.op);
    case "applied":
      return onApplied(replica, input.op);
    case "message":
      return onMessage(replica, input.peer, input.message, input.batch);
    case "peerUp":
      return onPeerUp(replica, input);
    case "peerDown":
      return onPeerDown(replica, input.peer);
    case "probed":
      return onProbed(replica, input.peer, input.refused);
    case "unfit":
      peerOf(replica, input.peer).unfitMs = replica.now.nowMs;
      return;
    case "persisted":
      return onPersisted(replica, input.meta);
    case "records":
      return onRead(replica, input.peer, input.batch);
    case "truncated":
      return onCut(replica, endOf({ ...input, op: input.keep, atUs: input.lastAtUs }));
    case "notTruncated":
      return onCutImpossible(replica);
    case "imageSent":
      return onImageSent(replica, input.peer, input.op);
    case "installing":
      replica.isRewriting = true;
      return;
    case "installed":
      return onInstalled(replica, input.views, endOf(input));
    case "hint":
      return input.ballot > replica.seenBallot ? beatAll(replica) : undefined;
    case "room":
      replica.room = input.room;
      return beatAll(replica);
    case "resign":
      return resign(replica, input.reason);
    case "rejoin":
      return rejoin(replica);
    default:
      return unreachable(input);
  }
}

/** What time alone brings; `leads`: by this server's own timer. */
function tick(replica: Replica, { leads }: { readonly leads: boolean }): void {
  tickLiveness(replica);
  tickCandidates(replica);
  tickSlowness(replica);
  tickJoining(replica);
  planTick(replica, { isServed: isServedHere(replica), leads });
}

function onPersisted(replica: Replica, meta: Meta): void {
  if (meta.promised > replica.promisedOnDisk) replica.promisedOnDisk = meta.promised;
  if (!replica.isAdopting || meta.cluster !== replica.cluster) return;
  replica.isAdopting = false;
  replica.joinAskedMs = Number.NEGATIVE_INFINITY;
}

function endOf({ op, chain, atUs }: { op: Op; chain: Chain; atUs: number }): LogEnd {
  return { lastOp: op, lastChain: chain, lastAtUs: atUs };
}

/** What follows from what is known, in the order in which one thing leads to the next. */
function settle(replica: Replica): void {
  answerPromise(replica);
  askMembers(replica);
  decideWhenAllPromised(replica);
  fetchBase(replica);
  tryActivate(replica);
  feedMembers(replica);
  tryCommit(replica);
  if (replica.acknowledgeDue) acknowledge(replica);
}

function onMessage(replica: Replica, from: ServerId, message: Message, batch: Batch | null): void {
  const peer = replica.peers.get(from);
  if (peer === undefined || !peer.up) return;
  if (replica.status === "resigned") return noteSuccession(replica, message);
  peer.heardMs = replica.now.nowMs;
  switch (message.type) {
    case "prepare":
      if (batch === null) return;
      if (replica.proposal?.phase === "fetching") return onFetched(replica, from, message, batch);
      return onPrepare(replica, from, message, batch);
    case "prepared":
    case "caughtUp":
      return onPrepared(replica, from, message);
    case "heartbeat":
      onHeartbeat(replica, peer, message);
      noticeNewerView(replica, peer);
      learnFromHeartbeat(replica, peer);
      if (keepsPace(replica, peer)) tick(replica, { leads: false });
      return;
    default:
      return onViewChangeMessage(replica, peer, message);
  }
}

function onViewChangeMessage(replica: Replica, peer: Peer, message: Message): void {
  const from = peer.id;
  switch (message.type) {
    case "rejected":
      return onRejected(replica, from, message);
    case "propose":
      return onPropose(replica, from, message);
    case "viewInfo":
      return noteTold(replica, from, message);
    case "promise":
      return onPromise(replica, from, message);
    case "decline":
      return onDecline(replica, from, message);
    case "activate":
      return onActivate(replica, message);
    case "keep":
      onKeep(replica, from, message);
      return learnFed(replica, from, message);
    case "fetch":
      return onFetch(replica, from, message);
    case "fetchFailed":
      return onFetchFailed(replica, message);
    case "join":
      return onJoin(replica, from, message);
    case "joinRefused":
      return onJoinRefused(replica, from);
    case "resign":
      onResign(replica, peer, message);
      return tickCandidates(replica);
    case "askResign":
      return message.ballot === currentView(replica)?.ballot
        ? resign(replica, message.reason)
        : undefined;
    default:
      return log(replica, "warn", "unexpected-message", { peer: from, type: message.type });
  }
}

function onPeerUp(replica: Replica, input: Extract<Input, { readonly kind: "peerUp" }>): void {
  const peer = replica.peers.get(input.peer);
  if (peer === undefined) return;
  const restarted = peer.incarnation !== 0 && peer.incarnation !== input.incarnation;
  onIncarnation(replica, peer, input.incarnation);
  peer.up = true;
  peer.heardMs = replica.now.nowMs;
  peer.heartbeatSentMs = Number.NEGATIVE_INFINITY;
  replica.told.delete(peer.id);
  if (replica.cluster === "" && replica.status === "recovering" && input.cluster !== "") {
    // On disk before any record of it: a folder with records of no cluster is at home nowhere.
    replica.cluster = input.cluster;
    emit(replica, { kind: "persist", meta: metaOf(replica) });
  }
  const follower = replica.followers.get(peer.id);
  if (follower === undefined) return tickCandidates(replica);
  if (restarted) replica.followers.delete(peer.id);
  else resume(replica, follower);
  tickCandidates(replica);
}

function onPeerDown(replica: Replica, id: ServerId): void {
  const peer = replica.peers.get(id);
  if (peer === undefined) return;
  peer.up = false;
  if (replica.followers.get(id)?.joiner === true) replica.followers.delete(id);
  probeAtOnce(replica, peer);
}

function onProbed(replica: Replica, id: ServerId, refused: boolean): void {
  const peer = replica.peers.get(id);
  if (peer === undefined || !refused) return;
  onRefused(replica, peer);
  tickCandidates(replica);
}

function learnFromHeartbeat(replica: Replica, peer: Peer): void {
  const { heartbeat } = peer;
  const view = currentView(replica);
  if (heartbeat === null || view === undefined) return;
  if (heartbeat.promised > replica.seenBallot) replica.seenBallot = heartbeat.promised;
  if (!heartbeat.normal || heartbeat.ballot !== view.ballot) return;
  if (heartbeat.active && replica.active !== view.ballot)
    onActivate(replica, { type: "activate", ballot: view.ballot });
  if (view.primary === peer.id) learnCommitted(replica, heartbeat.committed);
}

function onRead(replica: Replica, id: ServerId, batch: Batch | "compacted" | null): void {
  const follower = replica.followers.get(id);
  if (follower !== undefined) return onRecords(replica, follower, batch);
  onFetchedFromDisk(replica, id, batch);
}

function noteTold(
  replica: Replica,
  from: ServerId,
  message: Extract<Message, { readonly type: "viewInfo" }>,
): void {
  const { type: _, ...view } = message;
  const told = replica.told.get(from);
  // A history is told from its first view on; a first view begins a new telling.
  if (told === undefined || view.parent === 0) replica.told.set(from, [view satisfies View]);
  else if (told.length < viewsToldMax) told.push(view);
}

/** Takes no part any more, and says so to everybody who may rely on it (§4). */
function resign(replica: Replica, reason: string): void {
  if (replica.status === "resigned") return;
  const view = currentView(replica);
  const others = view === undefined ? [] : othersOf(replica, view.members);
  replica.isSucceeded = !isNormal(replica) || others.length === 0;
  if (isNormal(replica) && view !== undefined) {
    const { incarnation, promisedTo } = replica;
    const message = { type: "resign", incarnation, ballot: view.ballot } as const;
    for (const to of others) {
      if (promisedTo === null || promisedTo.has(to)) emit(replica, { kind: "send", to, message });
    }
  }
  becomeRecovering(replica, reason);
  replica.status = "resigned";
  replica.proposal = null;
  replica.promising = null;
  replica.followers.clear();
  emit(replica, { kind: "status" });
}

function noteSuccession(replica: Replica, message: Message): void {
  if (message.type !== "heartbeat" || !message.active) return;
  if (message.ballot > newestBallot(replica)) replica.isSucceeded = true;
}
