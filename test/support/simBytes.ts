// A file's content in memory that grows in place: appending costs what is appended, not the file.
// What lies between the old end and a later write reads as zeros.

import type { LinkBytes } from "../../src/ports.ts";
import type { FileChange } from "./simMedium.ts";

export interface SimBytes {
  sizeBytes(): number;
  /** A view, not to be kept: the next change may show in it. */
  view(): Buffer;
  apply(change: FileChange): void;
  copy(): SimBytes;
}

const nothing = Buffer.alloc(0);

export function makeBytes(start: Buffer = nothing): SimBytes {
  let bytes = start.length === 0 ? nothing : Buffer.from(start);
  let size = start.length;
  const reach = (end: number): void => {
    if (end <= size) return;
    if (end > bytes.length) {
      // Most files are small: those share the pool's memory, which costs a fraction.
      const larger = Buffer.allocUnsafe(Math.max(end, bytes.length * 2, 512));
      bytes.copy(larger, 0, 0, size);
      larger.fill(0, size);
      bytes = larger;
    }
    size = end;
  };
  return {
    sizeBytes: () => size,
    view: () => bytes.subarray(0, size),
    apply: (change) => {
      if (change.kind === "write") {
        reach(change.offset + change.bytes.length);
        change.bytes.copy(bytes, change.offset);
      } else if (change.lengthBytes < size) {
        bytes.fill(0, change.lengthBytes, size);
        size = change.lengthBytes;
      }
    },
    copy: () => makeBytes(bytes.subarray(0, size)),
  };
}

/** As one: a real link takes pieces together, too. */
export function bytesOf(sent: LinkBytes): Buffer {
  if (typeof sent === "string") {
    const bytes = Buffer.allocUnsafe(sent.length);
    bytes.latin1Write(sent, 0, sent.length);
    return bytes;
  }
  return Buffer.isBuffer(sent) ? sent : Buffer.concat(sent.map(bytesOf));
}
