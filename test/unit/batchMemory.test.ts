// The memory that small batches share: what one was given is nobody else's, however large it is and
// whatever comes behind it. How long anybody keeps it is not looked at here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { batchBytes } from "../../src/wire/batchMemory.ts";

test("what a batch was given is nobody else's, whatever comes behind it", () => {
  const lengths = Array.from({ length: 400 }, (_, at) => (at * 97) % 3_000);
  const given = lengths.map((length) => batchBytes(length));
  given.forEach((bytes, at) => bytes.fill(at % 251));
  given.forEach((bytes, at) => {
    assert.equal(bytes.length, lengths[at]);
    assert.ok(
      bytes.every((byte) => byte === at % 251),
      `batch ${at} was overwritten`,
    );
  });
});
