// The folded names of all accounts in order, for search. Blocks of bounded size keep an insertion
// cheap however many names there are, and no query sorts anything.

import { namesPerBlock } from "../base/limits.ts";

export class NameIndex {
  /** Each sorted, none empty, in order. */
  private readonly blocks: string[][] = [];

  add(name: string): void {
    const index = Math.max(0, this.blockBehind(name) - 1);
    const block = this.blocks[index];
    if (block === undefined) {
      this.blocks.push([name]);
      return;
    }
    const at = positionOf(block, name);
    if (block[at] === name) return;
    block.splice(at, 0, name);
    if (block.length > namesPerBlock) {
      this.blocks.splice(index + 1, 0, block.splice(namesPerBlock >>> 1));
    }
  }

  remove(name: string): void {
    const index = this.blockBehind(name) - 1;
    const block = this.blocks[index];
    if (block === undefined) return;
    const at = positionOf(block, name);
    if (block[at] !== name) return;
    block.splice(at, 1);
    if (block.length === 0) this.blocks.splice(index, 1);
  }

  /** Names at or behind `from`, in order. */
  *startingAt(from: string): Iterable<string> {
    const first = Math.max(0, this.blockBehind(from) - 1);
    for (let index = first; index < this.blocks.length; index += 1) {
      const block = this.blocks[index] as string[];
      let at = index === first ? positionOf(block, from) : 0;
      for (; at < block.length; at += 1) yield block[at] as string;
    }
  }

  /** Index of the first block that begins behind the name. */
  private blockBehind(name: string): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.blocks[middle] as string[])[0] as string) <= name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Of the first name that is not before `name`. */
function positionOf(block: readonly string[], name: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((block[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
