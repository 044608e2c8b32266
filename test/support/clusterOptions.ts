// What a simulated cluster is made with: how many servers, in which mode, with which bounds.
// Types alone.

import type { ServerMode } from "./simBoot.ts";
import type { Latency } from "./simPath.ts";

export interface ClusterOptions {
  readonly seed: number;
  readonly servers?: number;
  readonly mode?: ServerMode;
  /** A whole base image after every so many mutations; 0: by the journal's size. */
  readonly snapshotEvery?: number;
  /** Read messages kept of each conversation; 0: all. */
  readonly keep?: number;
  readonly minCopies?: number;
  /** What disks count in where the journal is written; 1 unless told. */
  readonly blockBytes?: number;
  readonly latency?: Latency;
}
