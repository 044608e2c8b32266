// Feeding records to other servers: members of the view that this server leads or starts, and
// joiners. One stream each, live and past alike: what lies behind `sentOp` is sent from memory or
// from the disk while the window has room. Only a member's `prepared` counts towards a commit.

import type { Ballot, Op, ServerId } from "../base/ids.ts";
import { catchUpChunkBytes, catchUpChunksInFlight } from "../base/limits.ts";
import type { Batch } from "../wire/batch.ts";
import type { MessageOf } from "../wire/messages.ts";
import { tailBehind } from "./logTail.ts";
import type { Follower, Replica } from "./state.ts";
import { emit, peerOf } from "./state.ts";

export function addFollower(
  replica: Replica,
  spec: {
    readonly id: ServerId;
    readonly ballot: Ballot;
    readonly joiner: boolean;
    /** What it has in common with our log. */
    readonly common: Op;
    readonly lastOp: Op;
  },
): void {
  const { id, ballot, joiner, common, lastOp } = spec;
  replica.followers.set(id, {
    id,
    ballot,
    joiner,
    phase: lastOp > common ? "cutting" : "stream",
    sentOp: common,
    takenOp: common,
    appliedOp: 0 as Op,
    sinceMs: replica.now.nowMs,
    preparedOp: 0 as Op,
    inFlight: [],
    inFlightBytes: 0,
    askedToResignMs: Number.NEGATIVE_INFINITY,
  });
}

/** Tells it what to keep, and begins. */
export function startFollower(replica: Replica, follower: Follower): void {
  const message: MessageOf<"keep"> = {
    type: "keep",
    ballot: follower.ballot,
    op: follower.sentOp,
    committed: replica.committed,
    cluster: replica.cluster,
  };
  emit(replica, { kind: "send", to: follower.id, message });
  pump(replica, follower);
}

export function pumpAll(replica: Replica): void {
  for (const follower of replica.followers.values()) pump(replica, follower);
}

/** Sends what lies behind `sentOp` while the window has room. */
export function pump(replica: Replica, follower: Follower): void {
  const windowBytes = catchUpChunkBytes * catchUpChunksInFlight;
  if (!peerOf(replica, follower.id).up) return;
  while (follower.phase === "stream" && follower.sentOp < replica.tail.lastOp) {
    if (follower.inFlightBytes > windowBytes) return;
    const batch = tailBehind(replica.tail, follower.sentOp);
    if (batch === null) {
      // Neither in memory nor on the disk yet: what becomes durable pumps again.
      if (follower.sentOp >= replica.tail.durableOp) return;
      follower.phase = "reading";
      emit(replica, { kind: "read", peer: follower.id, after: follower.sentOp });
      return;
    }
    sendBatch(replica, follower, batch);
  }
}

/** Records from the disk; "compacted": only a base image reaches that far back. */
export function onRecords(
  replica: Replica,
  follower: Follower,
  batch: Batch | "compacted" | null,
): void {
  if (follower.phase !== "reading") return;
  if (batch === "compacted") return sendImageTo(replica, follower);
  follower.phase = "stream";
  if (batch !== null && batch.firstOp === follower.sentOp + 1) sendBatch(replica, follower, batch);
  pump(replica, follower);
}

export function sendImageTo(replica: Replica, follower: Follower): void {
  follower.phase = "image";
  follower.inFlight.length = 0;
  follower.inFlightBytes = 0;
  emit(replica, { kind: "sendImage", peer: follower.id, ballot: follower.ballot });
}

/** It holds everything through `op`; `member`: and says so as a member of the view. */
export function onTaken(
  replica: Replica,
  follower: Follower,
  taken: { readonly op: Op; readonly member: boolean },
): void {
  if (replica.proposal !== null) replica.proposal.progressMs = replica.now.nowMs;
  if (taken.op > follower.takenOp) follower.takenOp = taken.op;
  if (taken.member && taken.op > follower.preparedOp) follower.preparedOp = taken.op;
  while (follower.inFlight.length > 0) {
    const first = follower.inFlight[0];
    if (first === undefined || first.op > taken.op) break;
    follower.inFlightBytes -= first.bytes;
    follower.inFlight.shift();
  }
  if (follower.phase === "cutting") follower.phase = "stream";
  pump(replica, follower);
}

/** There is a new link: what went over the old one may be lost, and what to keep as well. */
export function resume(replica: Replica, follower: Follower): void {
  if (replica.proposal?.phase !== "starting") return rewind(replica, follower, follower.takenOp);
  follower.inFlight.length = 0;
  follower.inFlightBytes = 0;
  follower.sentOp = follower.takenOp;
  if (follower.phase === "reading") follower.phase = "stream";
  startFollower(replica, follower);
}

/** It reports a gap: all behind `op` is sent again. */
export function rewind(replica: Replica, follower: Follower, op: Op): void {
  follower.inFlight.length = 0;
  follower.inFlightBytes = 0;
  if (follower.phase === "reading" || follower.phase === "stream") {
    follower.sentOp = op;
    follower.phase = "stream";
  }
  pump(replica, follower);
}

function sendBatch(replica: Replica, follower: Follower, batch: Batch): void {
  const message: MessageOf<"prepare"> = {
    type: "prepare",
    ballot: follower.ballot,
    firstOp: batch.firstOp,
    chainBefore: batch.chainBefore,
    committed: replica.committed,
    count: batch.ends.length,
  };
  emit(replica, { kind: "sendRecords", to: follower.id, message, batch });
  follower.sentOp = batch.lastOp;
  const { lastOp: op, bytes } = batch;
  follower.inFlight.push({ op, bytes: bytes.length, sentMs: replica.now.nowMs });
  follower.inFlightBytes += batch.bytes.length;
}
