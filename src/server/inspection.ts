// What a running server lets be seen, for tests and for status.
// Reads only; a digest costs the whole state.

import type { Ballot, Chain, Op, ServerId } from "../base/ids.ts";
import { chatDigest } from "../chat/snapshot.ts";
import { chainInTail } from "../replica/logTail.ts";
import type { Replica, Status } from "../replica/state.ts";
import type { View } from "../replica/types.ts";
import type { Applier } from "./applier.ts";

export interface Inspection {
  readonly id: ServerId;
  readonly status: Status;
  /** Of its own history, oldest first. */
  readonly views: readonly View[];
  /** Newest view known to have been active. */
  readonly active: Ballot;
  /** As it stands on the disk. */
  readonly promised: Ballot;
  readonly lastOp: Op;
  /** Durable in the own journal through here. */
  readonly durable: Op;
  /** Committed and applied through here. */
  readonly committed: Op;
  /** Null where the server does not remember it any more. */
  chainAt(op: Op): Chain | null;
  /** Of the state as of `committed`. */
  digest(): string;
}

export function inspect(replica: Replica, applier: Applier): Inspection {
  return {
    id: replica.config.id,
    status: replica.status,
    views: replica.views,
    active: replica.active,
    promised: replica.promisedOnDisk,
    lastOp: replica.tail.lastOp,
    durable: replica.tail.durableOp,
    committed: applier.chat.op,
    chainAt: (op) => chainInTail(replica.tail, op),
    digest: () => chatDigest(applier.chat),
  };
}
