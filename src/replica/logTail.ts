// The end of the log in memory: enough to feed followers without reading the disk, and what the
// last record was. Invariant: batches are consecutive and end at `lastOp`. Older records are the
// store's; nothing here is ever lost by forgetting it.

import { assert } from "../base/assert.ts";
import type { Chain, Op } from "../base/ids.ts";
import { noChain, noOp } from "../base/ids.ts";
import { memoryTailBytes } from "../base/limits.ts";
import { withoutRecords, type Batch } from "../wire/batch.ts";
import { chainAt } from "../wire/batch.ts";
import { batchBehind } from "../wire/record.ts";

export interface LogTail {
  lastOp: Op;
  lastChain: Chain;
  lastAtUs: number;
  /** The journal is durable through here. */
  durableOp: Op;
  batches: Batch[];
  /** Index of the first batch still kept in `batches`. */
  head: number;
  bytes: number;
}

/** In place of a batch that is not kept any more: a thousand of those can be a gigabyte. */
const forgotten: Batch = {
  firstOp: noOp,
  lastOp: noOp,
  bytes: Buffer.alloc(0),
  ends: new Uint32Array(0),
  chainBefore: noChain,
  chains: new Uint32Array(0),
  records: null,
};

export interface LogEnd {
  readonly lastOp: Op;
  readonly lastChain: Chain;
  readonly lastAtUs: number;
}

export function makeLogTail({ lastOp, lastChain, lastAtUs }: LogEnd): LogTail {
  return { lastOp, lastChain, lastAtUs, durableOp: lastOp, batches: [], head: 0, bytes: 0 };
}

export function appendToTail(tail: LogTail, batch: Batch, lastAtUs: number): void {
  assert(batch.firstOp === tail.lastOp + 1, "a batch follows the log's end");
  assert(batch.chainBefore === tail.lastChain, "a batch's chain follows the log's");
  assert(lastAtUs > tail.lastAtUs, "atUs strictly rises along a history");
  tail.batches.push(withoutRecords(batch));
  tail.bytes += batch.bytes.length;
  tail.lastOp = batch.lastOp;
  tail.lastChain = chainAt(batch, batch.lastOp);
  tail.lastAtUs = lastAtUs;
  while (tail.bytes > memoryTailBytes && tail.head < tail.batches.length - 1) {
    tail.bytes -= (tail.batches[tail.head] as Batch).bytes.length;
    tail.batches[tail.head] = forgotten;
    tail.head += 1;
  }
  if (tail.head > 1_024) {
    tail.batches = tail.batches.slice(tail.head);
    tail.head = 0;
  }
}

/** After a cut or an installed image: the log ends here, and nothing of it is in memory. */
export function resetTail(tail: LogTail, end: LogEnd): void {
  tail.lastOp = end.lastOp;
  tail.lastChain = end.lastChain;
  tail.lastAtUs = end.lastAtUs;
  tail.durableOp = end.lastOp;
  tail.batches = [];
  tail.head = 0;
  tail.bytes = 0;
}

/**
 * The next records behind `after` (at most one kept batch), or null when they are not in memory.
 */
export function tailBehind(tail: LogTail, after: Op): Batch | null {
  let low = tail.head;
  let high = tail.batches.length - 1;
  if (high < low || after + 1 < (tail.batches[low] as Batch).firstOp) return null;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tail.batches[middle] as Batch).lastOp > after) high = middle;
    else low = middle + 1;
  }
  const batch = tail.batches[low] as Batch;
  return batch.lastOp > after ? batchBehind(batch, after) : null;
}

/** The chain value after `op`, or null when it is not known in memory. */
export function chainInTail(tail: LogTail, op: Op): Chain | null {
  if (op === tail.lastOp) return tail.lastChain;
  const next = tailBehind(tail, op);
  return next === null ? null : next.chainBefore;
}
