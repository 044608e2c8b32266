// Keys, editing and widths: from the bytes of a keyboard to a line with a cursor, and to cells on a
// screen. No terminal is needed for any of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf, clipped } from "../../src/client/cells.ts";
import { type Key, makeKeyReader } from "../../src/client/keys.ts";
import { edit, emptyLine, insert, lineOf } from "../../src/client/line.ts";

function keysOf(...chunks: readonly string[]): readonly Key[] {
  const reader = makeKeyReader();
  return chunks.flatMap((chunk) => reader.push(chunk));
}

const named = (...names: readonly string[]): readonly unknown[] =>
  names.map((name) => ({ kind: "key", name }));

test("keys are the same in one piece and byte by byte", () => {
  const typed = "hé\x1b[A\x1bOB\x1b[3~x\x1b[1;5D\x1b\x7f\r\x1b[200~a\rb\r\nc\x1b[201~d";
  const whole = keysOf(typed);
  const split = keysOf(...typed.split(""));
  const joined = (keys: readonly Key[]): string =>
    keys.map((key) => (key.kind === "key" ? `<${key.name}>` : `${key.kind} ${key.text}`)).join(" ");
  assert.deepEqual(whole.at(-2), { kind: "paste", text: "a\nb\nc" });
  assert.equal(
    joined(whole),
    "text hé <up> <down> <delete> text x <wordLeft> <deleteWord> <enter> paste a\nb\nc text d",
  );
  assert.equal(joined(split).replace("text h text é", "text hé"), joined(whole));
});

test("a sequence that nobody knows is dropped whole, and shows nothing", () => {
  assert.deepEqual(keysOf("\x1b[99;5X\x1b[?1;2c\x1bOZa"), [{ kind: "text", text: "a" }]);
  assert.deepEqual(keysOf("\x00\x1e"), []);
});

test("control keys edit as in a shell", () => {
  assert.deepEqual(
    keysOf("\x01\x05\x0b\x15\x17\x03\x04\t"),
    named(
      "home",
      "end",
      "deleteToEnd",
      "deleteToStart",
      "deleteWord",
      "interrupt",
      "endOfInput",
      "tab",
    ),
  );
});

test("the cursor never stands within a character", () => {
  let line = lineOf("a👩‍👩‍👧é日");
  line = edit(line, "left");
  line = edit(line, "left");
  assert.deepEqual(edit(line, "backspace").text, "aé日");
  assert.deepEqual(edit(edit(line, "left"), "delete").text, "aé日");
  assert.equal(edit(line, "left").cursor, 1);
});

test("what is typed at the cursor goes there, and a combining mark joins its letter", () => {
  const line = insert(edit(lineOf("ac"), "left"), "b");
  assert.deepEqual(line, { text: "abc", cursor: 2 });
  const joined = insert(insert(emptyLine, "e"), "\u0301");
  assert.deepEqual(joined, { text: "e\u0301", cursor: 2 });
  assert.equal(edit(joined, "backspace").text, "");
});

test("words are jumped over and deleted whole", () => {
  const line = lineOf("send bob  hello");
  assert.equal(edit(line, "deleteWord").text, "send bob  ");
  assert.equal(edit(edit(line, "deleteWord"), "deleteWord").text, "send ");
  assert.equal(edit(edit(line, "wordLeft"), "wordLeft").cursor, 5);
  assert.equal(edit(edit(line, "home"), "wordRight").cursor, 4);
});

test("cells are counted per character that people see", () => {
  const widths: readonly (readonly [string, number])[] = [
    ["abc", 3],
    ["é e\u0301", 3],
    ["日本語", 6],
    ["한국", 4],
    ["😀👍🏽", 4],
    ["👩‍👩‍👧", 2],
    ["🇨🇭", 2],
    ["ﾊﾝ", 2],
    ["…✓→", 3],
    ["ＡＢ", 4],
  ];
  for (const [text, cells] of widths) assert.equal(cellsOf(text), cells, text);
});

test("what is cut keeps within its cells", () => {
  assert.equal(clipped("日本語です", 6), "日本…");
  assert.equal(clipped("日本語", 6), "日本語");
  assert.equal(clipped("abcdef", 4), "abc…");
});
