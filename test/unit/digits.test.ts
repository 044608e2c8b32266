// Numbers as digits in bytes, beside what JavaScript's own strings say. What records and letters
// make of them is tested with those.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readUint, writeUint } from "../../src/base/digits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { parseUint } from "../../src/wire/fields.ts";

const edges = [0, 1, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 99_999_999, 100_000_000];
const largest = [1_795_268_269_646, 1_795_268_269_646_123, Number.MAX_SAFE_INTEGER];

test("a number is written as JavaScript would write it, and read back", () => {
  const prng = makePrng(7);
  const drawn = Array.from({ length: 2_000 }, () => Math.floor(2 ** (prng.below(5_300) / 100)));
  const target = Buffer.alloc(32, 0x7c);
  for (const value of [...edges, ...largest, ...drawn]) {
    const end = writeUint(target, 3, value);
    assert.equal(target.latin1Slice(3, end), String(value));
    assert.equal(target[end], 0x7c);
    assert.equal(readUint(target, 3, end), value);
    target.fill(0x7c);
  }
});

test("what is no number in its only form is not read as one", () => {
  for (const text of ["", "00", "01", "1a", "-1", " 1", "9007199254740992", "12345678901234567"]) {
    const bytes = Buffer.from(text, "latin1");
    assert.equal(readUint(bytes, 0, bytes.length), -1, text);
    assert.equal(parseUint(text), -1, text);
  }
});
