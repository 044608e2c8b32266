// The memory of slabs (letters.ts): several lie side by side in one piece, large enough for large
// pages where the system was asked for such (node/hugePages.ts). The first slab lies alone, so that
// little takes little. A piece goes when all of its slabs have gone.

import { letterSlabBytes, slabsPerPiece } from "../base/limits.ts";

interface Piece {
  readonly bytes: Buffer;
  /** How many of its slabs are taken. */
  taken: number;
}

export class SlabMemory {
  readonly #pieces = new Map<number, Piece>();

  /** Not cleared. Nobody else's, until it is given back. */
  take(slab: number): Buffer {
    if (slab === 0) return Buffer.allocUnsafeSlow(letterSlabBytes);
    const number = pieceOf(slab);
    let piece = this.#pieces.get(number);
    if (piece === undefined) {
      piece = { bytes: Buffer.allocUnsafeSlow(slabsPerPiece * letterSlabBytes), taken: 0 };
      this.#pieces.set(number, piece);
    }
    piece.taken += 1;
    const start = ((slab - 1) % slabsPerPiece) * letterSlabBytes;
    return piece.bytes.subarray(start, start + letterSlabBytes);
  }

  giveBack(slab: number): void {
    const number = pieceOf(slab);
    const piece = this.#pieces.get(number);
    if (piece === undefined) return;
    piece.taken -= 1;
    if (piece.taken === 0) this.#pieces.delete(number);
  }
}

function pieceOf(slab: number): number {
  return Math.floor((slab - 1) / slabsPerPiece);
}
