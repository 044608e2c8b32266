// The running CRC32 that is both a record's checksum and its history's chain (DESIGN §5),
// and SHA-256 for digests of whole states and files. Not for secrets.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Chain } from "../base/ids.ts";

/** The chain value after the frame in bytes [start, end), given the value before it. */
export function extendChain(previous: Chain, bytes: Buffer, start = 0, end = bytes.length): Chain {
  // Up to that length a call out of the engine costs more than the bytes do.
  if (end - start > shortBytesMax) return crc32(bytes.subarray(start, end), previous) as Chain;
  let crc = ~previous;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    // Eight bytes a step, each through the table of its distance from the end of the step. All of
    // them lie in the range.
    crc =
      (tables[1792 + ((crc ^ (bytes[at] as number)) & 255)] as number) ^
      (tables[1536 + (((crc >>> 8) ^ (bytes[at + 1] as number)) & 255)] as number) ^
      (tables[1280 + (((crc >>> 16) ^ (bytes[at + 2] as number)) & 255)] as number) ^
      (tables[1024 + ((crc >>> 24) ^ (bytes[at + 3] as number))] as number) ^
      (tables[768 + (bytes[at + 4] as number)] as number) ^
      (tables[512 + (bytes[at + 5] as number)] as number) ^
      (tables[256 + (bytes[at + 6] as number)] as number) ^
      (tables[bytes[at + 7] as number] as number);
  }
  for (; at < end; at += 1) {
    crc = (tables[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  }
  return (~crc >>> 0) as Chain;
}

const shortBytesMax = 320;
const tables = makeTables();

/** Of CRC-32 by Sarwate, and the seven that follow for slicing by eight (Kounavis and Berry). */
function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ ((crc & 1) * 0xedb88320);
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at += 1) {
    const before = made[at - 256] as number;
    made[at] = (made[before & 255] as number) ^ (before >>> 8);
  }
  return made;
}

/** Lower-case hexadecimal SHA-256 over the parts in order. */
export function digestOf(parts: Iterable<Buffer>): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
