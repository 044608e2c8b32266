// How many bytes have been appended to the files of one log since it was first looked at, whatever
// of it has been removed since. Zeros at the end of a file are room written ahead, not log.

import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { LogFiles } from "./system.ts";

const blockBytes = 65_536;

export class LogWatch {
  private readonly files: LogFiles;
  private readonly sizes = new Map<string, number>();
  private grown = 0;

  constructor(files: LogFiles) {
    this.files = files;
    this.grownBytes();
    this.grown = 0;
  }

  grownBytes(): number {
    for (const name of readdirSync(this.files.folder)) {
      if (!this.files.pattern.test(name)) continue;
      const size = usedBytes(join(this.files.folder, name));
      this.grown += Math.max(0, size - (this.sizes.get(name) ?? 0));
      this.sizes.set(name, size);
    }
    return this.grown;
  }
}

function usedBytes(path: string): number {
  const file = openSync(path, "r");
  try {
    const block = Buffer.alloc(blockBytes);
    let end = fstatSync(file).size;
    while (end > 0) {
      const start = Math.max(0, end - blockBytes);
      const length = readSync(file, block, 0, end - start, start);
      let used = length;
      while (used > 0 && block[used - 1] === 0) used -= 1;
      if (used > 0) return start + used;
      end = start;
    }
    return 0;
  } finally {
    closeSync(file);
  }
}
