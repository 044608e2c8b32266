// How a group of records lies in whole blocks of the disk: from the beginning of the block in which
// the group before it ended, which is written once more, to the end of a block, with zeros behind
// the last record. Where blocks are a byte long, it is the group alone. Pure; it moves bytes only.

import { groupBytesSmall } from "../base/limits.ts";
import type { Ends } from "./segmentEnd.ts";
import { dropLead, padBuffer, setLead, type WriteBuffer } from "./writeBuffer.ts";

/**
 * What is to be written of the group, and where; `zerosAhead` follow a small one that makes the
 * file longer.
 */
export function layInBlocks(
  segment: Ends,
  group: WriteBuffer,
  blockBytes: number,
  zerosAhead: number,
): { readonly bytes: Buffer; readonly offset: number } {
  // What it has in front is the end of another segment.
  if (segment.sizeBytes === 0) dropLead(group);
  const offset = segment.sizeBytes - group.leadBytes;
  const isLonger = offset + group.usedBytes > segment.fileBytes;
  const isSmall = group.usedBytes - group.leadBytes <= groupBytesSmall;
  const spare = isLonger && isSmall ? zerosAhead : 0;
  const length = Math.ceil((group.usedBytes + spare) / blockBytes) * blockBytes;
  padBuffer(group, length);
  segment.fileBytes = Math.max(segment.fileBytes, offset + length);
  return { bytes: group.bytes.subarray(0, length), offset };
}

/** The block in which a group ends, as far as it does: the next one is written with it. */
export function carryOn(group: WriteBuffer, next: WriteBuffer, blockBytes: number): void {
  // The group begins with a block.
  const lead = group.usedBytes % blockBytes;
  setLead(next, group.bytes.subarray(group.usedBytes - lead, group.usedBytes));
}
