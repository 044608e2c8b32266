// Writes of whole blocks to one file, past the system's own copy of it and through to the medium:
// what is written is not read again before the next start, and without that copy a sync costs a
// third less. Where the system or the file system has no such writes, they go the usual way.

import { close, constants, open } from "node:fs";
import { platform } from "node:process";
import { promisify } from "node:util";
import type { DiskCallback } from "../ports.ts";
import { diskError, errorCode } from "./diskErrors.ts";
import { writeWhole } from "./wholeTransfers.ts";

const closeFile = promisify(close);

/** A page: no disk has larger blocks, and the system's own copy would go out in no less. */
const pageBytes = 4_096;
const wasmPageBytes = 65_536;
const hasBlocks = platform === "linux" && typeof constants.O_DIRECT === "number";

/** 1: there are no such writes here. */
export const blockBytes = hasBlocks ? pageBytes : 1;

const flags =
  constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_DSYNC | (constants.O_DIRECT ?? 0);

/** What of WebAssembly is needed: of all memory only its own is known to begin with a page. */
interface PageMemory {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => {
    readonly buffer: ArrayBuffer;
  };
}

/** Not there where nothing may be compiled while the program runs (`node --jitless`). */
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly?: PageMemory };

/** Not cleared. Where there is none that begins with a page, any: then the system refuses it. */
export function blockMemory(lengthBytes: number): Buffer {
  if (!hasBlocks || WebAssembly === undefined) return Buffer.allocUnsafeSlow(lengthBytes);
  const pages = Math.ceil(lengthBytes / wasmPageBytes);
  try {
    return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return Buffer.allocUnsafeSlow(lengthBytes);
  }
}

export type UsualWrite = (bytes: Buffer, offset: number, done: DiskCallback) => void;

export class BlockWriter {
  readonly #path: string;
  readonly #usual: UsualWrite;
  #descriptor: number | null = null;
  #isRefused = !hasBlocks;
  #isClosed = false;

  constructor(path: string, usual: UsualWrite) {
    this.#path = path;
    this.#usual = usual;
  }

  write(bytes: Buffer, offset: number, done: DiskCallback): void {
    if (this.#isRefused) return this.#usual(bytes, offset, done);
    if (this.#descriptor === null) return this.#open(() => this.write(bytes, offset, done), done);
    const file = { descriptor: this.#descriptor, path: this.#path };
    writeWhole(file, bytes, offset, (error) => {
      if (error === null || !isNoSuchWrite(error.cause)) return done(error);
      this.#isRefused = true;
      this.#usual(bytes, offset, done);
    });
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = null;
    this.#isClosed = true;
    if (descriptor !== null) await closeFile(descriptor);
  }

  #open(next: () => void, done: DiskCallback): void {
    open(this.#path, flags, (cause, descriptor) => {
      if (this.#isClosed) return this.#giveUp(cause === null ? descriptor : null, done);
      if (cause === null) this.#descriptor = descriptor;
      else if (isNoSuchWrite(cause)) this.#isRefused = true;
      else return done(diskError("Opening", this.#path, cause));
      next();
    });
  }

  /** Whoever has closed the file waits for nothing that was still to be written. */
  #giveUp(descriptor: number | null, done: DiskCallback): void {
    const tell = (): void => done(diskError("Writing", this.#path, "it has been closed"));
    if (descriptor === null) tell();
    else close(descriptor, tell);
  }
}

function isNoSuchWrite(cause: unknown): boolean {
  return ["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes(errorCode(cause));
}
