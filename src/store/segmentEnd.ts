// What may lie behind the records of the segment being written: zeros, written ahead, and a
// durability mark (record.ts), over which the next group is written. Neither counts as its size.

import type { DiskFile } from "../ports.ts";
import { syncFile } from "./files.ts";
import type { HistoryPoint } from "./journalScan.ts";
import { durabilityMark } from "./record.ts";

export interface Ends {
  readonly sizeBytes: number;
  fileBytes: number;
}

/** The bytes of the mark, and where they go: right behind the last record. */
export function placeMark(
  segment: Ends,
  durable: HistoryPoint,
): { readonly bytes: Buffer; readonly offset: number } {
  const bytes = durabilityMark(durable);
  segment.fileBytes = Math.max(segment.fileBytes, segment.sizeBytes + bytes.length);
  return { bytes, offset: segment.sizeBytes };
}

/** They must be gone, durably, before a next segment says that this one is complete. */
export async function cutZeros(file: DiskFile | null, segment: Ends | undefined): Promise<void> {
  if (file === null || segment === undefined || segment.fileBytes <= segment.sizeBytes) return;
  await file.truncate(segment.sizeBytes);
  await syncFile(file);
  segment.fileBytes = segment.sizeBytes;
}
