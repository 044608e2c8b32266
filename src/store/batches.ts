// Cuts batches: the part after one op, through another, or within a number of bytes. Pure; the
// bytes are shared with the batch that is cut.

import type { Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { present } from "../base/assert.ts";
import type { Batch } from "../wire/batch.ts";
import { chainAt } from "../wire/batch.ts";

export interface BatchCut {
  /** Only records behind this op. */
  readonly after: Op;
  /** Only records up to and with this op. */
  readonly through: Op;
  /** As many frames as fit, but one at least. */
  readonly bytesMax?: number;
}

/** Null when nothing is left. */
export function cutBatch(batch: Batch, cut: BatchCut): Batch | null {
  const skipCount = Math.max(0, cut.after - batch.firstOp + 1);
  let endCount = Math.min(batch.ends.length, cut.through - batch.firstOp + 1);
  if (skipCount >= endCount) return null;
  const start = skipCount === 0 ? 0 : present(batch.ends[skipCount - 1], "an end");
  const endMax = start + (cut.bytesMax ?? Infinity);
  while (endCount > skipCount + 1 && present(batch.ends[endCount - 1], "an end") > endMax) {
    endCount -= 1;
  }
  if (skipCount === 0 && endCount === batch.ends.length) return batch;
  const end = present(batch.ends[endCount - 1], "an end");
  return {
    firstOp: asOp(batch.firstOp + skipCount),
    lastOp: asOp(batch.firstOp + endCount - 1),
    bytes: batch.bytes.subarray(start, end),
    ends: batch.ends.slice(skipCount, endCount).map((offset) => offset - start),
    chainBefore: chainAt(batch, asOp(batch.firstOp + skipCount - 1)),
    chains: batch.chains.slice(skipCount, endCount),
    records: null,
  };
}
