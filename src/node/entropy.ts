// Unpredictable bytes from the operating system. Small requests are served from a pool, since each
// call of the system costs more than the bytes; a byte is handed out once.

import { randomFillSync } from "node:crypto";
import type { Entropy } from "../ports.ts";

const poolBytes = 4_096;

export function makeEntropy(): Entropy {
  const pool = Buffer.allocUnsafeSlow(poolBytes);
  let used = poolBytes;
  return {
    bytes: (count) => {
      if (count > poolBytes / 4) return randomFillSync(Buffer.alloc(count));
      if (used + count > poolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      const taken = Buffer.from(pool.subarray(used, used + count));
      pool.fill(0, used, used + count);
      used += count;
      return taken;
    },
  };
}
