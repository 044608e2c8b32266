// What typed lines mean, and which further lines they eat: by their words alone. Also: help and
// completion agree with what the parser knows. Nothing is carried out here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { complete, type Known } from "../../src/client/complete.ts";
import { examples } from "../../src/client/examples.ts";
import { helpEntries, helpLines } from "../../src/client/help.ts";
import { lineOf } from "../../src/client/line.ts";
import { commandNames, nearestCommand, parseLine } from "../../src/client/parse.ts";

test("commands mean the same in any case, with a slash or without", () => {
  for (const line of ["send bob hi", "SEND bob hi", "/send bob hi", "  /Send   bob   hi  "]) {
    assert.deepEqual(parseLine(line), {
      kind: "command",
      command: { kind: "send", to: "bob", text: "hi" },
      questions: [],
    });
  }
});

test("a text keeps its inner spaces and its case", () => {
  const parsed = parseLine("send Bob  A  strange | text %20");
  assert.ok(parsed.kind === "command" && parsed.command.kind === "send");
  assert.equal(parsed.command.to, "Bob");
  assert.equal(parsed.command.text, "A  strange | text %20");
});

const questionsOf = new Map<string, readonly string[]>([
  ["register", ["name", "password"]],
  ["register alice", ["password"]],
  ["register a!b", ["password"]],
  ["register alice inline", ["password"]],
  ["login", ["name", "password"]],
  ["login alice", ["password"]],
  ["login alice inline", ["password"]],
  ["search", ["pattern"]],
  ["search a*", []],
  ["send", ["recipient", "text"]],
  ["send bob", ["text"]],
  ["send bob hi", []],
  ["reply", ["text"]],
  ["reply hi there", []],
  ["delete", ["confirmation"]],
  ["delete alice", ["confirmation"]],
  ["logout", []],
  ["logout now", []],
  ["inbox", []],
  ["inbox x", []],
  ["history", ["partner"]],
  ["history --before", ["partner"]],
  ["history --find cake", ["partner"]],
  ["history #team --before", []],
  ["history #team --find", []],
  ["history #team 3 --before=", []],
  ["history --before= #team", []],
  ["history #team 0", []],
]);

test("how many lines a command eats follows from its words", () => {
  for (const [line, questions] of questionsOf) {
    const parsed = parseLine(line);
    assert.ok(parsed.kind === "command" || parsed.kind === "misused", line);
    assert.deepEqual(parsed.questions, questions, line);
  }
});

test("words that make no sense are refused in words", () => {
  const misused = [
    "login a b",
    "search a b",
    "inbox 0",
    "inbox 1 2",
    "wait -1",
    "wait x",
    "quit now",
  ];
  for (const line of [
    ...misused,
    "wait 1 2",
    "wait --for",
    "wait --for x",
    "wait --for=",
    "wait --for 0x1",
    "help a b",
    "users x y",
    "block x y",
  ]) {
    const parsed = parseLine(line);
    assert.equal(parsed.kind, "misused", line);
    assert.match(parsed.kind === "misused" ? parsed.message : "", /^[a-z].*\.$/);
  }
});

test("wait takes a number and a time, in either order", () => {
  const waitOf = (line: string): readonly [number, number | null] | null => {
    const parsed = parseLine(line);
    if (parsed.kind !== "command" || parsed.command.kind !== "wait") return null;
    return [parsed.command.count, parsed.command.seconds];
  };
  assert.deepEqual(waitOf("wait"), [1, null]);
  assert.deepEqual(waitOf("wait 3"), [3, null]);
  assert.deepEqual(waitOf("wait --for 2.5"), [1, 2.5]);
  assert.deepEqual(waitOf("wait 3 --for 0"), [3, 0]);
  assert.deepEqual(waitOf("wait --for=5 3"), [3, 5]);
});

test("whom a group takes in may be parted by commas, as messages and drafts are", () => {
  for (const line of ["group add #team bob carol", "group add #team bob, carol ,"]) {
    const parsed = parseLine(line);
    const act = { kind: "add", group: "#team", members: ["bob", "carol"] };
    assert.deepEqual(parsed, { kind: "command", command: { kind: "group", act }, questions: [] });
  }
});

test("bye, exit and disconnect are quit; an empty line is nothing", () => {
  for (const line of ["quit", "bye", "/exit", "DISCONNECT"]) {
    const parsed = parseLine(line);
    assert.ok(parsed.kind === "command" && parsed.command.kind === "quit", line);
  }
  assert.deepEqual(parseLine("  \t "), { kind: "nothing" });
});

test("a pasted block behind quit does not quit", () => {
  assert.equal(parseLine("quit\nsecond line").kind, "misused");
});

test("the nearest command is named, and nothing when none is near", () => {
  assert.equal(nearestCommand("sned"), "send");
  assert.equal(nearestCommand("regster"), "register");
  assert.equal(nearestCommand("lgoin"), "login");
  assert.equal(nearestCommand("reg"), "register");
  assert.equal(nearestCommand("hunter2"), null);
  assert.equal(nearestCommand("correct"), null);
  assert.equal(nearestCommand("x"), null);
});

test("help knows every command, and its usage parses", () => {
  assert.deepEqual(Object.keys(helpEntries).sort(), [...commandNames].sort());
  for (const name of commandNames) {
    const words = helpEntries[name].usage.replace(/ ?\[.*/, "");
    assert.equal(words, name);
    assert.equal(helpLines(name).length, 3);
    const example = parseLine(examples[name].split(",")[0] ?? "");
    assert.equal(example.kind === "command" && example.command.kind, name, examples[name]);
  }
  for (const line of helpLines(null)) assert.ok(line.length <= 79, line);
});

test("completion goes as far as the candidates agree", () => {
  const names: Known = { ...nothingKnown, names: ["alice", "alina", "bob"] };
  assert.equal(complete(lineOf("sea"), names).line.text, "search ");
  assert.equal(complete(lineOf("/sea"), names).line.text, "/search ");
  assert.equal(complete(lineOf("send a"), names).line.text, "send ali");
  assert.deepEqual(complete(lineOf("send ali"), names).choices, ["alice", "alina"]);
  assert.equal(complete(lineOf("send B"), names).line.text, "send bob ");
  assert.equal(complete(lineOf("send bob al"), names).line.text, "send bob al");
});

test("Tab knows the actions of drafts and groups, groups by their #, messages by number", () => {
  const names = ["alice", "#team"];
  const known: Known = { ...nothingKnown, names, numbers: ["18", "17"] };
  const tabbed = (text: string): string => complete(lineOf(text), known).line.text;
  assert.equal(tabbed("group ad"), "group add ");
  assert.equal(tabbed("group add "), "group add #team ");
  assert.equal(tabbed("group add #team a"), "group add #team alice ");
  assert.equal(tabbed("send #"), "send #team ");
  assert.equal(tabbed("draft new al"), "draft new alice ");
  assert.equal(tabbed("read 17 "), "read 17 18 ");
  assert.deepEqual(complete(lineOf("read 1"), known).choices, ["17", "18"]);
});

test("Tab says of whom servers are to be asked: names that begin like none seen so far", () => {
  const known: Known = { ...nothingKnown, names: ["alice", "#team"], numbers: ["17"] };
  const unseen = (text: string): string => complete(lineOf(text), known).unseen;
  assert.equal(unseen("send bo"), "bo");
  assert.equal(unseen("/chat #ot"), "#ot");
  assert.equal(unseen("group add #team bo"), "bo");
  for (const text of ["send al", "send ", "send bob he", "read 2", "gro", "group add bo", ""]) {
    assert.equal(unseen(text), "", text);
  }
  assert.equal(complete(lineOf("ask bo"), { ...known, partner: "alice" }).unseen, "");
});

test("Tab on an empty line begins an answer; in a conversation it completes names alone", () => {
  const known: Known = { ...nothingKnown, names: ["alice"], lastSender: "bob" };
  assert.equal(complete(lineOf(""), known).line.text, "send bob ");
  const talking = { ...known, partner: "bob" };
  assert.equal(complete(lineOf(""), talking).line.text, "alice ");
  assert.equal(complete(lineOf("ask al"), talking).line.text, "ask alice ");
  assert.equal(complete(lineOf("/lea"), talking).line.text, "/leave ");
});

test("of many numbers the newest are offered, rising", () => {
  const numbers = Array.from({ length: 120 }, (_, at) => String(120 - at));
  const { choices } = complete(lineOf("read "), { ...nothingKnown, numbers });
  assert.deepEqual(
    [choices[0], choices[39], choices.at(-1), choices.length],
    ["61", "100", "120", 60],
  );
});

const nothingKnown: Known = { names: [], numbers: [], lastSender: null, partner: null };
