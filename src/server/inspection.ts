// What a running server lets be seen, for tests and for status.
// Reads only; a digest costs the whole state.

import type { Ballot, Chain, Incarnation, Op, ServerId } from "../base/ids.ts";
import { chatDigest } from "../chat/snapshot.ts";
import { chainInTail } from "../replica/logTail.ts";
import type { Replica, Status } from "../replica/state.ts";
import type { View } from "../replica/types.ts";
import type { Applier } from "./applier.ts";
import type { Merging } from "./merging.ts";

export interface Inspection {
  readonly id: ServerId;
  readonly incarnation: Incarnation;
  readonly status: Status;
  /** Of its own history, oldest first. */
  readonly views: readonly View[];
  /** Newest view known to have been active. */
  readonly active: Ballot;
  /** As it stands on the disk. */
  readonly promised: Ballot;
  readonly lastOp: Op;
  readonly lastChain: Chain;
  /** Durable in the own journal through here. */
  readonly durable: Op;
  /** Committed and applied through here. */
  readonly committed: Op;
  /** Which life of another server it holds, or has last held, a lease from; 0 for none. */
  leaseFrom(id: ServerId): number;
  /** Until when it holds that lease, by the clock of this machine. */
  leaseUntilMs(id: ServerId): number;
  /** Nothing that it knows of is left to be merged. */
  readonly isMerged: boolean;
  /** Null where the server does not remember it any more. */
  chainAt(op: Op): Chain | null;
  /** Of the state as of `committed`. */
  digest(): string;
}

/** Live: what is read from it later is of later. */
export function inspect(replica: Replica, applier: Applier, merging: Merging): Inspection {
  return new LiveInspection(replica, applier, merging);
}

class LiveInspection implements Inspection {
  readonly id: ServerId;
  readonly #replica: Replica;
  readonly #applier: Applier;
  readonly #merging: Merging;

  constructor(replica: Replica, applier: Applier, merging: Merging) {
    this.id = replica.config.id;
    this.#replica = replica;
    this.#applier = applier;
    this.#merging = merging;
  }

  get isMerged(): boolean {
    return this.#merging.isAllMerged(this.#applier.chat);
  }

  get incarnation(): Incarnation {
    return this.#replica.incarnation;
  }

  get status(): Status {
    return this.#replica.status;
  }

  get views(): readonly View[] {
    return this.#replica.views;
  }

  get active(): Ballot {
    return this.#replica.active;
  }

  get promised(): Ballot {
    return this.#replica.promisedOnDisk;
  }

  get lastOp(): Op {
    return this.#replica.tail.lastOp;
  }

  get lastChain(): Chain {
    return this.#replica.tail.lastChain;
  }

  get durable(): Op {
    return this.#replica.tail.durableOp;
  }

  get committed(): Op {
    return this.#applier.chat.op;
  }

  leaseFrom(id: ServerId): number {
    return this.#replica.peers.get(id)?.leaseIncarnation ?? 0;
  }

  leaseUntilMs(id: ServerId): number {
    return this.#replica.peers.get(id)?.leaseUntilMs ?? Number.NEGATIVE_INFINITY;
  }

  chainAt(op: Op): Chain | null {
    return chainInTail(this.#replica.tail, op);
  }

  digest(): string {
    return chatDigest(this.#applier.chat);
  }
}
