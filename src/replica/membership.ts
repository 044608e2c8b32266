// What this server is in the history: fed by somebody, member of a view, active, or recovering.
// Handlers note facts; what follows from them is drawn in `settle` (step.ts). Only the incarnation
// that promised a view becomes its member.

import type { Ballot, Op, ServerId } from "../base/ids.ts";
import { asIncarnation, asOp, noBallot, roundOf } from "../base/ids.ts";
import { tooFarBehindMs } from "../base/limits.ts";
import type { Batch } from "../wire/batch.ts";
import type { MessageOf } from "../wire/messages.ts";
import { decodeRecordAt, isViewAt } from "../wire/record.ts";
import { beat, beatAll, dropLeases } from "./liveness.ts";
import type { LogEnd } from "./logTail.ts";
import { resetTail } from "./logTail.ts";
import { abandon } from "./proposing.ts";
import type { Replica } from "./state.ts";
import { currentView, emit, isNormal, log, metaOf, newestBallot, peerOf } from "./state.ts";
import type { Branch, Meta, View } from "./types.ts";

/**
 * Somebody chose this server's future: cut what does not belong to it, then records come. Whoever
 * has been fed since it asked holds more than the answer knows of, which need be no other branch:
 * it asks again, unless it is of what this very stream has brought.
 */
export function onKeep(replica: Replica, from: ServerId, message: MessageOf<"keep">): void {
  if (replica.promising !== null || replica.proposal !== null) return;
  const starting =
    message.ballot === replica.promised && currentView(replica)?.ballot !== message.ballot;
  const leads = peerOf(replica, from).heartbeat?.active === true;
  if (!starting && (isNormal(replica) || !leads)) return;
  if (replica.isRewriting || !belongsTo(replica, message.cluster)) return;
  const { feed, tail } = replica;
  const goesOn = feed?.from === from && feed.ballot === message.ballot && feed.fits;
  const fits = goesOn || message.op >= tail.lastOp;
  if (!fits && !starting && replica.joinAskedOp !== tail.lastOp) {
    replica.joinAskedMs = Number.NEGATIVE_INFINITY;
    return;
  }
  replica.feed = { ballot: message.ballot, from, keep: message.op, fits };
  if (!starting) replica.comesInUntilMs = Number.NEGATIVE_INFINITY;
  if (fits) replica.acknowledgeDue = true;
  else cutTail(replica, message.op);
}

/**
 * Clusters that were founded apart become one (§6): the id is on the disk before any of the history
 * is. Until then nothing is taken; this server asks again.
 */
function belongsTo(replica: Replica, cluster: string): boolean {
  if (cluster !== "" && cluster !== replica.cluster) {
    if (replica.cluster !== "") log(replica, "warn", "cluster-adopted", { cluster });
    replica.cluster = cluster;
    replica.isAdopting = replica.views.length > 0;
    emit(replica, { kind: "persist", meta: metaOf(replica) });
  }
  return !replica.isAdopting;
}

/** Sets aside what lies behind `keep`; nothing is appended before it is done. */
export function cutTail(replica: Replica, keep: Op): void {
  replica.isRewriting = true;
  log(replica, "warn", "tail-set-aside", { keep, last: replica.tail.lastOp });
  emit(replica, { kind: "truncate", ...branchBehind(replica, keep) });
}

/** What lies behind `keep`, as it is set aside. */
export function branchBehind(replica: Replica, keep: Op): Branch {
  const ballot = newestBallot(replica);
  return { keep, ballot, confirmed: confirmedAtMost(replica) };
}

/**
 * Who led the branch to its end knows what it has not confirmed, of the views that it has led since
 * it was started. What it found when it began to lead may all have been confirmed before.
 */
function confirmedAtMost({ config, views, incarnationAtStart, committed, tail }: Replica): Op {
  const isOwn = ({ primary, members, incarnations }: View): boolean => {
    const life = incarnations[members.indexOf(config.id)] ?? 0;
    return primary === config.id && life >= incarnationAtStart;
  };
  const lastOfOthers = views.findLastIndex((view) => !isOwn(view));
  const firstOwn = views[lastOfOthers + 1];
  if (firstOwn === undefined) return tail.lastOp;
  return asOp(Math.max(committed, firstOwn.startOp - 1));
}

/** The tail is aside, the log ends at `keep`. */
export function onCut(replica: Replica, end: LogEnd): void {
  const keep = end.lastOp;
  resetTail(replica.tail, end);
  replica.views = replica.views.filter((view) => view.startOp <= keep);
  replica.since = noBallot;
  if (!replica.views.some((view) => view.ballot === replica.active)) replica.active = noBallot;
  if (replica.committed > keep) replica.committed = keep;
  if (replica.applied > keep) replica.applied = keep;
  if (isNormal(replica)) becomeRecovering(replica, "history-cut");
  replica.isRewriting = false;
  if (replica.feed !== null) {
    replica.feed = { ...replica.feed, fits: true };
    replica.acknowledgeDue = true;
  }
  if (replica.proposal?.phase === "fetching") replica.proposal.fetchDue = true;
}

/** The history cannot be cut there: only a base image of the sender's helps. */
export function onCutImpossible(replica: Replica): void {
  const { feed } = replica;
  replica.isRewriting = false;
  if (replica.proposal !== null) {
    abandon(replica, "the own history cannot be cut so far back");
    replica.retryAtMs = replica.now.nowMs + tooFarBehindMs;
  }
  if (feed === null) return;
  const { promised } = replica;
  const { lastOp } = replica.tail;
  const reason = "image";
  const message = { type: "rejected", ballot: feed.ballot, promised, lastOp, reason } as const;
  emit(replica, { kind: "send", to: feed.from, message });
}

/** Views among received records become history, and membership where they were promised. */
export function noteViews(replica: Replica, batch: Batch): void {
  for (let op = batch.firstOp; op <= batch.lastOp; op = asOp(op + 1)) {
    if (isViewAt(batch, op)) installView(replica, batch, op);
  }
}

/** Whether the views among received records are newer than those before them. */
export function viewsFollow(replica: Replica, batch: Batch): boolean {
  let before = newestBallot(replica);
  for (const { ballot, command } of batch.records ?? []) {
    if (command.type !== "view") continue;
    if (ballot <= before) return false;
    before = ballot;
  }
  return true;
}

/** A view's record has been appended: history for everybody, membership for who promised it. */
export function installView(replica: Replica, batch: Batch, op: Op): void {
  const record = decodeRecordAt(batch, op);
  if ("ok" in record || record.command.type !== "view") {
    log(replica, "error", "bad-view-record", { op });
    return;
  }
  const { primary, verified, parent, parentActive, members, incarnations } = record.command;
  const view: View = {
    ballot: record.ballot,
    startOp: op,
    primary,
    verified,
    parent,
    parentActive,
    members,
    incarnations,
  };
  replica.views.push(view);
  if (parentActive) noteOlderActive(replica, parent);
  outgrowOldLife(replica, view);
  const at = view.members.indexOf(replica.config.id);
  const mine = at >= 0 && view.incarnations[at] === replica.incarnation;
  if (!mine || view.ballot !== replica.promised) {
    if (isNormal(replica)) becomeRecovering(replica, "left-out");
    return;
  }
  becomeMember(replica, view);
}

/**
 * The number of this life was drawn from the clock, since the folder was lost, and the clock had
 * been set back: others hold that number for dead. The history tells the first one that was never
 * used: none that stands in a view that this life did not promise. (Before it had stored that, this
 * server may have started anew, in a later life: so one of the folder before need not lie ahead.)
 */
export function outgrowOldLife(replica: Replica, view: View): void {
  const before = view.incarnations[view.members.indexOf(replica.config.id)] ?? 0;
  const { incarnation, hasBeenMember, promisedInLife } = replica;
  if (before < incarnation) {
    if (!isOfFolderBefore(view, replica.config.id, replica)) return;
    replica.born = incarnation;
    return emit(replica, { kind: "persist", meta: metaOf(replica) });
  }
  if (before === incarnation && (hasBeenMember || promisedInLife.has(view.ballot))) return;
  replica.born = asIncarnation(before + 1);
  beginNewLife(replica, before);
}

/**
 * Its life there could be one of this folder, which never promised that view: whoever becomes a
 * member has the promise on the disk before.
 */
export function isOfFolderBefore(
  { members, incarnations, ballot }: View,
  id: ServerId,
  { born, promised }: Pick<Meta, "born" | "promised">,
): boolean {
  return (incarnations[members.indexOf(id)] ?? 0) >= born && ballot > promised;
}

/** What is said of the life before, and what this server has heard of others, is over with it. */
export function beginNewLife(replica: Replica, before: number): void {
  replica.incarnation = asIncarnation(before + 1);
  replica.hasBeenMember = false;
  replica.promising = null;
  releaseFromPromises(replica);
  dropLeases(replica);
  for (const peer of replica.peers.values()) peer.saidDead = 0;
  log(replica, "info", "new-life", { incarnation: replica.incarnation });
  emit(replica, { kind: "persist", meta: metaOf(replica) });
}

/** What it has promised so far says no more whom it may grant what. */
function releaseFromPromises(replica: Replica): void {
  replica.promisedInLife.clear();
  replica.promisedTo = null;
  replica.comesInUntilMs = Number.NEGATIVE_INFINITY;
}

/** From here on this server is a member of the view, up without a break. */
function becomeMember(replica: Replica, view: View): void {
  replica.status = "normal";
  replica.hasBeenMember = true;
  releaseFromPromises(replica);
  replica.isForgetful = false;
  if (replica.since === noBallot) replica.since = view.ballot;
  // It is given as much time to become active as any other: what was wanted before is past.
  replica.wanted = null;
  replica.excluding = null;
  replica.precedence = null;
  log(replica, "info", "view-installed", {
    view: roundOf(view.ballot),
    members: view.members.join(","),
  });
  emit(replica, { kind: "status" });
  beatAll(replica);
}

export function onActivate(replica: Replica, message: MessageOf<"activate">): void {
  const view = currentView(replica);
  if (view === undefined || view.ballot !== message.ballot || !isNormal(replica)) return;
  noteActive(replica, view.ballot);
}

/** All of the view hold its record durably: it is active, and its primary may begin. */
export function noteActive(replica: Replica, ballot: Ballot): void {
  const view = currentView(replica);
  if (view === undefined || view.ballot !== ballot || replica.active === ballot) return;
  if (!isNormal(replica)) return;
  replica.active = ballot;
  replica.wanted = null;
  replica.proposalsInVain = 0;
  if (replica.feed?.ballot === ballot) replica.feed = null;
  emit(replica, { kind: "status" });
  log(replica, "info", "view-active", { view: roundOf(ballot), primary: view.primary });
  if (view.primary !== replica.config.id) beat(replica, peerOf(replica, view.primary));
}

/** After being left out, a cut, or standing down: votes for nothing until a view takes it in. */
export function becomeRecovering(replica: Replica, reason: string): void {
  if (replica.status !== "normal") return;
  replica.status = "recovering";
  replica.since = noBallot;
  replica.proposal = null;
  replica.followers.clear();
  replica.idleSinceMs = replica.now.nowMs;
  for (const peer of replica.peers.values()) peer.provenDead = 0;
  log(replica, "warn", "recovering", { reason });
  emit(replica, { kind: "status" });
}

/** After a resignation, in a new life: the old incarnation stays dead by its own word. */
export function rejoin(replica: Replica): void {
  if (replica.status !== "resigned") return;
  beginNewLife(replica, replica.incarnation);
  replica.status = "recovering";
  replica.feed = null;
  replica.isSucceeded = false;
  replica.precedence = null;
  replica.excluding = null;
  replica.idleSinceMs = replica.now.nowMs;
  log(replica, "info", "rejoining", { incarnation: replica.incarnation });
  emit(replica, { kind: "status" });
}

function noteOlderActive(replica: Replica, ballot: Ballot): void {
  if (ballot > replica.active) replica.active = ballot;
}
