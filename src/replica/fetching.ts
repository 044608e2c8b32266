// How a proposer gets the history it has decided to follow: cuts its own tail where that diverges,
// then asks the holder for one chunk after the other. The holder has promised, so its log stands
// still meanwhile.

import type { Op, ServerId } from "../base/ids.ts";
import { tooFarBehindMs } from "../base/limits.ts";
import type { Batch } from "../wire/batch.ts";
import type { MessageOf } from "../wire/messages.ts";
import { lastAtUsOf } from "../wire/record.ts";
import { forkPoint } from "./histories.ts";
import { appendToTail, tailBehind } from "./logTail.ts";
import { cutTail, noteViews, viewsFollow } from "./membership.ts";
import { abandon } from "./proposing.ts";
import { startView } from "./starting.ts";
import type { Replica } from "./state.ts";
import { emit, log, ownHistory } from "./state.ts";

/** The next step towards the base: cut, fetch, or begin. */
export function fetchBase(replica: Replica): void {
  const { proposal, tail } = replica;
  const promise = proposal?.base?.promise;
  if (proposal === null || promise === undefined || !proposal.fetchDue) return;
  proposal.fetchDue = false;
  if (promise.server === replica.config.id) return startView(replica);
  const { views, lastOp } = promise.history;
  const common = forkPoint(ownHistory(replica), { views, lastOp });
  if (tail.lastOp > common) return cutTail(replica, common);
  if (tail.lastOp === lastOp) return startView(replica);
  const message: MessageOf<"fetch"> = {
    type: "fetch",
    ballot: proposal.ballot,
    after: tail.lastOp,
    chain: tail.lastChain,
  };
  emit(replica, { kind: "send", to: promise.server, message });
}

/** Records from the holder; the next chunk is asked for at once. */
export function onFetched(
  replica: Replica,
  from: ServerId,
  message: MessageOf<"prepare">,
  batch: Batch,
): void {
  const { proposal, tail } = replica;
  if (proposal === null || proposal.phase !== "fetching") return;
  if (proposal.base?.promise.server !== from || proposal.ballot !== message.ballot) return;
  const lastAtUs = lastAtUsOf(batch);
  const fits = batch.firstOp === tail.lastOp + 1 && batch.chainBefore === tail.lastChain;
  if (!fits || lastAtUs <= tail.lastAtUs || !viewsFollow(replica, batch)) {
    log(replica, "error", "fetched-records-do-not-fit", { from, op: batch.firstOp });
    return abandon(replica, "fetched records do not fit");
  }
  appendToTail(tail, batch, lastAtUs);
  emit(replica, { kind: "append", batch });
  noteViews(replica, batch);
  proposal.fetchDue = true;
}

/** The holder's side: from memory, else from the disk. */
export function onFetch(replica: Replica, from: ServerId, message: MessageOf<"fetch">): void {
  if (message.ballot !== replica.promised || message.after >= replica.tail.lastOp) return;
  const batch = tailBehind(replica.tail, message.after);
  if (batch !== null) return sendFetched(replica, from, batch);
  emit(replica, { kind: "read", peer: from, after: message.after });
}

export function onFetchedFromDisk(
  replica: Replica,
  to: ServerId,
  batch: Batch | "compacted" | null,
): void {
  if (batch !== "compacted" && batch !== null) return sendFetched(replica, to, batch);
  const { promised: ballot } = replica;
  const reason = "what is asked for is in the base image only";
  emit(replica, { kind: "send", to, message: { type: "fetchFailed", ballot, reason } });
}

/** This server is too far behind to lead: somebody else of the members is to propose. */
export function onFetchFailed(replica: Replica, message: MessageOf<"fetchFailed">): void {
  if (replica.proposal?.ballot !== message.ballot) return;
  abandon(replica, message.reason);
  replica.retryAtMs = replica.now.nowMs + tooFarBehindMs;
}

function sendFetched(replica: Replica, to: ServerId, batch: Batch): void {
  const message: MessageOf<"prepare"> = {
    type: "prepare",
    ballot: replica.promised,
    firstOp: batch.firstOp,
    chainBefore: batch.chainBefore,
    committed: 0 as Op,
    count: batch.ends.length,
  };
  emit(replica, { kind: "sendRecords", to, message, batch });
}
