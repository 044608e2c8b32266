// Cuts a stream of chunks into frames without copying a frame that lies in one chunk; of the chunk
// itself nothing is kept. A frame larger than the limit is refused by its header alone, before
// anything is allocated for it.

import { frameHeaderBytes } from "../base/limits.ts";
import type { WireRefusal } from "./refusals.ts";
import { refuse } from "./refusals.ts";

/** The frame lies in bytes [start, end); its payload begins at start + 3. Valid during the call. */
export type FrameHandler = (frame: FrameView) => void;

export interface FrameView {
  readonly opcode: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface FrameReader {
  /**
   * Calls the handler for each whole frame; it may call `stop`. A refusal stops it, too. What is
   * left of the chunk is copied.
   */
  push(chunk: Buffer, onFrame: FrameHandler): WireRefusal | null;
  /** From the next frame on. */
  setPayloadBytesMax(bytes: number): void;
  /** No further frame is handed out. */
  stop(): void;
  /** Bytes of an unfinished frame. */
  waitingBytes(): number;
  /** How many frames have come in more than one piece: the unfinished one among them. */
  readonly begun: number;
}

export function makeFrameReader(payloadBytesMaxAtFirst: number): FrameReader {
  return new ChunkReader(payloadBytesMaxAtFirst);
}

class ChunkReader implements FrameReader {
  private payloadBytesMax: number;
  private waiting: Buffer[] = [];
  private waitingTotal = 0;
  /** Of the unfinished frame: its header, or all of it once the header is there. */
  private neededBytes = frameHeaderBytes;
  private stopped = false;
  begun = 0;

  constructor(payloadBytesMax: number) {
    this.payloadBytesMax = payloadBytesMax;
  }

  push(chunk: Buffer, onFrame: FrameHandler): WireRefusal | null {
    if (this.stopped) return null;
    if (this.waitingTotal === 0) return this.cut(chunk, 0, onFrame);
    const end = this.endOfUnfinished(chunk);
    this.keep(end === chunk.length ? chunk : chunk.subarray(0, end));
    if (this.waitingTotal < this.neededBytes) return null;
    const joined = Buffer.concat(this.waiting, this.waitingTotal);
    this.waiting = [];
    this.waitingTotal = 0;
    const refusal = this.cut(joined, 0, onFrame);
    if (refusal !== null || end === chunk.length) return refusal;
    return this.cut(chunk, end, onFrame);
  }

  setPayloadBytesMax(bytes: number): void {
    this.payloadBytesMax = bytes;
  }

  stop(): void {
    this.stopped = true;
    this.waiting = [];
    this.waitingTotal = 0;
  }

  waitingBytes(): number {
    return this.waitingTotal;
  }

  /** So much of the chunk belongs to what waits: the rest of its frame, where that is known. */
  private endOfUnfinished(chunk: Buffer): number {
    if (this.waitingTotal < frameHeaderBytes) return chunk.length;
    return Math.min(chunk.length, this.neededBytes - this.waitingTotal);
  }

  /** Hands out the whole frames of `bytes` from `from` on, and keeps the rest. */
  private cut(bytes: Buffer, from: number, onFrame: FrameHandler): WireRefusal | null {
    let start = from;
    while (!this.stopped) {
      this.neededBytes = frameHeaderBytes;
      if (bytes.length - start < frameHeaderBytes) break;
      const length = ((bytes[start + 1] as number) << 8) | (bytes[start + 2] as number);
      if (length > this.payloadBytesMax) {
        this.stop();
        return refuseSize(length, this.payloadBytesMax);
      }
      this.neededBytes += length;
      const end = start + this.neededBytes;
      if (end > bytes.length) break;
      onFrame({ opcode: bytes[start] as number, bytes, start, end });
      start = end;
    }
    // As a rule nothing is left: not even a view of it is made.
    if (!this.stopped && start < bytes.length) {
      this.begun += 1;
      this.keep(start === 0 ? bytes : bytes.subarray(start));
    }
    return null;
  }

  private keep(rest: Buffer): void {
    // Of its own: a piece of shared memory, however short, would keep all of that from being freed.
    const piece = Buffer.allocUnsafeSlow(rest.length);
    rest.copy(piece);
    this.waiting.push(piece);
    this.waitingTotal += rest.length;
  }
}

function refuseSize(length: number, limit: number): WireRefusal {
  return refuse("frame-too-large", `A frame of ${length} bytes came; the limit here is ${limit}.`);
}
