// Consecutive record frames in one buffer: what the primary builds once and uses three times
// (journal, peers, memory), and what a secondary appends. Frames never nest; a batch has no frame.

import { assert } from "../base/assert.ts";
import type { Ballot, Chain, ClientId, Op } from "../base/ids.ts";
import { asChain } from "../base/ids.ts";
import type { Command } from "./messages.ts";
import type { PlainSend } from "./plainSend.ts";

export interface RecordEnvelope {
  readonly ballot: Ballot;
  readonly op: Op;
  /** Microseconds since 1970, strictly rising along a history. */
  readonly atUs: number;
  readonly client: ClientId;
}

export interface DecodedRecord extends RecordEnvelope {
  readonly command: Command;
}

/** As it is applied: the most frequent command stays in its bytes. */
export interface LoggedRecord extends RecordEnvelope {
  readonly command: Command | PlainSend;
}

/** Written out in this order wherever one is made: then all of them are alike to the engine. */
export interface Batch {
  readonly firstOp: Op;
  readonly lastOp: Op;
  /** The frames, back to back; not to be changed. */
  readonly bytes: Buffer;
  /** Offset just behind each frame; one per op. */
  readonly ends: Uint32Array;
  /** Chain value before the first frame. */
  readonly chainBefore: Chain;
  /** Chain value after each frame; one per op. */
  readonly chains: Uint32Array;
  /** What the frames say, one per op, where it is known already; whoever keeps a batch drops it. */
  readonly records: readonly LoggedRecord[] | null;
}

/** The batch as it is kept: bytes alone. */
export function withoutRecords(batch: Batch): Batch {
  if (batch.records === null) return batch;
  const { firstOp, lastOp, bytes, ends, chainBefore, chains } = batch;
  return { firstOp, lastOp, bytes, ends, chainBefore, chains, records: null };
}

/** After the op, or before the first. */
export function chainAt(batch: Batch, op: Op): Chain {
  if (op === batch.firstOp - 1) return batch.chainBefore;
  const chain = batch.chains[op - batch.firstOp];
  assert(chain !== undefined, "not in the batch: op", op);
  return asChain(chain);
}
