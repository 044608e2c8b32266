// Normal operation (REPLICATION §2): the primary appends and sends, members make durable and say
// so, what is durable on all of the view is committed. Nobody confirms, applies or acknowledges
// anything in any other way.

import { assert } from "../base/assert.ts";
import type { Op, ServerId } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { batchBytesMax, batchRecordsMax } from "../base/limits.ts";
import type { Batch } from "../wire/batch.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { CommandBytes } from "../wire/record.ts";
import { batchBehind, buildBatch, lastAtUsOf } from "../wire/record.ts";
import { onTaken, pumpAll, rewind, sendImageTo } from "./followers.ts";
import { areMutual } from "./mutualLeases.ts";
import { appendToTail } from "./logTail.ts";
import { noteActive, noteViews, viewsFollow } from "./membership.ts";
import { abandon } from "./proposing.ts";
import type { Replica } from "./state.ts";
import { currentView, emit, isActive, isLeading, isNormal, log } from "./state.ts";
import { othersOf, peerOf } from "./state.ts";

/** The primary numbers the commands, journals them and sends them to everybody. */
export function onCommands(replica: Replica, commands: readonly CommandBytes[]): void {
  assert(isLeading(replica), "only a leading primary takes commands");
  const view = currentView(replica);
  assert(view !== undefined, "a leader has a view");
  let from = 0;
  while (from < commands.length) {
    const to = chunkEnd(commands, from);
    const chunk = from === 0 && to === commands.length ? commands : commands.slice(from, to);
    const { batch, lastAtUs } = buildBatch(
      {
        ballot: view.ballot,
        firstOp: asOp(replica.tail.lastOp + 1),
        atUsBefore: replica.tail.lastAtUs,
        chainBefore: replica.tail.lastChain,
        wallUs: replica.now.wallUs,
      },
      chunk,
    );
    appendToTail(replica.tail, batch, lastAtUs);
    pumpAll(replica);
    emit(replica, { kind: "append", batch });
    from = to;
  }
}

/** A member (live) or somebody catching up (feed) gets records. */
export function onPrepare(
  replica: Replica,
  from: ServerId,
  message: MessageOf<"prepare">,
  batch: Batch,
): void {
  const refusal = whyNot(replica, from, message);
  if (refusal === "rewriting") return;
  if (refusal !== null) return reject(replica, from, { message, reason: refusal });
  if (batch.firstOp > replica.tail.lastOp + 1) {
    return reject(replica, from, { message, reason: "gap" });
  }
  if (batch.lastOp > replica.tail.lastOp) {
    const news = batchBehind(batch, replica.tail.lastOp);
    if (news.chainBefore !== replica.tail.lastChain) {
      log(replica, "error", "chain-mismatch", { from, op: news.firstOp });
      return reject(replica, from, { message, reason: "chain" });
    }
    if (!appendReceived(replica, from, news)) return;
  } else {
    replica.acknowledgeDue = true;
  }
  const view = currentView(replica);
  if (view?.ballot === message.ballot && replica.tail.lastOp > view.startOp) {
    noteActive(replica, view.ballot);
  }
  // The chain fits, so what the sender has committed is the same here, as far as it has come.
  advance(replica, asOp(Math.min(message.committed, replica.tail.lastOp)));
}

/** The primary has committed this much, so all members hold it; nobody applies beyond it. */
export function learnCommitted(replica: Replica, committed: Op): void {
  if (!isActive(replica)) return;
  advance(replica, asOp(Math.min(committed, replica.tail.lastOp)));
}

/** What this server holds is all of the sender's history, and so much of that is committed. */
export function learnFed(replica: Replica, from: ServerId, keep: MessageOf<"keep">): void {
  const { feed, tail, isRewriting } = replica;
  if (isNormal(replica) || isRewriting || feed?.from !== from) return;
  if (feed.ballot !== keep.ballot || tail.lastOp > keep.op) return;
  advance(replica, asOp(Math.min(keep.committed, tail.lastOp)));
}

export function onPrepared(
  replica: Replica,
  from: ServerId,
  message: MessageOf<"prepared"> | MessageOf<"caughtUp">,
): void {
  const follower = replica.followers.get(from);
  if (follower === undefined || follower.ballot !== message.ballot) return;
  if (message.type === "caughtUp") follower.appliedOp = message.applied;
  onTaken(replica, follower, { op: message.op, member: message.type === "prepared" });
}

/** Why it was not appended: behind → sent again; superseded → the tick finds a way on. */
export function onRejected(replica: Replica, from: ServerId, message: MessageOf<"rejected">): void {
  if (message.promised > replica.seenBallot) replica.seenBallot = message.promised;
  const follower = replica.followers.get(from);
  if (follower === undefined || follower.ballot !== message.ballot) return;
  if (message.reason === "gap") return rewind(replica, follower, message.lastOp);
  if (message.reason === "image" || (message.reason === "chain" && follower.joiner)) {
    return sendImageTo(replica, follower);
  }
  log(replica, "warn", "records-rejected", { peer: from, reason: message.reason });
  if (replica.proposal?.phase === "starting" && !follower.joiner) {
    return abandon(replica, `server ${from} does not take it: ${message.reason}`);
  }
  if (message.reason !== "promised") replica.followers.delete(from);
}

export function onDurable(replica: Replica, op: Op): void {
  assert(op <= replica.tail.lastOp, "nothing is durable that was not appended");
  if (op <= replica.tail.durableOp) return;
  replica.tail.durableOp = op;
  replica.acknowledgeDue = true;
  pumpAll(replica);
}

/** Whoever feeds this server hears of it: until then it is not taken in. */
export function onApplied(replica: Replica, op: Op): void {
  replica.applied = op;
  if (replica.feed !== null && !isNormal(replica)) replica.acknowledgeDue = true;
}

/** Commits what is durable on every member of the view, once all hold leases from one another. */
export function tryCommit(replica: Replica): void {
  const view = currentView(replica);
  if (view === undefined || !isLeading(replica)) return;
  if (view.members.length < replica.config.minCopies) return;
  if (replica.mutual !== view.ballot) {
    if (!areMutual(replica, view)) return;
    replica.mutual = view.ballot;
  }
  let through: Op = replica.tail.durableOp;
  // Of most steps: all that is durable is committed already.
  if (through <= replica.committed) return;
  for (const id of othersOf(replica, view.members)) {
    const prepared = replica.followers.get(id)?.preparedOp ?? (0 as Op);
    if (prepared < through) through = prepared;
  }
  advance(replica, through);
}

function advance(replica: Replica, through: Op): void {
  if (through <= replica.committed) return;
  replica.committed = through;
  emit(replica, { kind: "commit", through });
  const { majority, servers } = replica.config;
  const isWhole = currentView(replica)?.members.length === servers.length && isActive(replica);
  if (isWhole || majority) replica.shared = through;
}

function whyNot(
  replica: Replica,
  from: ServerId,
  message: MessageOf<"prepare">,
): "promised" | "stranger" | "rewriting" | null {
  const { feed } = replica;
  if (replica.isRewriting) return "rewriting";
  if (feed !== null && feed.ballot === message.ballot && feed.from === from) return null;
  const view = currentView(replica);
  if (message.ballot < replica.promised) return "promised";
  if (view === undefined || view.ballot !== message.ballot || view.primary !== from) {
    return "stranger";
  }
  return isNormal(replica) ? null : "stranger";
}

function reject(
  replica: Replica,
  to: ServerId,
  refusal: { readonly message: MessageOf<"prepare">; readonly reason: string },
): void {
  const message: MessageOf<"rejected"> = {
    type: "rejected",
    ballot: refusal.message.ballot,
    promised: replica.promised,
    lastOp: replica.tail.lastOp,
    reason: refusal.reason,
  };
  emit(replica, { kind: "send", to, message });
}

function appendReceived(replica: Replica, from: ServerId, batch: Batch): boolean {
  const lastAtUs = lastAtUsOf(batch);
  if (lastAtUs <= replica.tail.lastAtUs || !viewsFollow(replica, batch)) {
    log(replica, "error", "bad-records", { from, op: batch.firstOp });
    return false;
  }
  appendToTail(replica.tail, batch, lastAtUs);
  emit(replica, { kind: "append", batch });
  noteViews(replica, batch);
  // Something comes of having asked to be fed: that is not to be asked again.
  if (!isNormal(replica)) replica.joinAskedMs = replica.now.nowMs;
  return true;
}

/** Says how far the journal is durable: as a member, or for the flow of the feed alone. */
export function acknowledge(replica: Replica): void {
  replica.acknowledgeDue = false;
  const { durableOp } = replica.tail;
  const view = currentView(replica);
  const { feed } = replica;
  if (isNormal(replica) && view !== undefined && view.ballot === replica.promised) {
    const to = feed?.ballot === view.ballot ? feed.from : view.primary;
    if (to === replica.config.id || durableOp < view.startOp) return;
    const message = { type: "prepared", ballot: view.ballot, op: durableOp } as const;
    if (peerOf(replica, to).up) emit(replica, { kind: "send", to, message });
  } else if (feed !== null && !replica.isRewriting) {
    const { applied } = replica;
    const message = { type: "caughtUp", ballot: feed.ballot, op: durableOp, applied } as const;
    emit(replica, { kind: "send", to: feed.from, message });
  }
}

function chunkEnd(commands: readonly CommandBytes[], from: number): number {
  let bytes = 0;
  let to = from;
  while (to < commands.length && to - from < batchRecordsMax) {
    bytes += (commands[to] as CommandBytes).payload.length;
    if (bytes > batchBytesMax && to > from) break;
    to += 1;
  }
  return to;
}
