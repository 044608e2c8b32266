// Reads and writes that carry on after the system has taken or given only a part.
// They stop at an error, and reading stops at the end of the file.

import { read, write } from "node:fs";
import type { DiskCallback } from "../ports.ts";
import { diskError } from "./diskErrors.ts";

export interface OpenDescriptor {
  readonly descriptor: number;
  /** For the error's words. */
  readonly path: string;
}

export function writeWhole(
  file: OpenDescriptor,
  bytes: Buffer,
  offset: number,
  done: DiskCallback,
): void {
  write(file.descriptor, bytes, 0, bytes.length, offset, (cause, writtenBytes) => {
    if (cause !== null) return done(diskError("Writing", file.path, cause));
    if (writtenBytes === bytes.length) return done(null);
    if (writtenBytes === 0) return done(diskError("Writing", file.path, "nothing was taken"));
    writeWhole(file, bytes.subarray(writtenBytes), offset + writtenBytes, done);
  });
}

/** Fewer bytes than asked for only at the end of the file. */
export function readWhole(
  descriptor: number,
  range: { readonly offset: number; readonly length: number },
  done: (error: Error | null, bytes: Buffer) => void,
): void {
  const target = Buffer.allocUnsafeSlow(range.length);
  const readRest = (filledBytes: number): void => {
    const wantedBytes = range.length - filledBytes;
    if (wantedBytes === 0) return done(null, target);
    const position = range.offset + filledBytes;
    read(descriptor, target, filledBytes, wantedBytes, position, (cause, gotBytes) => {
      if (cause !== null) return done(cause, target);
      if (gotBytes === 0) return done(null, target.subarray(0, filledBytes));
      readRest(filledBytes + gotBytes);
    });
  };
  readRest(0);
}
