// All that one replica knows, owned by `step` alone. On disk before it is acted on: cluster,
// incarnation, promised (by `persist`), the log with its views (by `append`). The rest is memory
// and dies with the process, as it must: leases, grants, proofs, proposals.

import { assert } from "../base/assert.ts";
import type { Ballot, Incarnation, Op, ServerId } from "../base/ids.ts";
import { noBallot, noOp } from "../base/ids.ts";
import { makeLogTail, type LogTail } from "./logTail.ts";
import { makePeer, type Peer } from "./peer.ts";
import type { PromiseInfo } from "./succession.ts";
import type { Effect, History, Meta, Now, Recovered, ReplicaConfig } from "./types.ts";
import type { Room, View } from "./types.ts";

/** recovering: after every start, resignation, stepping down or state install. */
export type Status = "normal" | "recovering" | "resigned";

/** One stream of records to another server, live and past alike. */
export interface Follower {
  readonly id: ServerId;
  /** Under which its answers count. */
  readonly ballot: Ballot;
  readonly joiner: boolean;
  /** cutting: it sets a tail aside; reading: from our disk; image: the driver sends one. */
  phase: "stream" | "cutting" | "reading" | "image";
  sentOp: Op;
  /** Durable there, by any answer. */
  takenOp: Op;
  /** A joiner's: applied there. */
  appliedOp: Op;
  readonly sinceMs: number;
  /** Durable there as a member, under `ballot`. */
  preparedOp: Op;
  /** What is sent and not taken, oldest first. */
  readonly inFlight: { readonly op: Op; readonly bytes: number; readonly sentMs: number }[];
  inFlightBytes: number;
  askedToResignMs: number;
}

/** A view change that this server has asked for. */
export interface Proposal {
  readonly ballot: Ballot;
  readonly members: readonly ServerId[];
  readonly join: boolean;
  readonly sinceMs: number;
  /** When it last came any further. */
  progressMs: number;
  phase: "storing" | "asking" | "fetching" | "starting";
  /** A step of fetching is to be taken (nothing is under way). */
  fetchDue: boolean;
  readonly promises: Map<ServerId, PromiseInfo>;
  /** What is to be followed, once decided. */
  base: { readonly promise: PromiseInfo; readonly verified: boolean } | null;
  /** Where the view's record stands, once appended. */
  viewOp: Op;
}

export interface Feed {
  readonly ballot: Ballot;
  readonly from: ServerId;
  /** What both had in common when they compared. */
  readonly keep: Op;
  /** All that this server holds belongs to that history: nothing has to be cut, or it has been. */
  readonly fits: boolean;
}

export interface Replica {
  readonly config: ReplicaConfig;
  now: Now;
  lastTickMs: number;
  /** When this server next wants a tick, unless something comes between (pace.ts). */
  tickDueMs: number;
  /** Nothing is due before the next heartbeat. */
  isQuiet: boolean;
  /** Something out of the ordinary has just happened: until then every tick counts. */
  restlessUntilMs: number;
  cluster: string;
  /** Another cluster's id has taken the place of ours, and is not on the disk yet. */
  isAdopting: boolean;
  incarnation: Incarnation;
  /** The first life of this folder; what was promised before, this server cannot vouch for. */
  born: Incarnation;
  /** In this life; what it has promised before its first membership. */
  hasBeenMember: boolean;
  readonly promisedInLife: Set<Ballot>;
  /** The folder is new, or was lost: its newest view need not be the newest it was a member of. */
  isForgetful: boolean;
  readonly incarnationAtStart: Incarnation;
  promised: Ballot;
  promisedAtMs: number;
  promisedOnDisk: Ballot;
  status: Status;
  room: Room;
  /** All views of the own history, oldest first. */
  views: View[];
  /** First view installed by this incarnation without a break since; 0 for none. */
  since: Ballot;
  /** Newest view known to have been active. */
  active: Ballot;
  /** The view in which all members are known to have held leases from one another. */
  mutual: Ballot;
  seenBallot: Ballot;
  /** In every membership promised since installing the current view; null for everybody. */
  promisedTo: ReadonlySet<ServerId> | null;
  readonly tail: LogTail;
  committed: Op;
  /** How far the chat had come, as last told. */
  applied: Op;
  /** Committed in a view of all configured servers (or by a majority): no fork lies before it. */
  shared: Op;
  readonly peers: ReadonlyMap<ServerId, Peer>;
  /** Whom this server feeds records to: members and joiners, while it starts or leads a view. */
  readonly followers: Map<ServerId, Follower>;
  proposal: Proposal | null;
  /** A promise that is being stored, to be answered then. */
  promising: { readonly ballot: Ballot; readonly to: ServerId } | null;
  /**
   * Until then it grants as one whom its last promise takes in, given as a member of nothing to who
   * feeds it: Infinity while the promise is being stored.
   */
  comesInUntilMs: number;
  /** The stream this server is fed by. */
  feed: Feed | null;
  /** The log on disk is being cut or replaced: until then it is neither told nor extended. */
  isRewriting: boolean;
  /** The next `settle` says how far the journal is durable. */
  acknowledgeDue: boolean;
  /** Views of a history that is being told, until the message they belong to. */
  readonly told: Map<ServerId, View[]>;
  /** Whom a proposal asked this server to leave out, so that it grants them nothing for now. */
  excluding: { readonly members: readonly ServerId[]; readonly untilMs: number } | null;
  /** After resigning: the others go on in a view of their own, or there are none. */
  isSucceeded: boolean;
  /** After standing down (or being told so): whose history is to be followed. */
  precedence: { readonly leader: ServerId; readonly untilMs: number } | null;
  /** Since when there has been no active view here; for the wait of 10 s. */
  idleSinceMs: number;
  /** Who may not take part in what follows this view, as the others' promises have shown. */
  outsiders: { readonly view: Ballot; readonly servers: readonly ServerId[] };
  /** Since when the present candidate membership has been wanted. */
  wanted: { readonly key: string; readonly sinceMs: number } | null;
  retryAtMs: number;
  /** Own proposals since there last was an active view. */
  proposalsInVain: number;
  joinAskedMs: number;
  /** How much it held when it asked; an answer compares no more than that. */
  joinAskedOp: Op;
  effects: Effect[];
}

const nothingTried = {
  promising: null,
  comesInUntilMs: Number.NEGATIVE_INFINITY,
  wanted: null,
  retryAtMs: 0,
  proposalsInVain: 0,
  joinAskedMs: 0,
  joinAskedOp: noOp,
};

export function makeReplica(config: ReplicaConfig, recovered: Recovered, now: Now): Replica {
  const peers = new Map<ServerId, Peer>();
  for (const id of config.servers) if (id !== config.id) peers.set(id, makePeer(id));
  return {
    config,
    now,
    lastTickMs: now.nowMs,
    tickDueMs: now.nowMs,
    isQuiet: false,
    restlessUntilMs: now.nowMs,
    cluster: recovered.cluster,
    isAdopting: false,
    incarnation: recovered.incarnation,
    born: recovered.born,
    incarnationAtStart: recovered.incarnation,
    hasBeenMember: false,
    promisedInLife: new Set(),
    isForgetful: recovered.promised === noBallot,
    promised: recovered.promised,
    promisedAtMs: Number.NEGATIVE_INFINITY,
    promisedOnDisk: recovered.promised,
    status: "recovering",
    room: "enough",
    views: [...recovered.views],
    since: noBallot,
    active: noBallot,
    mutual: noBallot,
    seenBallot: recovered.promised,
    promisedTo: null,
    tail: makeLogTail(recovered),
    committed: recovered.committed,
    applied: recovered.committed,
    shared: noOp,
    peers,
    followers: new Map(),
    proposal: null,
    feed: null,
    isRewriting: false,
    acknowledgeDue: false,
    told: new Map(),
    excluding: null,
    isSucceeded: false,
    precedence: null,
    idleSinceMs: now.nowMs,
    outsiders: { view: noBallot, servers: [] },
    ...nothingTried,
    effects: [],
  };
}

/** The newest view of the own history; undefined before the first. */
export function currentView(replica: Replica): View | undefined {
  return replica.views[replica.views.length - 1];
}

/** Member of the current view, up without a break since installing it. */
export function isNormal(replica: Replica): boolean {
  return replica.status === "normal";
}

/** Normal, and the current view is known active. */
export function isActive(replica: Replica): boolean {
  const view = currentView(replica);
  return isNormal(replica) && view !== undefined && replica.active === view.ballot;
}

/** Primary of an active view that nothing has superseded yet. */
export function isLeading(replica: Replica): boolean {
  const view = currentView(replica);
  if (view === undefined || view.primary !== replica.config.id || !isActive(replica)) return false;
  return replica.promised === view.ballot && replica.proposal === null;
}

/**
 * The primary that serves: of an active view, or of one that is just being started and follows a
 * view of its own (a join, somebody left out): nobody is sent away for that.
 */
export function isServing(replica: Replica): boolean {
  const { views, since, config } = replica;
  const view = currentView(replica);
  if (view === undefined || view.primary !== config.id || !isNormal(replica)) return false;
  const parent = views[views.length - 2];
  return isActive(replica) || (parent?.primary === config.id && since <= parent.ballot);
}

/** Whose better history is to be followed, as long as that is worth waiting for; null: nobody's. */
export function leaderToFollow({ precedence, now }: Replica): ServerId | null {
  return precedence !== null && now.nowMs < precedence.untilMs ? precedence.leader : null;
}

/** Of the newest view in the own history; none before the first. */
export function newestBallot(replica: Replica): Ballot {
  return currentView(replica)?.ballot ?? noBallot;
}

/** The life in which it is a member; 0 when it is none. */
export function incarnationIn(view: View, id: ServerId): number {
  return view.incarnations[view.members.indexOf(id)] ?? 0;
}

export function othersOf(replica: Replica, members: readonly ServerId[]): ServerId[] {
  return members.filter((member) => member !== replica.config.id);
}

export function peerOf(replica: Replica, id: ServerId): Peer {
  const peer = replica.peers.get(id);
  assert(peer !== undefined, "not a configured server", id);
  return peer;
}

export function ownHistory(replica: Replica): History {
  return { views: replica.views, lastOp: replica.tail.lastOp };
}

export function metaOf(replica: Replica): Meta {
  const { cluster, incarnation, born, promised } = replica;
  return { cluster, incarnation, born, promised };
}

export function emit(replica: Replica, effect: Effect): void {
  replica.effects.push(effect);
}

export function log(
  replica: Replica,
  level: "debug" | "info" | "warn" | "error",
  event: string,
  fields: Readonly<Record<string, string | number | boolean>> = {},
): void {
  replica.effects.push({ kind: "log", level, event, fields });
}
