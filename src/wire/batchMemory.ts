// Memory for the bytes of batches, which live for as long as their records may be asked for. A
// buffer of its own for each small one costs more than the batch does, and memory shared with what
// is short-lived would be held by them: so small ones share slabs of their own, in the order in
// which they come, and as a rule go.

const slabBytes = 16_384;
/** Larger ones have their own: the rest of a slab would be wasted too often. */
const sharedBytesMax = 2_048;

let slab = Buffer.alloc(0);
let used = 0;

/** Not cleared; nobody else's. */
export function batchBytes(length: number): Buffer {
  if (length > sharedBytesMax) return Buffer.allocUnsafeSlow(length);
  if (used + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    used = 0;
  }
  used += length;
  return slab.subarray(used - length, used);
}
