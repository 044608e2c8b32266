// A folder of files in memory, as the Disk port: for what need not outlive the process.
// Nothing ever fails for want of room, and what is written is as durable as it will ever be.

import { assert } from "../base/assert.ts";
import type { Disk, DiskCallback, DiskFile } from "../ports.ts";

/** Told of as much free room as nobody can use up. */
const freeBytesSaid = 2 ** 40;

interface Content {
  bytes: Buffer;
  /** Of `bytes`; the rest is room to grow. */
  length: number;
}

export function makeMemoryDisk(path: string): Disk {
  const files = new Map<string, Content>();
  let isLocked = false;
  const contentOf = (name: string): Content => {
    const content = files.get(name);
    if (content === undefined) throw new Error(`${path}/${name} does not exist.`);
    return content;
  };
  return {
    path,
    list: async () => [...files.keys()],
    sizeBytes: async (name) => contentOf(name).length,
    read: async (name, { offset, length }) => {
      const content = contentOf(name);
      return Buffer.from(
        content.bytes.subarray(0, content.length).subarray(offset, offset + length),
      );
    },
    create: async (name) => {
      if (files.has(name)) throw new Error(`${path}/${name} exists already.`);
      const content = { bytes: Buffer.alloc(0), length: 0 };
      files.set(name, content);
      return fileOf(content);
    },
    open: async (name) => fileOf(contentOf(name)),
    rename: async (from, to) => {
      files.set(to, contentOf(from));
      if (from !== to) files.delete(from);
    },
    remove: async (name) => {
      contentOf(name);
      files.delete(name);
    },
    syncFolder: async () => undefined,
    freeBytes: async () => freeBytesSaid,
    blockBytes: 1,
    blockMemory: (lengthBytes) => Buffer.allocUnsafeSlow(lengthBytes),
    lock: async () => {
      const isFree = !isLocked;
      isLocked = true;
      return isFree;
    },
    unlock: async () => void (isLocked = false),
  };
}

function fileOf(content: Content): DiskFile {
  let isOpen = true;
  const write = (bytes: Buffer, offset: number, done: DiskCallback): void => {
    assert(isOpen, "a closed file is not written");
    grow(content, offset + bytes.length);
    bytes.copy(content.bytes, offset);
    setImmediate(done, null);
  };
  return {
    write,
    writeDurably: write,
    writeBlocks: write,
    sync: (done) => void setImmediate(done, null),
    truncate: async (lengthBytes) => {
      grow(content, lengthBytes);
      content.bytes.fill(0, lengthBytes, content.length);
      content.length = lengthBytes;
    },
    close: async () => void (isOpen = false),
  };
}

function grow(content: Content, length: number): void {
  if (length > content.bytes.length) {
    const bytes = Buffer.alloc(Math.max(2 * content.bytes.length, length));
    content.bytes.copy(bytes, 0, 0, content.length);
    content.bytes = bytes;
  }
  content.length = Math.max(content.length, length);
}
