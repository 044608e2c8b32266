// Takes records apart: bytes of a journal in, one batch out, and why it stopped. Pure. The frames
// are moved together inside the given bytes, so nothing is copied elsewhere; the bytes are used up
// by it.

import type { Chain, Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { frameBytesMax } from "../base/limits.ts";
import type { Batch } from "../wire/batch.ts";
import * as record from "./record.ts";

/** Where reading goes on: the next op and the chain before it (null: whatever the record says). */
export interface ReadingPoint {
  readonly op: Op;
  readonly chain: Chain | null;
}

export type Stop =
  | { readonly kind: "end" }
  /** A durability mark: everything before it is on the medium, and it is the last there is. */
  | { readonly kind: "mark" }
  /** The last record is not whole within these bytes. */
  | { readonly kind: "partial" }
  | { readonly kind: "newer"; readonly format: number }
  | { readonly kind: "bad"; readonly why: string };

export interface ParsedRecords {
  /** Null when there is not one whole record. */
  readonly batch: Batch | null;
  readonly usedBytes: number;
  readonly syncedThroughMax: number;
  readonly stop: Stop;
}

export function parseRecords(bytes: Buffer, start: ReadingPoint): ParsedRecords {
  const ends: number[] = [];
  const chains: Chain[] = [];
  const header = new record.RecordHeader();
  let { chain } = start;
  let chainBefore = chain;
  let offset = 0;
  let frameEnd = 0;
  let syncedThroughMax = 0;
  let stop: Stop = end;
  while (offset < bytes.length) {
    const after = checkRecord(bytes, offset, chain, header);
    if (typeof after !== "number") {
      stop = after;
      break;
    }
    const { frameBytes } = header;
    if (frameBytes === 0) {
      stop = mark;
      break;
    }
    const frameStart = offset + record.recordHeaderBytes;
    bytes.copyWithin(frameEnd, frameStart, frameStart + frameBytes);
    frameEnd += frameBytes;
    offset += frameBytes + record.recordExtraBytes;
    if (header.syncedThrough > syncedThroughMax) syncedThroughMax = header.syncedThrough;
    chainBefore ??= header.chainBefore;
    chain = after;
    ends.push(frameEnd);
    chains.push(chain);
  }
  const batch =
    ends.length === 0 || chainBefore === null
      ? null
      : {
          firstOp: start.op,
          lastOp: asOp(start.op + ends.length - 1),
          bytes: bytes.subarray(0, frameEnd),
          ends: Uint32Array.from(ends),
          chainBefore,
          chains: Uint32Array.from(chains),
          records: null,
        };
  return { batch, usedBytes: offset, syncedThroughMax, stop };
}

const end: Stop = { kind: "end" };
const mark: Stop = { kind: "mark" };
const partial: Stop = { kind: "partial" };

/**
 * The chain after the record, whose header is left in `header`; or why there is none. `expected` is
 * the chain so far; null takes the record's word for it. A durability mark is a record without a
 * frame.
 */
function checkRecord(
  bytes: Buffer,
  at: number,
  expected: Chain | null,
  header: record.RecordHeader,
): Chain | Stop {
  if (at + record.recordHeaderBytes > bytes.length) return partial;
  if (!header.read(bytes, at)) return bad("the record's header does not check");
  const { format, frameBytes, chainBefore } = header;
  if (format > record.recordFormat) return { kind: "newer", format };
  if (format === 0 || frameBytes > frameBytesMax) {
    return bad("the record's header makes no sense");
  }
  if (at + record.recordExtraBytes + frameBytes > bytes.length) return partial;
  if (expected !== null && expected !== chainBefore) {
    return bad("the record does not follow the one before it");
  }
  const chain = record.readChainAfter(bytes, at, header);
  if (chain === null) return bad("the record's content does not check");
  return chain;
}

function bad(why: string): Stop {
  return { kind: "bad", why };
}

/** The highest `syncedThrough` of whole records and marks, wherever they begin; 0 for none. */
export function syncedThroughAnywhere(bytes: Buffer): number {
  const header = new record.RecordHeader();
  let highest = 0;
  let at = 0;
  while (at + record.recordExtraBytes <= bytes.length) {
    const isRecord =
      bytes[at] === record.recordFormat && typeof checkRecord(bytes, at, null, header) === "number";
    if (isRecord) highest = Math.max(highest, header.syncedThrough);
    at += isRecord ? header.frameBytes + record.recordExtraBytes : 1;
  }
  return highest;
}
