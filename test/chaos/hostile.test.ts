// Hostile texts from a real client over real servers to a real terminal: nothing about the terminal
// changes, nothing is typed or run, and each of them can be seen. Every place that can show them is
// gone through in a unit test; here a terminal emulator that is none of ours judges.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostileTexts } from "../support/hostileTexts.ts";
import { townForFile } from "../support/realPeople.ts";
import { whyNoTerminal } from "../support/realTerminal.ts";

const townOfFile = townForFile();
const skip = whyNoTerminal;

test("a terminal is as it was after every hostile text", { skip }, async () => {
  const town = townOfFile();
  const mallory = await town.friend("mallory");
  const bob = await town.person("bob", { columns: 80, rows: 24 });
  await bob.clear();
  bob.type("half a line");
  await bob.untilShown("half a line");
  const before = bob.modes();
  let shown = 0;
  for (const [what, text] of hostileTexts) {
    const answer = await mallory.send("bob", `[${what}] ${text}`);
    if (!answer.ok) continue;
    shown += 1;
    await bob.until(() => bob.everything().join("").includes(`[${what}`), what);
    assert.equal(bob.modes(), before, what);
    assert.match(bob.screen().at(-1) ?? "", /^bob \(\d+ unread\)> half a line$/, what);
  }
  assert.ok(shown > 25, `${shown} came through the door`);
  bob.press("C-u");
  bob.line("help quit");
  await bob.untilShown("Ctrl+D does the same.");
  bob.line("quit");
  await bob.until(() => bob.exitCode() === 0, "bob to leave");
  // Of a program that has ended tmux hides the cursor and forgets the title.
  const lasting = (modes: string): string => modes.replace(/(?:title|cursor)=\S*/g, "");
  assert.equal(lasting(bob.modes()), lasting(before));
});

test("an error of the client's own never repeats what was typed as it was", { skip }, async () => {
  const town = townOfFile();
  const terminal = town.terminal({ columns: 80, rows: 24 });
  await terminal.untilShown(">");
  const before = terminal.modes();
  terminal.paste("send \u202e\u009b2J\u200b");
  terminal.press("Enter");
  await terminal.untilShown("You are not logged in");
  assert.equal(terminal.modes(), before);
  assert.ok(terminal.screen().some((row) => row.includes("<U+202E>")));
});
