// Consecutive record frames in one buffer: what the primary builds once and uses three times
// (journal, peers, memory), and what a secondary appends. Frames never nest; a batch has no frame.

import type { Chain, Op } from "../base/ids.ts";

export interface Batch {
  readonly firstOp: Op;
  readonly lastOp: Op;
  /** The frames, back to back; not to be changed. */
  readonly bytes: Buffer;
  /** Offset just behind each frame; one per op. */
  readonly ends: readonly number[];
  /** Chain value before the first frame. */
  readonly chainBefore: Chain;
  /** Chain value after each frame; one per op. */
  readonly chains: readonly Chain[];
}
