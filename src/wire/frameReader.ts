// Cuts a stream of chunks into frames without copying what lies in one chunk. A frame larger than
// the limit is refused by its header alone, before anything is allocated for it.

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
  /** Calls the handler for each whole frame; the handler may call `stop`. A refusal stops it too. */
  push(chunk: Buffer, onFrame: FrameHandler): WireRefusal | null;
  /** From the next frame on. */
  setPayloadBytesMax(bytes: number): void;
  /** No further frame is handed out. */
  stop(): void;
  /** Bytes of an unfinished frame. */
  waitingBytes(): number;
}

export function makeFrameReader(payloadBytesMaxAtFirst: number): FrameReader {
  let payloadBytesMax = payloadBytesMaxAtFirst;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = frameHeaderBytes;
  let stopped = false;

  function keep(rest: Buffer): void {
    if (rest.length === 0) return;
    waiting.push(rest);
    waitingBytes += rest.length;
  }

  function push(chunk: Buffer, onFrame: FrameHandler): WireRefusal | null {
    if (stopped) return null;
    let bytes = chunk;
    if (waitingBytes > 0) {
      keep(chunk);
      if (waitingBytes < neededBytes) return null;
      bytes = Buffer.concat(waiting, waitingBytes);
      waiting = [];
      waitingBytes = 0;
    }
    let start = 0;
    while (!stopped) {
      neededBytes = frameHeaderBytes;
      if (bytes.length - start < frameHeaderBytes) break;
      const length = ((bytes[start + 1] as number) << 8) | (bytes[start + 2] as number);
      if (length > payloadBytesMax) {
        stopped = true;
        return refuseSize(length, payloadBytesMax);
      }
      neededBytes += length;
      const end = start + neededBytes;
      if (end > bytes.length) break;
      onFrame({ opcode: bytes[start] as number, bytes, start, end });
      start = end;
    }
    if (!stopped) keep(start === 0 ? bytes : bytes.subarray(start));
    return null;
  }

  return {
    push,
    setPayloadBytesMax: (limit) => {
      payloadBytesMax = limit;
    },
    stop: () => {
      stopped = true;
      waiting = [];
      waitingBytes = 0;
    },
    waitingBytes: () => waitingBytes,
  };
}

function refuseSize(length: number, limit: number): WireRefusal {
  return refuse("frame-too-large", `A frame of ${length} bytes came; the limit here is ${limit}.`);
}
