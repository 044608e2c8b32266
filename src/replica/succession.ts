// The succession rule (REPLICATION §4): who may follow whom, judged on what all of M have promised.
// Checked exhaustively by a model in small bounds; every clause is load-bearing, change the model
// first. Whether grants have run out is not judged here: nobody promises before they have.

import { assert } from "../base/assert.ts";
import type { Ballot, Incarnation, Op, ServerId } from "../base/ids.ts";
import { isBetter, lastView } from "./histories.ts";
import type { History, Proof, View } from "./types.ts";

/** What a server answers when it promises. */
export interface PromiseInfo {
  readonly server: ServerId;
  readonly incarnation: Incarnation;
  /** The first life of its folder: it was wiped, or is new, since the lives before it. */
  readonly born: Incarnation;
  readonly history: History;
  readonly normal: boolean;
  /** First view that this incarnation has installed without a break since; 0 for none. */
  readonly since: Ballot;
  /** Newest view that it knows to have been active. */
  readonly active: Ballot;
  /** First-hand proofs of death. */
  readonly proofs: readonly Proof[];
}

export type Succession =
  /** M follows V; `verified` as the rule says. */
  | { readonly kind: "verified" }
  /** Only after the wait, marked unverified. */
  | { readonly kind: "unverified" }
  /** These of M may not take part: ask again without them, they join later. */
  | { readonly kind: "outside"; readonly outsiders: readonly ServerId[] };

/** The promise whose history is the best among M; of equals the first. */
export function bestPromise(
  promises: readonly PromiseInfo[],
  configured: readonly ServerId[],
): PromiseInfo {
  let best = promises[0];
  assert(best !== undefined, "nobody has promised");
  for (const promise of promises) {
    if (isBetter(promise.history, best.history, configured)) best = promise;
  }
  return best;
}

/**
 * Judges M = the promisers as successors of the best history among them. M lies within the newest
 * view, or is everybody of all views that it has to satisfy: then nobody is left who could hold
 * more. Who were only on their way into it, all of them, go on unverified.
 */
export function judgeSuccession(
  promises: readonly PromiseInfo[],
  configured: readonly ServerId[],
): Succession {
  const base = bestPromise(promises, configured).history;
  const newest = lastView(base);
  assert(newest !== undefined, "founding is not succession");
  const servers = promises.map((promise) => promise.server);
  const older = servers.filter((server) => !newest.members.includes(server));
  if (older.length === servers.length) return { kind: "unverified" };
  if (older.length > 0) {
    const everybody = everybodyOf(base, promises);
    const outsiders = servers.filter((server) => !everybody.has(server));
    if (outsiders.length > 0) return { kind: "outside", outsiders };
    if (servers.length < everybody.size) return { kind: "outside", outsiders: older };
  }
  return follows(base, promises) ? { kind: "verified" } : { kind: "unverified" };
}

/** The members of every view from the newest back to the newest known active one. */
export function everybodyOf(
  base: History,
  promises: readonly PromiseInfo[],
): ReadonlySet<ServerId> {
  return new Set(viewsToSatisfy(base, promises).flatMap(({ members }) => members));
}

/** Judges a join: M ∩ X against each view X back to the newest known active. */
export function joinFollows(
  promises: readonly PromiseInfo[],
  configured: readonly ServerId[],
): boolean {
  return follows(bestPromise(promises, configured).history, promises);
}

/** Majority mode: more than half of all configured servers; restarted ones count. */
export function isMajority(count: number, configured: number): boolean {
  return count * 2 > configured;
}

/** The fewest that are one. */
export function majorityOf(configured: number): number {
  return Math.floor(configured / 2) + 1;
}

/**
 * Majority mode: how many of M have been members of the best history with the folder they have now.
 * Whoever was taken in by a majority that had promised after that folder was made knows what the
 * folder before it did; of anybody else it is not known whether there was one.
 */
export function countRemembering(
  promises: readonly PromiseInfo[],
  configured: readonly ServerId[],
): number {
  const { views } = bestPromise(promises, configured).history;
  return promises.filter((promise) => views.some((view) => remembers(view, promise))).length;
}

/** Who of M was a member of a view that M must satisfy, and has lost its folder since. */
export function whoForgot(
  promises: readonly PromiseInfo[],
  configured: readonly ServerId[],
): readonly ServerId[] {
  const views = viewsToSatisfy(bestPromise(promises, configured).history, promises);
  const forgetful = promises.filter((promise) => {
    const named = views.filter(({ members }) => members.includes(promise.server));
    return named.some((view) => !remembers(view, promise));
  });
  return forgetful.map(({ server }) => server);
}

/**
 * Somebody whom an unverified view had left out comes back in M with another folder than it had:
 * what it knew of those days is lost, so that its return proves nothing (see `isVerified`).
 */
export function bringsNothingBack({ views }: History, promises: readonly PromiseInfo[]): boolean {
  return views.some((view, at) => {
    const before = views[at - 1];
    if (view.verified || before === undefined) return false;
    return promises.some((promise) => {
      const isAwaited = before.members.includes(promise.server) && !remembers(before, promise);
      return isAwaited && !views.slice(at).some(({ members }) => members.includes(promise.server));
    });
  });
}

/** Every view from the newest back to the newest known active one is satisfied. */
function follows(base: History, promises: readonly PromiseInfo[]): boolean {
  return viewsToSatisfy(base, promises).every((view) => satisfies(view, promises));
}

function viewsToSatisfy(base: History, promises: readonly PromiseInfo[]): readonly View[] {
  const active = base.views.findLastIndex((view) => isKnownActive(view, promises));
  return base.views.slice(Math.max(0, active));
}

/**
 * The rule against one view X. Who has forgotten it counts as any other that is missing; so does
 * who does not hold it any more though it was active: the end of its log has rotted away, as if it
 * had never been written, and what it did behind that view is lost with it.
 */
function satisfies(view: View, promises: readonly PromiseInfo[]): boolean {
  const witnesses = promises.filter((promise) => remembers(view, promise));
  const upSince = witnesses.filter((promise) => hasBeenUpSince(view, promise));
  const dead = provenDead(view, upSince);
  const speakers = view.members.filter((member) => !dead.has(member));
  const wasActive = isKnownActive(view, promises);
  const vouching = witnesses.filter(({ history }) => !wasActive || holds(view, history));
  const promised = new Set(vouching.map((promise) => promise.server));
  if (speakers.every((member) => promised.has(member))) return true;
  const voters = upSince.map((promise) => promise.server).filter((id) => !dead.has(id));
  if (voters.length * 2 > speakers.length) return true;
  const lowest = speakers[0] as ServerId;
  return voters.length * 2 === speakers.length && voters.includes(lowest);
}

/**
 * A member of the view, in a life of the folder that it has now. What the folder before did in that
 * view, or after it, is lost: records that came from others since do not bring it back. (A clock
 * that was set back may have given the new folder a number below the old one's.)
 */
function remembers(view: View, { server, born, incarnation }: PromiseInfo): boolean {
  const life = view.incarnations[view.members.indexOf(server)];
  return life !== undefined && born <= life && life <= incarnation;
}

/** Of a member that remembers it. */
function hasBeenUpSince(view: View, promise: PromiseInfo): boolean {
  if (!holds(view, promise.history)) return false;
  return promise.since !== 0 && promise.since <= view.ballot;
}

/** Members proven dead by somebody who has been up since, in the view's incarnation or later. */
function provenDead(view: View, upSince: readonly PromiseInfo[]): ReadonlySet<ServerId> {
  const dead = new Set<ServerId>();
  for (const { proofs } of upSince) {
    for (const { server, incarnation } of proofs) {
      const at = view.members.indexOf(server);
      if (at >= 0 && incarnation >= (view.incarnations[at] as Incarnation)) dead.add(server);
    }
  }
  return dead;
}

/**
 * A member of M recorded it so, a later view says so, or all its members are in M and hold it (with
 * the folders they had: whoever got it since need not have had it then).
 */
export function isKnownActive(view: View, promises: readonly PromiseInfo[]): boolean {
  if (promises.some((promise) => recordsActive(view, promise))) return true;
  return view.members.every((member) => {
    const promise = promises.find(({ server }) => server === member);
    return promise !== undefined && remembers(view, promise) && holds(view, promise.history);
  });
}

function recordsActive(view: View, promise: PromiseInfo): boolean {
  const { views, lastOp } = promise.history;
  const at = views.findIndex((other) => other.ballot === view.ballot);
  if (at < 0) return false;
  if (promise.active === view.ballot) return true;
  const next = views[at + 1];
  if (next === undefined) return hasOps(view, lastOp);
  return next.parentActive || hasOps(view, (next.startOp - 1) as Op);
}

/** A primary appends nothing to a view that is not active. */
function hasOps(view: View, end: Op): boolean {
  return end > view.startOp;
}

function holds(view: View, history: History): boolean {
  return history.views.some((other) => other.ballot === view.ballot);
}
