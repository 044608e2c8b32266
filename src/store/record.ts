// How one record lies in the journal: header, frame, the chain after it. The chain is the frame's
// checksum and must be equal on all servers, so it covers the frame alone; the header's own check
// covers the rest. Order and check of the header stay in every version. Pure; it moves bytes only.

/*
 * version u8 | frame length u32 | syncedThrough u48 | chain before u32 | header check u32
 * frame | chain after u32                                              (all big-endian)
 *
 * A durability mark is one without a frame, behind the last record: it says that all before it is
 * on the medium, so that damage to the last record is told from one that was never whole. The next
 * group is written over it.
 */

import { copyShort } from "../base/bytes.ts";
import type { Chain, Op } from "../base/ids.ts";
import { frameBytesMax } from "../base/limits.ts";
import type { Batch } from "../wire/batch.ts";
import { extendChain } from "../wire/checksum.ts";

export const recordFormat = 1;
export const recordHeaderBytes = 19;
const recordTrailerBytes = 4;
export const recordExtraBytes = recordHeaderBytes + recordTrailerBytes;
export const recordBytesMax = frameBytesMax + recordExtraBytes;

const twoTo32 = 0x1_0000_0000;

export function recordBytesOf(batch: Batch): number {
  return batch.bytes.length + batch.ends.length * recordExtraBytes;
}

/**
 * Writes all records of the batch from `at` on and returns where they end; the room must be there.
 */
export function writeRecords(
  target: Buffer,
  at: number,
  entry: { readonly batch: Batch; readonly syncedThrough: Op; readonly format?: number },
): number {
  const { bytes, ends, chains, chainBefore } = entry.batch;
  const format = entry.format ?? recordFormat;
  const syncedHigh = Math.floor(entry.syncedThrough / twoTo32);
  const syncedLow = entry.syncedThrough >>> 0;
  let offset = at;
  let start = 0;
  let chain: number = chainBefore;
  for (let index = 0; index < ends.length; index += 1) {
    const end = ends[index] as number; // Within its own length.
    const length = end - start;
    target[offset] = format;
    put32(target, offset + 1, length);
    target[offset + 5] = syncedHigh >>> 8;
    target[offset + 6] = syncedHigh;
    put32(target, offset + 7, syncedLow);
    put32(target, offset + 11, chain);
    put32(target, offset + 15, headerCheck(format, length, syncedHigh, syncedLow, chain));
    copyShort(bytes, start, end, target, offset + recordHeaderBytes);
    chain = chains[index] as number; // One per end.
    put32(target, offset + recordHeaderBytes + length, chain);
    offset += length + recordExtraBytes;
    start = end;
  }
  return offset;
}

export function durabilityMark(end: { readonly op: Op; readonly chain: Chain }): Buffer {
  const bytes = Buffer.alloc(recordExtraBytes);
  const nothing: Batch = {
    firstOp: end.op,
    lastOp: end.op,
    bytes: Buffer.alloc(0),
    ends: new Uint32Array(1),
    chainBefore: end.chain,
    chains: Uint32Array.of(end.chain),
    records: null,
  };
  writeRecords(bytes, 0, { batch: nothing, syncedThrough: end.op });
  return bytes;
}

/** One at a time: reading a journal is too much work for an object a record. */
export class RecordHeader {
  format = 0;
  frameBytes = 0;
  syncedThrough = 0 as Op;
  chainBefore = 0 as Chain;

  /** False when the header at this place does not check, or would not be whole. */
  read(bytes: Buffer, at: number): boolean {
    if (at + recordHeaderBytes > bytes.length) return false;
    const format = bytes[at] as number; // Within the length, as checked.
    const frameBytes = get32(bytes, at + 1);
    const syncedHigh = ((bytes[at + 5] as number) << 8) | (bytes[at + 6] as number);
    const syncedLow = get32(bytes, at + 7);
    const chainBefore = get32(bytes, at + 11);
    const check = headerCheck(format, frameBytes, syncedHigh, syncedLow, chainBefore);
    if (check !== get32(bytes, at + 15)) return false;
    this.format = format;
    this.frameBytes = frameBytes;
    this.syncedThrough = (syncedHigh * twoTo32 + syncedLow) as Op; // 48 bits are a safe integer.
    this.chainBefore = chainBefore as Chain;
    return true;
  }
}

/** The chain after the frame, or null when the frame and the stored value disagree. */
export function readChainAfter(bytes: Buffer, at: number, header: RecordHeader): Chain | null {
  const start = at + recordHeaderBytes;
  const end = start + header.frameBytes;
  const chain = extendChain(header.chainBefore, bytes, start, end);
  return get32(bytes, end) === chain ? chain : null;
}

/** Within the bytes. */
function get32(bytes: Buffer, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return (high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}

function put32(target: Buffer, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/** Each step is a bijection of the state, so a change in any one field always shows. */
function headerCheck(
  format: number,
  frameBytes: number,
  syncedHigh: number,
  syncedLow: number,
  chain: number,
): number {
  let hash = Math.imul(format ^ 0x5bd1e995, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ frameBytes, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ syncedHigh, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ syncedLow, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15) ^ chain, 0x165667b1);
  return (hash ^ (hash >>> 16)) >>> 0;
}
