// Takes records apart: bytes of a journal in, one batch out, and why it stopped. Pure. The frames
// are moved together inside the given bytes, so nothing is copied elsewhere; the bytes are used up
// by it.

import type { Chain, Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import type { Batch } from "../wire/batch.ts";
import * as record from "./record.ts";

/** Where reading goes on: the next op and the chain before it (null: whatever the record says). */
export interface ReadingPoint {
  readonly op: Op;
  readonly chain: Chain | null;
}

export type Stop =
  | { readonly kind: "end" }
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

/** `onRecord` hears each record's op and its offset within `bytes`. */
export function parseRecords(
  bytes: Buffer,
  start: ReadingPoint,
  onRecord: (op: number, offset: number) => void,
): ParsedRecords {
  const ends: number[] = [];
  const chains: Chain[] = [];
  let { chain } = start;
  let chainBefore = chain;
  let offset = 0;
  let frameEnd = 0;
  let syncedThroughMax = 0;
  let stop: Stop = { kind: "end" };
  while (offset < bytes.length) {
    const found = checkRecord(bytes, offset, chain);
    if (found.kind !== "record") {
      stop = found;
      break;
    }
    onRecord(start.op + ends.length, offset);
    const frameStart = offset + record.recordHeaderBytes;
    bytes.copyWithin(frameEnd, frameStart, frameStart + found.frameBytes);
    frameEnd += found.frameBytes;
    offset = frameStart + found.frameBytes + record.recordTrailerBytes;
    syncedThroughMax = Math.max(syncedThroughMax, found.syncedThrough);
    chainBefore ??= found.chainBefore;
    chain = found.chain;
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
          ends,
          chainBefore,
          chains,
        };
  return { batch, usedBytes: offset, syncedThroughMax, stop };
}

type Found = Stop | ({ readonly kind: "record"; readonly chain: Chain } & record.RecordHeader);

/** `expected` is the chain so far; null takes the record's word for it. */
function checkRecord(bytes: Buffer, at: number, expected: Chain | null): Found {
  if (at + record.recordHeaderBytes > bytes.length) return { kind: "partial" };
  const header = record.readHeader(bytes, at);
  if (header === null) return { kind: "bad", why: "the record's header does not check" };
  const { format, frameBytes, chainBefore } = header;
  if (format > record.recordFormat) return { kind: "newer", format };
  if (format === 0 || frameBytes === 0 || frameBytes > record.frameBytesMax) {
    return { kind: "bad", why: "the record's header makes no sense" };
  }
  if (at + record.recordExtraBytes + frameBytes > bytes.length) return { kind: "partial" };
  if (expected !== null && expected !== chainBefore) {
    return { kind: "bad", why: "the record does not follow the one before it" };
  }
  const chain = record.readChainAfter(bytes, at, header);
  if (chain === null) return { kind: "bad", why: "the record's content does not check" };
  return { kind: "record", chain, ...header };
}

/** The highest `syncedThrough` of any whole record in the bytes, wherever it begins; 0 for none. */
export function syncedThroughAnywhere(bytes: Buffer): number {
  let highest = 0;
  let at = 0;
  while (at + record.recordExtraBytes < bytes.length) {
    const found = bytes[at] === record.recordFormat ? checkRecord(bytes, at, null) : null;
    if (found?.kind === "record") {
      highest = Math.max(highest, found.syncedThrough);
      at += found.frameBytes + record.recordExtraBytes;
    } else {
      at += 1;
    }
  }
  return highest;
}
