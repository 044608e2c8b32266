// Comparing histories (REPLICATION §5): where two part, and which is the better one. A history is
// known by its views and its length, since within one ballot one primary numbers the ops.
// Wall time plays no part.

import type { Ballot, Op, ServerId } from "../base/ids.ts";
import { asOp, noBallot, noOp } from "../base/ids.ts";
import type { History, View } from "./types.ts";

/** The last op that both histories share; 0 when they share none. */
export function forkPoint(a: History, b: History): Op {
  const count = Math.min(a.views.length, b.views.length);
  let shared = 0;
  while (shared < count && isSame(a.views[shared] as View, b.views[shared] as View)) shared += 1;
  if (shared === 0) return noOp;
  return asOp(Math.min(endOfView(a, shared - 1), endOfView(b, shared - 1)));
}

/** Whether it can be one: its views follow one another, and the last one's record is in it. */
export function isHistory({ views, lastOp }: History): boolean {
  for (let at = 1; at < views.length; at += 1) {
    const [before, view] = [views[at - 1] as View, views[at] as View];
    if (view.ballot <= before.ballot || view.startOp <= before.startOp) return false;
  }
  return (views[views.length - 1]?.startOp ?? 0) <= lastOp;
}

/**
 * A server that was wiped, and founds anew before it meets anybody, begins with the same ballots,
 * but in another life.
 */
function isSame(view: View, other: View): boolean {
  if (view === other) return true;
  if (view.ballot !== other.ballot || view.startOp !== other.startOp) return false;
  const { incarnations } = view;
  if (incarnations.length !== other.incarnations.length) return false;
  for (let at = 0; at < incarnations.length; at += 1) {
    if (incarnations[at] !== other.incarnations[at]) return false;
  }
  return true;
}

/**
 * Whether `a` is better than `b`: a prefix loses to its extension; at a fork the higher last ballot
 * of the verified parts wins, then the longer; if both are empty, the same of the whole branches.
 */
export function isBetter(a: History, b: History, configured: readonly ServerId[]): boolean {
  const fork = forkPoint(a, b);
  if (fork === b.lastOp) return a.lastOp > b.lastOp;
  if (fork === a.lastOp) return false;
  const endA = verifiedEnd(a, fork, configured);
  const endB = verifiedEnd(b, fork, configured);
  if (endA === fork && endB === fork) {
    return isFurther(a, { end: a.lastOp, other: b, otherEnd: b.lastOp });
  }
  return isFurther(a, { end: endA, other: b, otherEnd: endB });
}

/** The newest view whose record lies within the history; undefined before the first. */
export function lastView(history: History): View | undefined {
  return history.views[history.views.length - 1];
}

/** The highest life in which the server is a member of any view; 0 where it is of none. */
export function lastLifeIn(views: readonly View[], id: ServerId): number {
  return views.reduce((last, { members, incarnations }) => {
    return Math.max(last, incarnations[members.indexOf(id)] ?? 0);
  }, 0);
}

/** The ballot under which `op` was numbered. */
function ballotAt(history: History, op: Op): Ballot {
  let ballot = noBallot;
  for (const view of history.views) {
    if (view.startOp > op) break;
    ballot = view.ballot;
  }
  return ballot;
}

/**
 * Whether nothing may be missing: everybody who was left out by an unverified view has come back
 * since (and has been compared, see joining). `configured` stands for the servers before the first,
 * and for those of a view that left out nobody: who was in it had forgotten, so all are waited for.
 */
export function isVerified(views: readonly View[], configured: readonly ServerId[]): boolean {
  return views.every((view, at) => view.verified || isMadeGood(views, at, configured));
}

/** The same of one unverified view; where it is not said who is configured: what is certain. */
function isMadeGood(
  views: readonly View[],
  at: number,
  configured: readonly ServerId[] | null,
): boolean {
  const before = views[at - 1]?.members ?? configured;
  const isMissed = before?.some((id) => views[at]?.members.includes(id) === false) === true;
  const awaited = isMissed ? before : configured;
  if (awaited === null) return false;
  return awaited.every((id) => views.slice(at).some(({ members }) => members.includes(id)));
}

/** Founded while others were missing, or not at all yet: it may meet another cluster (§6). */
export function isApart(views: readonly View[]): boolean {
  return views[0]?.verified !== true;
}

function isFurther(
  a: History,
  ends: { readonly end: Op; readonly other: History; readonly otherEnd: Op },
): boolean {
  const ballot = ballotAt(a, ends.end);
  const otherBallot = ballotAt(ends.other, ends.otherEnd);
  return ballot === otherBallot ? ends.end > ends.otherEnd : ballot > otherBallot;
}

/**
 * The end of the branch's verified part: all of it where everybody who was left out by an
 * unverified view has come back since, else up to the first of those. (Part of them is not enough:
 * who came back may have forgotten, as a later one of those views says then.) Whom the founding
 * missed had nothing: once all have been members it counts, and what all held may stand in base
 * images alone, which no merge brings back.
 */
function verifiedEnd({ views, lastOp }: History, fork: Op, configured: readonly ServerId[]): Op {
  const isUnverified = ({ startOp, verified }: View, at: number): boolean => {
    if (startOp <= fork || verified) return false;
    return at > 0 || !isMadeGood(views, at, configured);
  };
  const first = views.find(isUnverified);
  if (first === undefined) return lastOp;
  const isGood = views.every((view, at) => !isUnverified(view, at) || isMadeGood(views, at, null));
  return isGood ? lastOp : asOp(first.startOp - 1);
}

function endOfView(history: History, at: number): number {
  const next = history.views[at + 1];
  return next === undefined ? history.lastOp : next.startOp - 1;
}
