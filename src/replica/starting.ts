// From the decision to an active view (REPLICATION §4): the proposer, holding the chosen history,
// appends the view's record, starts it on all of M, and says so when all hold it durably.

import { assert } from "../base/assert.ts";
import type { ServerId } from "../base/ids.ts";
import { asOp, noBallot, roundOf, serverClientId } from "../base/ids.ts";
import { encodePayload, opcodeOf } from "../wire/codec.ts";
import { buildBatch } from "../wire/record.ts";
import { addFollower, startFollower } from "./followers.ts";
import { forkPoint } from "./histories.ts";
import { appendToTail } from "./logTail.ts";
import { installView, noteActive } from "./membership.ts";
import type { Proposal, Replica } from "./state.ts";
import { currentView, emit, isLeading, log, othersOf, ownHistory } from "./state.ts";
import type { PromiseInfo } from "./succession.ts";
import { isKnownActive } from "./succession.ts";
import type { View } from "./types.ts";

/** Once the base history is here: append the view's record and start it on everybody. */
export function startView(replica: Replica): void {
  const { proposal } = replica;
  assert(proposal !== null && proposal.base !== null, "a view is started after it was decided");
  proposal.phase = "starting";
  proposal.progressMs = replica.now.nowMs;
  const view = appendViewRecord(replica, proposal);
  for (const id of othersOf(replica, proposal.members)) {
    const { history } = proposal.promises.get(id) as PromiseInfo;
    const common = forkPoint(ownHistory(replica), history);
    const { ballot } = proposal;
    addFollower(replica, { id, ballot, joiner: false, common, lastOp: history.lastOp });
  }
  for (const follower of replica.followers.values()) startFollower(replica, follower);
  assert(view !== undefined && view.ballot === proposal.ballot, "the proposer is a member");
}

/** All of M hold the record durably: the view is active. */
export function tryActivate(replica: Replica): void {
  const { proposal } = replica;
  if (proposal === null || proposal.phase !== "starting") return;
  if (replica.tail.durableOp < proposal.viewOp) return;
  for (const id of othersOf(replica, proposal.members)) {
    const follower = replica.followers.get(id);
    if (follower === undefined || follower.preparedOp < proposal.viewOp) return;
  }
  const view = currentView(replica);
  assert(view !== undefined && view.ballot === proposal.ballot, "the started view is the newest");
  replica.proposal = null;
  for (const to of othersOf(replica, view.members)) {
    emit(replica, { kind: "send", to, message: { type: "activate", ballot: view.ballot } });
  }
  noteActive(replica, view.ballot);
  if (view.primary !== replica.config.id) replica.followers.clear();
}

/**
 * The primary of a view that is active now: everybody in it holds everything through its record.
 */
export function feedMembers(replica: Replica): void {
  const view = currentView(replica);
  if (view === undefined || !isLeading(replica)) return;
  for (const id of view.members) {
    if (id === replica.config.id || replica.followers.get(id)?.ballot === view.ballot) continue;
    const { startOp: common, ballot } = view;
    addFollower(replica, { id, ballot, joiner: false, common, lastOp: common });
    const follower = replica.followers.get(id);
    if (follower !== undefined) follower.preparedOp = common;
  }
}

function appendViewRecord(replica: Replica, proposal: Proposal): View | undefined {
  const { base, members, ballot, promises } = proposal;
  assert(base !== null, "decided");
  const parent = currentView(replica);
  const ordered = [...members].sort((a, b) => a - b);
  const old = parent?.primary;
  const primary = old !== undefined && ordered.includes(old) ? old : (ordered[0] as ServerId);
  const payload = encodePayload({
    type: "view",
    primary,
    verified: base.verified,
    parent: parent?.ballot ?? noBallot,
    parentActive: parent === undefined || isKnownActive(parent, [...promises.values()]),
    members: ordered,
    incarnations: ordered.map((id) => (promises.get(id) as PromiseInfo).incarnation),
  });
  const { tail } = replica;
  const { batch, lastAtUs } = buildBatch(
    {
      ballot,
      firstOp: asOp(tail.lastOp + 1),
      atUsBefore: tail.lastAtUs,
      chainBefore: tail.lastChain,
      wallUs: replica.now.wallUs,
    },
    [{ client: serverClientId, opcode: opcodeOf("view"), payload }],
  );
  proposal.viewOp = batch.lastOp;
  appendToTail(tail, batch, lastAtUs);
  emit(replica, { kind: "append", batch });
  if (!base.verified)
    log(replica, "warn", "UNVERIFIED", { view: roundOf(ballot), members: ordered.join(",") });
  installView(replica, batch, batch.lastOp);
  return currentView(replica);
}
