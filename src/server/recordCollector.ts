// Gathers the record frames that follow a `prepare` into one buffer of their own, copied out of the
// socket's chunks: one copy when they came in one chunk. Bounded by count and by bytes.
// It does not look into records; batchFromBytes and the replica do.

import { assert } from "../base/assert.ts";
import { batchBytesMax, batchRecordsMax, framePayloadBytesMax } from "../base/limits.ts";
import type { Batch } from "../wire/batch.ts";
import type { FrameView } from "../wire/frameReader.ts";
import type { MessageOf } from "../wire/messages.ts";
import { recordOpcode } from "../wire/messages.ts";
import { batchBytes } from "../wire/batchMemory.ts";
import { batchFromBytes } from "../wire/record.ts";
import type { WireRefusal } from "../wire/refusals.ts";
import { refuse } from "../wire/refusals.ts";

type Prepare = MessageOf<"prepare">;
type Collected = { readonly ok: true; readonly batch: Batch } | WireRefusal;

/** A last record may begin just below the bound. */
const collectedBytesMax = batchBytesMax + framePayloadBytesMax;

export class RecordCollector {
  #prepare: Prepare | null = null;
  #missing = 0;
  #bytes = 0;
  #parts: Buffer[] = [];
  /** The present chunk, in which the records stand back to back, not copied yet. */
  #chunk: Buffer | null = null;
  #from = 0;
  #to = 0;

  /** The `prepare` whose records are awaited. */
  get prepare(): Prepare | null {
    return this.#prepare;
  }

  begin(prepare: Prepare): WireRefusal | null {
    const { count, firstOp } = prepare;
    if (count < 1 || count > batchRecordsMax) {
      return refuse("bad-field", `A batch of ${count} records was announced.`);
    }
    if (firstOp < 1 || firstOp > Number.MAX_SAFE_INTEGER - count) {
      return refuse("bad-field", `A batch that begins at op ${firstOp} was announced.`);
    }
    this.#prepare = prepare;
    this.#missing = count;
    this.#bytes = 0;
    return null;
  }

  /** Null while records are missing. */
  take(prepare: Prepare, frame: FrameView): Collected | null {
    if (frame.opcode !== recordOpcode) {
      return refuse("unexpected", `${this.#missing} records of a batch are missing.`);
    }
    this.#bytes += frame.end - frame.start;
    if (this.#bytes > collectedBytesMax) {
      return refuse("frame-too-large", `A batch of more than ${collectedBytesMax} bytes came.`);
    }
    if (this.#chunk === null) {
      this.#chunk = frame.bytes;
      this.#from = frame.start;
    }
    assert(this.#chunk === frame.bytes, "each chunk is copied out before the next one comes");
    this.#to = frame.end;
    this.#missing -= 1;
    if (this.#missing > 0) return null;
    this.copyOut();
    const bytes =
      this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#prepare = null;
    return batchFromBytes(bytes, { firstOp: prepare.firstOp, chainBefore: prepare.chainBefore });
  }

  /** To be called before the chunk's bytes may be used for something else. */
  copyOut(): void {
    if (this.#chunk === null) return;
    const copy = batchBytes(this.#to - this.#from);
    this.#chunk.copy(copy, 0, this.#from, this.#to);
    this.#parts.push(copy);
    this.#chunk = null;
  }
}
