// The invariants of replication that can be seen from outside (REPLICATION §9), judged over all
// servers of a cluster and over all time: it remembers what it has seen of every log.
// It trusts a server's word for what is durable; power cuts in the scenarios test that word.

import type { Chain, Op, ServerId } from "../../src/base/ids.ts";
import { isVerified } from "../../src/replica/histories.ts";
import type { View } from "../../src/replica/types.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import { ConfirmedBranch } from "./confirmedBranch.ts";
import { ConfirmedOps } from "./confirmedOps.ts";
import type { Seen } from "./seenHistory.ts";
import { foundingOf, isUnchanged, nothingSeen, sameBranch, wasCut } from "./seenHistory.ts";

export interface HistoryChecker {
  /** Whether `look` would find anything new on this server. */
  isNews(inspection: Inspection): boolean;
  /** Looks at what is new on running servers; whether anything is. Throws on a broken rule. */
  look(running: readonly Inspection[]): boolean;
  /** Equal states at equal points of a history; costs the whole state. */
  lookAtDigest(inspection: Inspection): void;
  /** It starts anew (its promise stays), or its folder was wiped (nothing does). */
  forget(id: ServerId, what: "process" | "disk"): void;
  /** Refusals may be forged, or disks forget: two branches may both count as verified. */
  allowForks(): void;
  /**
   * Of what was confirmed the only copies may be gone. Whoever goes on without them must have said
   * so: what no unverified view lies behind is held as before, until it was said and all are one.
   */
  allowLosses(): void;
  /** Every op that a verified view has confirmed. */
  confirmedOps(): number;
}

type Chains = Map<number, { readonly chain: Chain; readonly by: ServerId }>;

export class BrokenRule extends Error {
  override readonly name = "BrokenRule";
}

export function makeHistoryChecker(configured: readonly ServerId[], minCopies = 1): HistoryChecker {
  const memory: Memory = {
    configured,
    minCopies,
    wiped: new Map(),
    areForksAllowed: false,
    areLossesAllowed: false,
    wasLossTold: false,
    seen: new Map(),
    chains: new Map(),
    confirmed: new Map(),
    branch: new ConfirmedBranch(configured),
    digests: new Map(),
  };
  const isNews = (one: Inspection): boolean => !isUnchanged(seenOf(memory, one.id), one);
  return {
    isNews,
    look: (running) => {
      let changed: Inspection[] | null = null;
      for (const inspection of running) {
        if (!isNews(inspection)) continue;
        lookAtLog(memory, inspection);
        (changed ??= []).push(inspection);
      }
      for (const inspection of changed ?? []) lookAtCommits(memory, inspection, running);
      return changed !== null;
    },
    lookAtDigest: (inspection) => lookAtDigest(memory, inspection),
    forget: (id, what) => forget(memory, id, what),
    allowForks: () => {
      memory.areForksAllowed = true;
    },
    allowLosses: () => {
      memory.areLossesAllowed = true;
      memory.wasLossTold = false;
    },
    confirmedOps: () => [...memory.confirmed.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

interface Memory {
  readonly configured: readonly ServerId[];
  readonly minCopies: number;
  /** What folders that are gone had promised: what they held of those views is out of sight. */
  readonly wiped: Map<ServerId, number>;
  areForksAllowed: boolean;
  areLossesAllowed: boolean;
  /** Somebody has gone on unverified since. */
  wasLossTold: boolean;
  readonly seen: Map<ServerId, Seen>;
  /** By cluster, ballot, then op. */
  readonly chains: Map<string, Map<number, Chains>>;
  /** By cluster. */
  readonly confirmed: Map<string, ConfirmedOps>;
  readonly branch: ConfirmedBranch;
  /** By op and chain. */
  readonly digests: Map<string, { readonly digest: string; readonly by: ServerId }>;
}

/** Same ballot and op, same chain; a log that was cut is looked at anew from its beginning. */
function lookAtLog(memory: Memory, now: Inspection): void {
  const seen = seenOf(memory, now.id);
  if (now.promised < seen.promised) {
    broken(`server ${now.id} promised ${seen.promised} and now only ${now.promised}`);
  }
  seen.promised = now.promised;
  if (seen.lastOp > 0 && wasCut(seen, now)) {
    seen.committed = 0;
    seen.lastOp = 0;
  }
  let at = now.views.length - 1;
  let chains: Chains | null = null;
  for (let op = now.lastOp as number; op > seen.lastOp; op -= 1) {
    const chain = now.chainAt(op as Op);
    if (chain === null) break;
    for (; (now.views[at]?.startOp ?? 0) > op; at -= 1) chains = null;
    const view = now.views[at];
    if (view === undefined) broken(`server ${now.id} holds op ${op} in no view`);
    chains ??= chainsOf(memory, foundingOf(seen, now), view.ballot);
    const known = chains.get(op);
    if (known === undefined) chains.set(op, { chain, by: now.id });
    else if (known.chain !== chain && !memory.areForksAllowed) {
      broken(`servers ${known.by} and ${now.id} hold different records as op ${view.ballot}:${op}`);
    }
  }
  if (now.views.length !== seen.viewCount) {
    ballotsRise(now);
    holdsWhatItWouldBeat(memory, now);
  }
  seen.lastOp = now.lastOp;
  seen.lastChain = now.lastChain;
  seen.active = now.active;
  seen.status = now.status;
  seen.viewCount = now.views.length;
  if (now.status === "normal") isMemberByPromise(now);
  seen.durable = now.durable;
  seen.durableChain = now.durable === 0 ? null : now.chainAt(now.durable);
}

/** Asked for after every change of a log: no key is made of the two. */
function chainsOf({ chains }: Memory, founding: string, ballot: number): Chains {
  let ofCluster = chains.get(founding);
  if (ofCluster === undefined) chains.set(founding, (ofCluster = new Map()));
  let found = ofCluster.get(ballot);
  if (found === undefined) ofCluster.set(ballot, (found = new Map()));
  return found;
}

function lookAtCommits(memory: Memory, now: Inspection, running: readonly Inspection[]): void {
  const seen = seenOf(memory, now.id);
  if (now.committed > now.lastOp) {
    broken(`server ${now.id} has committed ${now.committed} of ${now.lastOp} ops`);
  }
  const newest = now.views.at(-1);
  if (now.committed <= seen.committed || newest === undefined) return;
  if (memory.areLossesAllowed && !newest.verified) memory.wasLossTold = true;
  // Who is on its way in has it from who feeds it, and may not hold that one's newest view yet.
  if (now.status === "normal" && countsAsVerified(memory, now)) {
    noteAllConfirmed(memory, now, newest);
    memory.branch.note(now);
    for (const one of running) holdsWhatItWouldBeat(memory, one);
  }
  const leads = newest.primary === now.id && now.active === newest.ballot;
  if (leads && now.status === "normal") {
    isDurableOnAll(memory, now, newest);
    // What it confirmed in an older view was a matter of that view's leases.
    if (now.committed >= newest.startOp) {
      hasEnoughCopies(memory, newest);
      for (const one of running) holdsLeases(one, newest);
    }
  }
  seen.committed = now.committed;
}

/** Histories are compared by their last ballots, which says nothing where they do not rise. */
function ballotsRise({ id, views }: Inspection): void {
  const at = views.findIndex((view, index) => view.ballot <= (views[index - 1]?.ballot ?? 0));
  if (at < 0) return;
  const words = `view ${views[at]?.ballot} behind view ${views[at - 1]?.ballot}`;
  broken(`server ${id} has ${words}`);
}

/** Only the incarnation that promised a view is a member of it. */
function isMemberByPromise(now: Inspection): void {
  const view = now.views.at(-1);
  const at = view?.members.indexOf(now.id) ?? -1;
  if (view === undefined || at < 0) broken(`server ${now.id} counts as normal in no view`);
  if (view.incarnations[at] !== now.incarnation) {
    const words = `${view.incarnations[at]} promised, ${now.incarnation} is running`;
    broken(`server ${now.id} is a member of view ${view.ballot} in a life of its own: ${words}`);
  }
}

function forget(memory: Memory, id: ServerId, what: "process" | "disk"): void {
  const { seen, wiped } = memory;
  const promised = seen.get(id)?.promised ?? 0;
  if (what === "disk") {
    wiped.set(id, Math.max(wiped.get(id) ?? 0, promised));
    seen.delete(id);
  } else if (seen.has(id)) {
    seen.set(id, { ...nothingSeen(), promised });
  }
}

function countsAsVerified(memory: Memory, { views }: Inspection): boolean {
  if (memory.areLossesAllowed) return views.every(({ verified }) => verified);
  return isVerified(views, memory.configured);
}

/** In each new view all of the history, since it may count as verified only now. */
function noteAllConfirmed(memory: Memory, now: Inspection, { ballot, members }: View): void {
  const seen = seenOf(memory, now.id);
  const from = seen.verified === ballot ? seen.committed : 0;
  seen.verified = ballot;
  const founding = foundingOf(seen, now);
  let confirmed = memory.confirmed.get(founding);
  const isNew = memory.wasLossTold && members.length === memory.configured.length;
  if (confirmed === undefined || isNew) {
    memory.confirmed.set(founding, (confirmed = new ConfirmedOps()));
  }
  if (isNew) memory.wasLossTold = false;
  confirmed.note(now, { from, ballot }, (known, { op }) => {
    if (memory.areForksAllowed) return;
    broken(`two verified branches confirm op ${op}: in the views ${known.ballot} and ${ballot}`);
  });
}

/** What has been confirmed is in every history that would win against it. */
function holdsWhatItWouldBeat(memory: Memory, now: Inspection): void {
  const { branch, areForksAllowed, areLossesAllowed } = memory;
  if (areForksAllowed || areLossesAllowed) return;
  if (branch.losesTo(now)) broken(branch.words(now));
}

/** Confirmed means durable on every member of the view, dead ones by what was seen of them last. */
function isDurableOnAll(memory: Memory, now: Inspection, view: View): void {
  for (const member of view.members) {
    const seen = memory.seen.get(member);
    if (member === now.id || seen === undefined || seen.durableChain === null) continue;
    if (view.ballot <= (memory.wiped.get(member) ?? 0)) continue;
    const isBehind = seen.durable < now.committed && sameBranch(now, seen);
    if (isBehind) {
      const words = `through ${seen.durable} on server ${member}, a member`;
      broken(`server ${now.id} confirms op ${now.committed}, durable only ${words}`);
    }
  }
}

function hasEnoughCopies({ minCopies }: Memory, { ballot, members }: View): void {
  if (members.length >= minCopies) return;
  broken(`something is confirmed in view ${ballot}, of ${members.length} copies, not ${minCopies}`);
}

/** What is confirmed in a view may be proven by any survivor: all held leases from one another. */
function holdsLeases(member: Inspection, view: View): void {
  if (member.status !== "normal" || member.views.at(-1)?.ballot !== view.ballot) return;
  view.members.forEach((giver, at) => {
    if (giver === member.id || member.leaseFrom(giver) === view.incarnations[at]) return;
    const words = `server ${member.id} has had no lease from server ${giver}`;
    broken(`something is confirmed in view ${view.ballot}, in which ${words}`);
  });
}

function lookAtDigest(memory: Memory, now: Inspection): void {
  const chain = now.committed === 0 ? 0 : now.chainAt(now.committed);
  if (chain === null) return;
  const key = `${now.committed}:${chain}`;
  const digest = now.digest();
  const known = memory.digests.get(key);
  if (known === undefined) memory.digests.set(key, { digest, by: now.id });
  else if (known.digest !== digest) {
    broken(`servers ${known.by} and ${now.id} differ in the state as of op ${now.committed}`);
  }
}

function seenOf(memory: Memory, id: ServerId): Seen {
  let seen = memory.seen.get(id);
  if (seen === undefined) memory.seen.set(id, (seen = nothingSeen()));
  return seen;
}

function broken(message: string): never {
  throw new BrokenRule(message);
}
