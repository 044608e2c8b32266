// Limits on what people type, and the inert form of what they are shown. Counts of characters hold
// for every supported version of Node, so the samples keep to old letters and emoji.

import assert from "node:assert/strict";
import { test } from "node:test";
import { textBytesMax, textLettersMax } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { checkName, checkText, foldName, inert, lettersOf } from "../../src/base/text.ts";

const family = "👨‍👩‍👧";

test("takes 262 user-perceived characters of any language, and no more", () => {
  for (const letter of ["x", "é", "e\u0301", "日", "😀", "|", "नि", "🇫🇷"]) {
    assert.equal(checkText(letter.repeat(textLettersMax)), null, letter);
    const refusal = checkText(letter.repeat(textLettersMax + 1));
    assert.equal(refusal?.message, "263 characters; the limit is 262 (1 too many)", letter);
  }
});

test("says how many are too many, in the promised words", () => {
  assert.deepEqual(checkText("x".repeat(271)), {
    code: "too-long",
    message: "271 characters; the limit is 262 (9 too many)",
  });
});

test("counts a family as one character, but its bytes in full", () => {
  assert.equal(lettersOf(family.repeat(3)), 3);
  assert.equal(checkText(family.repeat(227)), null);
  const bytes = Buffer.byteLength(family) * 228;
  assert.equal(
    checkText(family.repeat(228))?.message,
    `${bytes} bytes; the limit is ${textBytesMax} (${bytes - textBytesMax} too many)`,
  );
});

test("a huge text is refused before it is counted", () => {
  const startedAt = process.cpuUsage();
  assert.equal(checkText("e\u0301".repeat(1_000_000))?.code, "too-long");
  assert.ok(process.cpuUsage(startedAt).user < 500_000);
});

test("where nobody waits for their number, no more characters are looked at than may be", (t) => {
  const text = "\u202e".repeat(1_365);
  const segments = new Intl.Segmenter().segment("")[Symbol.iterator]();
  const next = t.mock.method(Object.getPrototypeOf(segments) as typeof segments, "next");
  const refusal = checkText(text, textLettersMax + 1);
  assert.equal(next.mock.callCount(), textLettersMax + 1);
  const message = "more than 262 characters; the limit is 262";
  assert.deepEqual(refusal, { code: "too-long", message });
  assert.equal(checkText(text)?.message, "1365 characters; the limit is 262 (1103 too many)");
  assert.equal(checkText("e\u0301".repeat(textLettersMax), textLettersMax + 1), null);
});

test("refuses what holds nothing to read", () => {
  for (const text of ["", " ", "\n\t "]) assert.equal(checkText(text)?.code, "empty");
});

test("a name is 1 to 50 ASCII letters and digits", () => {
  for (const name of ["a", "Z9", "x".repeat(50)]) assert.equal(checkName(name), null);
  for (const name of ["", "x".repeat(51), "a_b", "ä", "a b", "\u212aate", "a\n"]) {
    assert.equal(checkName(name)?.code, "bad-name");
  }
});

test("names fold to one form, and what is no name folds to none", () => {
  assert.equal(foldName("AliCE9"), "alice9");
  assert.equal(foldName("alice"), "alice");
  for (const name of ["", "\u212aate", "a b", "x".repeat(51)]) assert.equal(foldName(name), "");
});

test("shows controls as marks, whole and harmless", () => {
  assert.equal(inert("\u001b[31mred\u0007\r\n"), "␛[31mred␇␍␊");
  assert.equal(inert("\u007f\u009b2J"), "␡<U+009B>2J");
  assert.equal(inert("\ud800x"), "<U+D800>x");
  assert.equal(inert("a\u2028b"), "a<U+2028>b");
});

test("shows what reorders or hides as marks", () => {
  for (const code of [
    0x202e, 0x2066, 0x200f, 0x061c, 0x200b, 0x2060, 0xfeff, 0xad, 0x3164, 0x34f,
  ]) {
    const hex = code.toString(16).toUpperCase().padStart(4, "0");
    assert.equal(inert(`a${String.fromCodePoint(code)}b`), `a<U+${hex}>b`);
  }
  assert.equal(inert("a\u200db"), "a<U+200D>b");
  assert.equal(inert("x\u{e0041}"), "x<U+E0041>");
});

test("leaves people's languages and emoji whole", () => {
  for (const text of [
    "naïve",
    "e\u0301te\u0301",
    "日本語",
    "שלום",
    "می\u200cخواهم",
    "क\u094d\u200dष",
    family,
    "❤\ufe0f 1\ufe0f\u20e3 👍🏽 🇫🇷",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "ไทย ก็",
  ]) {
    assert.equal(inert(text), text);
  }
});

test("bounds floods of combining marks, and lends a stray one a base", () => {
  assert.equal(inert(`Z${"\u0301".repeat(30)}!`), `Z${"\u0301".repeat(8)}<+22 marks>!`);
  assert.equal(inert("\u0301x"), "◌\u0301x");
});

test("inert text holds nothing that a terminal obeys, and stays as it is", () => {
  const prng = makePrng(9);
  const pool =
    "a \u0301\u200d\u200b\u202e\u001b\u0085\u007f👨👩😀क\u094dم\ufe0f\u034f\ud83d1\u20e3";
  for (let round = 0; round < 5_000; round += 1) {
    const text = Array.from({ length: prng.below(14) }, () => {
      const code = prng.chance(0.9) ? pool.charCodeAt(prng.below(pool.length)) : prng.below(65_536);
      return String.fromCharCode(code);
    }).join("");
    const shown = inert(text);
    assert.equal(inert(shown), shown, JSON.stringify(text));
    assert.doesNotMatch(shown, /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u);
    assert.doesNotMatch(shown, /\p{M}{9}/u);
    assert.equal(Buffer.from(shown).toString(), shown);
  }
});
