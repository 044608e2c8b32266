// What the demo understands and says: lines with a colon,
// readiness lines, and the bot's answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkText } from "../../src/base/text.ts";
import { answerTo } from "../../src/demo/bot.ts";
import { colonHelp, parseColonLine } from "../../src/demo/colonLine.ts";
import { parseReadyLine } from "../../src/demo/readyLine.ts";

test("lines with a colon act on one server, whatever their case and spaces", () => {
  assert.deepEqual(parseColonLine(":kill 0", 3), { kind: "kill", id: 0 });
  assert.deepEqual(parseColonLine(": PAUSE  2 ", 3), { kind: "pause", id: 2 });
  assert.deepEqual(parseColonLine(":resume 1", 3), { kind: "resume", id: 1 });
  assert.deepEqual(parseColonLine(":start 1", 3), { kind: "start", id: 1 });
  assert.deepEqual(parseColonLine(":cluster", 3), { kind: "cluster" });
  assert.deepEqual(parseColonLine(":help", 3), { kind: "help" });
});

test("a line with a colon that makes no sense says what to type instead", () => {
  for (const line of [":kill", ":kill 3", ":kill -1", ":kill 0 1", ":kill me"]) {
    const parsed = parseColonLine(line, 3);
    assert.equal(parsed.kind === "wrong" && parsed.message.includes("from 0 to 2"), true, line);
  }
  for (const line of [":", ":dance", ":kil 0"]) {
    const parsed = parseColonLine(line, 3);
    assert.equal(parsed.kind === "wrong" && parsed.message.includes(":help"), true, line);
  }
});

test("who would leave with a colon is told how", () => {
  for (const line of [":quit", ":exit"]) {
    const parsed = parseColonLine(line, 3);
    assert.equal(parsed.kind === "wrong" && parsed.message.includes("with quit"), true, line);
  }
});

test("a mistyped line with a colon is told the nearest one, and nothing is done", () => {
  for (const [line, nearest] of [
    [":kil 0", ":kill"],
    [":strat 1", ":start"],
    [":clsuter", ":cluster"],
    [":dance", null],
  ] as const) {
    const parsed = parseColonLine(line, 3);
    const hint = nearest === null ? "Try :help." : `Did you mean ${nearest}?`;
    assert.equal(parsed.kind === "wrong" && parsed.message.includes(hint), true, line);
  }
});

test("the help names each command as it is understood", () => {
  for (const line of colonHelp) {
    const [example = ""] = line.split(/ {2,}/);
    assert.notEqual(parseColonLine(example, 3).kind, "wrong", line);
  }
});

test("a readiness line is read back, and nothing else is taken for one", () => {
  const line = "ready id=1 role=secondary view=12 clients=127.0.0.1:22068 peers=127.0.0.1:22168";
  assert.deepEqual(parseReadyLine(line), { id: 1, role: "secondary", view: 12 });
  for (const other of ["", "ready", "ready id=x role=primary view=1 ", `say ${line}`]) {
    assert.equal(parseReadyLine(other), null, other);
  }
});

test("the bot's answers count the messages and can be sent", () => {
  const texts = ["hello", "still there?", "bye", "x".repeat(262)];
  for (const text of texts) {
    for (const serving of [0, 1, 2, 3]) {
      const answer = answerTo({ text, count: 41, serving });
      assert.match(answer, /Message 41, and I have had each of them once\./);
      assert.equal(checkText(answer), null, answer);
    }
  }
  assert.match(answerTo({ text: "ok", count: 1, serving: 1 }), /the last server standing/);
  assert.match(answerTo({ text: "ok", count: 1, serving: 2 }), /with 2 servers left/);
});
