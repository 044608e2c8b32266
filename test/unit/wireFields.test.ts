// Fields: any value round-trips, and only the one canonical form is taken, so that equal values
// have equal bytes on every server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { framePayloadBytesMax } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { decodeField, encodeField, escapeText, parseUint } from "../../src/wire/fields.ts";
import { isEscapedText, unescapeText } from "../../src/wire/fields.ts";
import type { FieldKind } from "../../src/wire/fields.ts";

test("text in any language goes over the wire as printable ASCII and comes back", () => {
  const prng = makePrng(4);
  for (let round = 0; round < 20_000; round += 1) {
    const text = Array.from({ length: prng.below(12) }, () => {
      const code = prng.below(prng.pick([0x80, 0x800, 0x11_0000]));
      // Lone surrogates are no text.
      return code >= 0xd800 && code <= 0xdfff ? "|" : String.fromCodePoint(code);
    }).join("");
    const field = escapeText(text);
    assert.match(field, /^[\x20-\x7b\x7d\x7e]*$/);
    assert.equal(unescapeText(field), text);
  }
});

test("a byte order mark, NUL and the separator survive", () => {
  for (const text of ["\ufeffx", "\0", "a|b%|%7C", "", " ", "€", "\u{10ffff}"]) {
    assert.equal(unescapeText(escapeText(text)), text);
  }
});

test("a lone surrogate becomes the replacement character, not an error", () => {
  assert.equal(unescapeText(escapeText("a\ud800")), "a\ufffd");
});

test("takes only the canonical escape of each text", () => {
  for (const field of [
    "%41",
    "%c3%a9",
    "%",
    "%4",
    "%ZZ",
    "%FF",
    "%C3",
    "%C0%80",
    "%ED%A0%80",
    "|",
  ]) {
    assert.equal(unescapeText(field), null, field);
  }
});

test("escaped text is checked for form alone", () => {
  for (const field of ["", "a b", "%FF", "%41"]) assert.ok(isEscapedText(field));
  for (const field of ["|", "%f", "%ff", "é", "\n"]) assert.ok(!isEscapedText(field));
});

test("the longest fields are judged without trouble", () => {
  const long = "%C3%A9".repeat(Math.floor(framePayloadBytesMax / 6));
  assert.ok(isEscapedText(long));
  assert.equal(unescapeText(long)?.length, long.length / 6);
  assert.equal(unescapeText(`${long}%`), null);
  assert.equal(unescapeText("%".repeat(framePayloadBytesMax)), null);
});

test("numbers are canonical decimals up to 2^53 - 1", () => {
  assert.equal(parseUint("0"), 0);
  assert.equal(parseUint("9007199254740991"), 9_007_199_254_740_991);
  const bad = ["", "00", "01", "-1", "+1", "1.0", "1e3", "0x1", " 1", "9007199254740992", "٣"];
  for (const field of bad) assert.equal(parseUint(field), -1, field);
});

const good: readonly (readonly [FieldKind, unknown, string])[] = [
  ["flag", true, "1"],
  ["flag", false, "0"],
  ["hex", "", ""],
  ["hex", "00ff", "00ff"],
  ["bytes", Buffer.from([0, 255]), "AP8="],
  ["bytes", Buffer.alloc(0), ""],
  ["server", 63, "63"],
  ["chain", 0xffff_ffff, "4294967295"],
  ["incarnation", 1, "1"],
  ["account", 1, "1"],
  ["uints", [], ""],
  ["uints", [0, 7], "0,7"],
  ["servers", [0, 63], "0,63"],
  ["incarnations", [1, 9], "1,9"],
  ["texts", [], ""],
  ["texts", ["a", "b,|%"], "a,b%2C%7C%25"],
  ["client", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"],
];

for (const [kind, value, field] of good) {
  test(`${kind} ${JSON.stringify(value)} is written "${field}" and read back`, () => {
    assert.equal(encodeField(kind, value), field);
    assert.deepEqual(decodeField(kind, field), value);
  });
}

const bad: Partial<Record<FieldKind, readonly string[]>> = {
  flag: ["", "2", "true", "01"],
  hex: ["0", "0G", "FF", "zz"],
  bytes: ["A", "AP8", "AP8=\n", "AP9=", "-_8="],
  server: ["64", "-1", ""],
  chain: ["4294967296"],
  incarnation: ["0"],
  account: ["0"],
  uints: [",", "1,", ",1", "1,,2", "1, 2", "-1"],
  servers: ["64", "1,"],
  incarnations: ["0", "1,0"],
  texts: [",", "a,", "a,%2c", "%", "a%2C%"],
  client: ["", "0".repeat(31), "0".repeat(33), "A".repeat(32), `${"0".repeat(31)}g`],
  op: ["", "x"],
  ballot: ["01"],
};

for (const [kind, fields] of Object.entries(bad)) {
  test(`what is no ${kind} is refused`, () => {
    for (const field of fields) {
      // The keys of the table above are kinds.
      assert.equal(decodeField(kind as FieldKind, field), undefined, JSON.stringify(field));
    }
  });
}
