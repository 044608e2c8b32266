// What a driver is put together from, and what the server that owns it may ask of it beyond what
// clients may (wiring.ts): types alone.

import type { Clock, Log, Memory } from "../ports.ts";
import type { ReplicaConfig } from "../replica/types.ts";
import type { Store } from "../store/store.ts";
import type { Compaction } from "./compaction.ts";
import type { Inspection } from "./inspection.ts";
import type { ReadState } from "./orphanage.ts";
import type { Restored } from "./restore.ts";
import type { Driver, DriverEvents, Peers } from "./wiring.ts";

export interface DriverOptions {
  readonly config: ReplicaConfig;
  readonly knownServers: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly memory?: Memory | undefined;
  readonly store: Store;
  readonly restored: Restored;
  readonly peers: Peers;
  readonly events: DriverEvents;
  readonly compaction: Compaction;
  readonly readState: ReadState;
}

export interface RunningDriver extends Driver {
  /** Stores the new incarnation, then meets the others. */
  start(): Promise<void>;
  inspect(): Inspection;
}
