// What a running server lets be seen, for tests and for status. Types alone.

import type { Ballot, Chain, Op, ServerId } from "../base/ids.ts";
import type { Status } from "../replica/state.ts";
import type { View } from "../replica/types.ts";

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
