// What a simulated link hands out lies in memory of the whole process, as with real sockets
// (src/node/sharedReads.ts), and is spoiled when the call is over: whoever keeps it notices.

import assert from "node:assert/strict";
import type { LinkHandler } from "../../src/ports.ts";

const memory = Buffer.allocUnsafeSlow(65_536);
const spoilt = 0xff;
let isLent = false;

export function lend(bytes: Buffer, handler: LinkHandler): void {
  assert.ok(!isLent && bytes.length <= memory.length);
  isLent = true;
  bytes.copy(memory);
  try {
    handler.bytes(memory.subarray(0, bytes.length));
  } finally {
    memory.fill(spoilt, 0, bytes.length);
    isLent = false;
  }
}
