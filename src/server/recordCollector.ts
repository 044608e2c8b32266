// Gathers the record frames that follow a `prepare` into one buffer of their own, copied out of the
// socket's chunks: at once when they came in one chunk, else by way of memory that is used over and
// over, so that the batch alone is left behind. Bounded by count and by bytes.
// It does not look into records; batchFromBytes and the replica do.

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
  /** What came in chunks before the present one. */
  #gathered = Buffer.alloc(0);
  #gatheredBytes = 0;
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
    this.#gatheredBytes = 0;
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
    // A frame that came in two pieces lies in a buffer of its own.
    if (this.#chunk !== frame.bytes) {
      this.copyOut();
      this.#chunk = frame.bytes;
      this.#from = frame.start;
    }
    this.#to = frame.end;
    this.#missing -= 1;
    if (this.#missing > 0) return null;
    this.#prepare = null;
    return batchFromBytes(this.#whole(frame.bytes), {
      firstOp: prepare.firstOp,
      chainBefore: prepare.chainBefore,
    });
  }

  /** To be called before the chunk's bytes may be used for something else. */
  copyOut(): void {
    if (this.#chunk === null) return;
    this.#reserve(this.#gatheredBytes + this.#to - this.#from);
    this.#gatheredBytes += this.#chunk.copy(
      this.#gathered,
      this.#gatheredBytes,
      this.#from,
      this.#to,
    );
    this.#chunk = null;
  }

  /** All records, in memory of their own; the last of them lie in this chunk. */
  #whole(chunk: Buffer): Buffer {
    const bytes = batchBytes(this.#bytes);
    this.#gathered.copy(bytes, 0, 0, this.#gatheredBytes);
    chunk.copy(bytes, this.#gatheredBytes, this.#from, this.#to);
    this.#chunk = null;
    return bytes;
  }

  #reserve(neededBytes: number): void {
    if (neededBytes <= this.#gathered.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(neededBytes, this.#gathered.length * 2));
    this.#gathered.copy(larger, 0, 0, this.#gatheredBytes);
    this.#gathered = larger;
  }
}
