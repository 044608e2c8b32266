// The running CRC32 that is both a record's checksum and its history's chain (DESIGN §5),
// and SHA-256 for digests of whole states and files. Not for secrets.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Chain } from "../base/ids.ts";

/** The chain value after `frame`, given the value before it. */
export function extendChain(previous: Chain, frame: Buffer): Chain {
  return crc32(frame, previous) as Chain;
}

/** Lower-case hexadecimal SHA-256 over the parts in order. */
export function digestOf(parts: Iterable<Buffer>): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
