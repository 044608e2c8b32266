// The words of the replication core: views, histories, what `step` takes and what it returns.
// Types alone. Records are opaque bytes here, but for the views among them.

import type { Ballot, Chain, Incarnation, Op, ServerId } from "../base/ids.ts";
import type { Batch } from "../wire/batch.ts";
import type { Message } from "../wire/messages.ts";
import type { CommandBytes } from "../wire/record.ts";

/** A configuration of servers, as its record says (REPLICATION §1, §4). */
export interface View {
  readonly ballot: Ballot;
  /** The op of its own record. */
  readonly startOp: Op;
  readonly primary: ServerId;
  readonly verified: boolean;
  /** The view before it in this history; 0 for the first. */
  readonly parent: Ballot;
  /** The proposer knew that the view before it had been active. */
  readonly parentActive: boolean;
  /** Ascending. */
  readonly members: readonly ServerId[];
  /** In which each member promised, in the order of `members`. */
  readonly incarnations: readonly Incarnation[];
}

/** What comparing histories needs to know of one: its views, oldest first, and its length. */
export interface History {
  readonly views: readonly View[];
  readonly lastOp: Op;
}

/** Somebody's word that an incarnation of a server is dead (or has resigned). */
export interface Proof {
  readonly server: ServerId;
  readonly incarnation: Incarnation;
}

/**
 * What is free on a server's disk. low: nothing that grows should be taken; ample: for longer than
 * a disk that is low could be waited for.
 */
export type Room = "low" | "enough" | "ample";

export interface ReplicaConfig {
  readonly id: ServerId;
  /** All configured servers, ascending. */
  readonly servers: readonly ServerId[];
  readonly majority: boolean;
  readonly strict: boolean;
  readonly force: boolean;
  readonly minCopies: number;
  /** For founding a cluster, should it come to that; hexadecimal. */
  readonly freshCluster: string;
}

/** What recovery found on the disk. */
export interface Recovered {
  /** Empty when the server has never belonged to a cluster. */
  readonly cluster: string;
  readonly incarnation: Incarnation;
  /** The first life of this folder: of those before it nothing is remembered. */
  readonly born: Incarnation;
  readonly promised: Ballot;
  readonly views: readonly View[];
  readonly lastOp: Op;
  readonly lastChain: Chain;
  readonly lastAtUs: number;
  /** What the base image holds is committed; 0 without one. */
  readonly committed: Op;
}

export interface Meta {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  readonly born: Incarnation;
  readonly promised: Ballot;
}

export interface Now {
  readonly nowMs: number;
  readonly wallUs: number;
}

export type Input =
  | { readonly kind: "tick" }
  | {
      readonly kind: "peerUp";
      readonly peer: ServerId;
      readonly incarnation: Incarnation;
      readonly cluster: string;
    }
  | { readonly kind: "peerDown"; readonly peer: ServerId }
  | { readonly kind: "probed"; readonly peer: ServerId; readonly refused: boolean }
  /** It answers, and cannot be spoken to: its secret or its hosts differ. */
  | { readonly kind: "unfit"; readonly peer: ServerId }
  | {
      readonly kind: "message";
      readonly peer: ServerId;
      readonly message: Message;
      /** The records that came with a `prepare`. */
      readonly batch: Batch | null;
    }
  | { readonly kind: "commands"; readonly commands: readonly CommandBytes[] }
  /** The journal is durable through `op`. */
  | { readonly kind: "durable"; readonly op: Op }
  | { readonly kind: "persisted"; readonly meta: Meta }
  /** The chat is as of `op`. */
  | { readonly kind: "applied"; readonly op: Op }
  /** Answer to a `read` effect. */
  | {
      readonly kind: "records";
      readonly peer: ServerId;
      readonly batch: Batch | "compacted" | null;
    }
  /** Answer to a `truncate` effect: neither image nor journal reach back so far. */
  | { readonly kind: "notTruncated" }
  /** Answer to a `truncate` effect: the log ends at `keep` now. */
  | {
      readonly kind: "truncated";
      readonly keep: Op;
      readonly chain: Chain;
      readonly lastAtUs: number;
    }
  /** The driver has sent its base image of `op` to a joiner. */
  | { readonly kind: "imageSent"; readonly peer: ServerId; readonly op: Op | null }
  /** The driver begins to replace the log by a base image that has come whole. */
  | { readonly kind: "installing" }
  /** The driver has installed a base image. */
  | {
      readonly kind: "installed";
      readonly views: readonly View[];
      readonly op: Op;
      readonly chain: Chain;
      readonly atUs: number;
    }
  | { readonly kind: "hint"; readonly ballot: Ballot }
  /** The own disk was measured, and this is news. */
  | { readonly kind: "room"; readonly room: Room }
  | { readonly kind: "resign"; readonly reason: string }
  /** What made this server resign is over: it begins a new life. */
  | { readonly kind: "rejoin" };

/** The end of a log that another history replaces. */
export interface Branch {
  /** The last op that both share. */
  readonly keep: Op;
  /** Its newest view. */
  readonly ballot: Ballot;
  /** What lies behind here is known not to have been confirmed. */
  readonly confirmed: Op;
}

export type Effect =
  | { readonly kind: "send"; readonly to: ServerId; readonly message: Message }
  | {
      readonly kind: "sendRecords";
      readonly to: ServerId;
      readonly message: Message;
      readonly batch: Batch;
    }
  | { readonly kind: "append"; readonly batch: Batch }
  | { readonly kind: "persist"; readonly meta: Meta }
  /** Everything through `through` is committed: apply it. */
  | { readonly kind: "commit"; readonly through: Op }
  | { readonly kind: "probe"; readonly peer: ServerId }
  /** Records behind `after`, from the disk, for `peer`. */
  | { readonly kind: "read"; readonly peer: ServerId; readonly after: Op }
  /** Set aside what lies behind `keep`. */
  | ({ readonly kind: "truncate" } & Branch)
  | { readonly kind: "sendImage"; readonly peer: ServerId; readonly ballot: Ballot }
  /** Role, view, verification or activity changed. */
  | { readonly kind: "status" }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly event: string;
      readonly fields: Readonly<Record<string, string | number | boolean>>;
    };
