// Bytes by fours say and do the same as bytes one by one, wherever a stretch begins and ends, and
// whatever stands around it.

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { copyShort, isBase64url, isPlainText } from "../../src/base/bytes.ts";

const length = 11;
const plain = "Hello, you!";

/** As it is meant, byte by byte. */
function isPlain(text: string): boolean {
  return /^[\x20-\x24\x26-\x7b\x7d\x7e]+$/.test(text) && text.trim() !== "";
}

test("every byte at every place of a text is judged as it would be alone", () => {
  for (let at = 0; at < length; at += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      for (const around of [plain, " ".repeat(length), "~".repeat(length)]) {
        const bytes = Buffer.from(`\0${around}\0`, "latin1");
        bytes[1 + at] = byte;
        const text = bytes.latin1Slice(1, 1 + length);
        equal(isPlainText(bytes, 1, 1 + length), isPlain(text), JSON.stringify(text));
      }
    }
  }
});

test("nothing, and nothing but spaces, is no text", () => {
  for (let end = 0; end <= length; end += 1) {
    equal(isPlainText(Buffer.from(" ".repeat(length)), 0, end), false);
  }
});

test("exactly the stretch is copied, from any place to any other", () => {
  const source = Buffer.from(Array.from({ length: 20 }, (_, at) => 200 + at));
  for (let start = 0; start < 6; start += 1) {
    for (let end = start; end <= 14; end += 1) {
      for (let at = 0; at < 5; at += 1) {
        const target = Buffer.alloc(24, 7);
        const expected = Buffer.from(target);
        source.copy(expected, at, start, end);
        equal(copyShort(source, start, end, target, at), at + end - start);
        equal(target.toString("hex"), expected.toString("hex"));
      }
    }
  }
});

test("parts of one larger buffer are told apart", () => {
  const whole = Buffer.from("abcdefghij|lmnopqrst");
  const [first, second] = [whole.subarray(0, 10), whole.subarray(10)];
  equal(isPlainText(first, 0, 10), true);
  equal(isPlainText(second, 0, 10), false);
  const target = Buffer.alloc(10);
  copyShort(second, 1, 10, target.subarray(1), 0);
  equal(target.latin1Slice(), "\0lmnopqrst");
});

test("letters of base64url are told from all other bytes, wherever they stand", () => {
  for (let at = 0; at < length; at += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      const bytes = Buffer.from(`.${"aZ0-_".repeat(3)}.`, "latin1");
      bytes[1 + at] = byte;
      const text = bytes.latin1Slice(1, 1 + length);
      equal(isBase64url(bytes, 1, 1 + length), /^[\w-]+$/.test(text), JSON.stringify(text));
    }
  }
});
