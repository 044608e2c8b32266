// Lines of groups that no program of ours would have written: a snapshot that holds one is refused,
// rather than read as a state that other servers do not have.

import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { isLobby } from "../../src/chat/groups.ts";
import { shortClientId } from "../../src/chat/letterLine.ts";
import { encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import { writeLine } from "../../src/chat/snapshotLines.ts";
import { ChatScript, codeOf } from "../support/chatScript.ts";

/** Alice is in #team (with bob) and in #club; #gone is gone. */
function given(): ChatScript {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  for (const [group, change, member] of [
    ["#team", "create", ""],
    ["#gone", "create", ""],
    ["#club", "create", ""],
    ["#team", "add", "bob"],
    ["#gone", "leave", ""],
  ] as const) {
    assert.equal(codeOf(script.do(1, { type: "groupChange", group, change, member })), "grouped");
  }
  return script;
}

const script = given();
const lines = linesOf(script);

function linesOf({ chat }: ChatScript): string[] {
  return Buffer.concat([...encodeSnapshot(chat)])
    .toString("latin1")
    .split("\n");
}

/** Reads the lines, their count set right. */
function isRead(changed: readonly string[]): boolean {
  const [end = ""] = lines.filter((line) => line.startsWith("z|"));
  const count = Number(end.slice(2)) + changed.length - lines.length;
  const text = changed.map((line) => (line.startsWith("z|") ? `z|${count}` : line)).join("\n");
  return decodeSnapshot([Buffer.from(text, "latin1")]).ok;
}

function at(start: string): number {
  const found = lines.findIndex((line) => line.startsWith(start));
  assert.ok(found > 0, start);
  return found;
}

function inserted(behind: string, line: string): string[] {
  return lines.toSpliced(at(behind) + 1, 0, line.trimEnd());
}

function replaced(start: string, change: (line: string) => string): string[] {
  return lines.map((line, index) => (index === at(start) ? change(line) : line));
}

function lobby(name: string): { id: number; name: string; client: string; request: number } {
  const { id, origin } = present([...script.chat.groups.live()].find(isLobby), "the lobby");
  return { id, name, client: shortClientId(origin.client), request: origin.request };
}

test("groups are read as they were written, the lobby too where there is something to say of it", () => {
  assert.equal(isRead(lines), true);
  const lobbyLine = writeLine("g", { ...lobby("lobby"), hasLetters: true });
  assert.equal(isRead(inserted("q|", lobbyLine)), true);
});

for (const [what, changed] of [
  ["the last id twice", () => inserted("q|", lines[at("q|")] ?? "")],
  ["no last id", () => lines.toSpliced(at("q|"), 1)],
  [
    "a request that nobody can have made",
    () => replaced("g|4|", (line) => line.replace("|4|0", "|0|0")),
  ],
  ["an id beyond the last", () => replaced("g|4|", (line) => line.replace("g|4|", "g|5|"))],
  ["an id twice", () => replaced("g|4|", (line) => line.replace("g|4|", "g|2|"))],
  [
    "ids out of order",
    () => {
      const [first, second] = [at("g|2|"), at("g|4|")];
      const before = lines.slice(0, first);
      const [one, other] = [lines.slice(first, second), lines.slice(second, second + 2)];
      return [...before, ...other, ...one, ...lines.slice(second + 2)];
    },
  ],
  ["a name twice", () => replaced("g|4|", (line) => line.replace("club", "TEAM"))],
  ["a lobby that is gone", () => inserted("q|", writeLine("y", lobby("lobby")))],
  [
    "a lobby of another name",
    () => inserted("q|", writeLine("g", { ...lobby("hall"), hasLetters: true })),
  ],
  ["a member twice", () => inserted("j|2|", lines[at("j|2|")] ?? "")],
  ["a member of no joining", () => replaced("j|2|", () => "j|2|")],
  ["a joining that is none", () => replaced("j|2|", (line) => `${line},nonsense`)],
  ["a member of no group", () => inserted("q|", lines[at("j|2|")] ?? "")],
] as [string, () => readonly string[]][]) {
  test(`a snapshot with ${what} is refused`, () => {
    assert.equal(isRead(changed()), false);
  });
}

test("a last id that is the lobby's own is refused: it stands there only where others came", () => {
  const alone = new ChatScript();
  alone.register(1, "alice");
  const own = linesOf(alone);
  assert.equal(isRead(own), true);
  const behind = own.findIndex((line) => line.startsWith("c|"));
  assert.equal(isRead(own.toSpliced(behind, 0, "q|2")), true);
  assert.equal(isRead(own.toSpliced(behind, 0, "q|1")), false);
});
