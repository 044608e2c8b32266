// The end of the log in memory: what it keeps is bounded in bytes, whatever the batches' size, and
// what it keeps it finds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asOp, noChain, noOp } from "../../src/base/ids.ts";
import { memoryTailBytes } from "../../src/base/limits.ts";
import { appendToTail, chainInTail, makeLogTail, tailBehind } from "../../src/replica/logTail.ts";
import type { LogTail } from "../../src/replica/logTail.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { commandFor } from "../support/replicaCommands.ts";

/** One record of about so many bytes. */
function append(tail: LogTail, bytes: number): void {
  const { batch, lastAtUs } = buildBatch(
    {
      ballot: asBallot(64),
      firstOp: asOp(tail.lastOp + 1),
      atUsBefore: tail.lastAtUs,
      chainBefore: tail.lastChain,
      wallUs: 1,
    },
    [commandFor("x".repeat(bytes))],
  );
  appendToTail(tail, batch, lastAtUs);
}

function heldBytes(tail: LogTail): number {
  return tail.batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

const start = { lastOp: noOp, lastChain: noChain, lastAtUs: 0 };

for (const bytes of [100, 5_000, 60_000]) {
  test(`records of ${bytes} bytes take no more memory than is set aside for them`, () => {
    const tail = makeLogTail(start);
    for (let left = 5 * memoryTailBytes; left > 0; left -= bytes) append(tail, bytes);
    assert.equal(heldBytes(tail) <= memoryTailBytes, true, `${heldBytes(tail)} bytes`);
    assert.equal(heldBytes(tail) > memoryTailBytes / 2, true, "most of it is used");
    const { lastOp } = tail;
    assert.equal(tailBehind(tail, asOp(lastOp - 1))?.lastOp, lastOp);
    assert.equal(
      chainInTail(tail, asOp(lastOp - 1)),
      tailBehind(tail, asOp(lastOp - 1))?.chainBefore,
    );
    assert.equal(tailBehind(tail, asOp(1)), null, "what is forgotten is the disk's to tell");
  });
}
