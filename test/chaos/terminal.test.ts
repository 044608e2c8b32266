// The client at a real terminal, read off a terminal emulator's screen, with real servers: no row
// is lost or doubled, whatever arrives while a line is half typed. Two recipes built on Node's
// readline, which do lose and double rows, stand beside it.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { say, townForFile } from "../support/realPeople.ts";
import { RealTerminal, whyNoTerminal } from "../support/realTerminal.ts";

const townOfFile = townForFile();
const skip = whyNoTerminal;
const narrow = { columns: 40, rows: 24 };

test(
  "what arrives goes above a half-typed line of three rows, cursor in its middle",
  { skip },
  async () => {
    const town = townOfFile();
    const alice = await town.friend("alice");
    const bob = await town.person("bob", narrow);
    await bob.clear();
    bob.type("send alice 日本語の文 e\u0301 and a line that goes on over three rows of it");
    await bob.untilShown("rows of it");
    bob.press(...Array.from({ length: 30 }, () => "Left"));
    const typed = [
      "bob> send alice 日本語の文 e\u0301 and a line",
      "that goes on over three rows of it",
    ];
    await bob.until(() => bob.cursor().row === 1 && bob.cursor().column === 4, "the cursor");
    assert.deepEqual(bob.screen(), typed);
    await say(alice, "bob", "one that is itself longer than a row of this terminal");
    await say(alice, "bob", "two");
    await bob.untilShown("bob (2 unread)>");
    const rows = bob.screen();
    assert.match(rows[0] ?? "", /^\d\d:\d\d \[1\] alice: one that is itself$/);
    assert.deepEqual(rows.slice(1, 3), [
      "      longer than a row of this terminal",
      "      [2] alice: two",
    ]);
    const line =
      "bob (2 unread)> send alice 日本語の文 e\u0301 and a line that goes on over three rows of it";
    assert.equal(unspaced(rows.slice(3).join("")), unspaced(line));
    bob.type("X");
    await bob.untilShown("X");
    assert.ok(bob.screen().join("").includes("thatX goes on"), bob.screen().join("|"));
  },
);

test("Home, End and the lines typed before leave one prompt and whole rows", { skip }, async () => {
  const town = townOfFile();
  const carol = await town.friend("carol");
  const dave = await town.person("dave", narrow);
  const long = "help register and more words than one row of forty columns can hold";
  dave.line(long);
  await dave.untilShown("help takes");
  await dave.clear();
  dave.press("Up");
  await dave.untilShown("can hold");
  dave.press("Home");
  await dave.until(() => dave.cursor().row === 0 && dave.cursor().column === 6, "the start");
  await say(carol, "dave", "hello");
  await dave.untilShown("carol: hello");
  dave.press("End");
  await dave.until(() => dave.cursor().row === 3, "the end");
  dave.press("Down", "Up", "Home", "End");
  dave.type("!");
  await dave.untilShown("hold!");
  const rows = dave.screen();
  assert.equal(rows.length, 4, rows.join("\n"));
  assert.equal(unspaced(rows.slice(1).join("")), unspaced(`dave (1 unread)> ${long}!`));
});

test(
  "a terminal that is resized keeps one prompt, the whole line and every message",
  { skip },
  async () => {
    const town = townOfFile();
    const erin = await town.friend("erin");
    const frank = await town.person("frank", { columns: 70, rows: 24 });
    await frank.clear();
    const said = ["first", "second", "third", "fourth", "fifth"];
    frank.type("a half-typed line that is a good deal longer than forty columns are wide");
    for (const [at, word] of said.entries()) {
      const columns = [40, 70, 53, 30, 80][at] ?? 80;
      await say(
        erin,
        "frank",
        `${word} of the messages that come while the terminal changes its size`,
      );
      await frank.untilShown(word);
      // A terminal that changes while something is drawn for its old size is nobody's to mend.
      await frank.untilShown(`frank (${at + 1} unread)>`);
      await frank.resize(columns, 24);
      await frank.until(() => isLaidOut(frank.screen(), "frank", columns), "the line anew");
      assert.equal(promptRows(frank.screen(), "frank").length, 1, frank.screen().join("\n"));
    }
    const all = frank.everything().join("\n");
    for (const word of said) assert.equal(all.split(`erin: ${word} of`).length, 2, all);
    assert.equal(promptRows(frank.everything(), "frank").length, 1, all);
  },
);

test("a failover is not seen, and the half-typed line stays where it was", { skip }, async () => {
  const town = townOfFile();
  const { cluster } = town;
  const heidi = await town.friend("heidi");
  const grace = await town.person("grace", { columns: 80, rows: 24 });
  await grace.clear();
  grace.type("half a li");
  await grace.untilShown("half a li");
  const primary = cluster.primary() ?? 0;
  await cluster.kill(primary);
  await say(heidi, "grace", "still here");
  await grace.untilShown("still here");
  const rows = grace.screen();
  assert.equal(rows.length, 2, rows.join("\n"));
  assert.equal(rows[1], "grace (1 unread)> half a li");
  grace.press("C-u");
  grace.line("reply so am I");
  await grace.untilShown("you → heidi: so am I ✓ delivered to heidi");
  cluster.start(primary);
  await cluster.until(() => cluster.members().length === 3, 20_000);
});

/** Where a row ends in a space, the terminal does not tell. */
function unspaced(text: string): string {
  return text.replaceAll(" ", "");
}

/** From the prompt on all rows but the last are full; there a space at the end does not show. */
function isLaidOut(rows: readonly string[], name: string, columns: number): boolean {
  const [prompt] = promptRows(rows, name).slice(-1);
  const live = rows.slice(rows.lastIndexOf(prompt ?? ""), -1);
  return live.length > 0 && live.every((row) => row.length >= columns - 1);
}

/** Rows that hold a prompt of this name. */
function promptRows(rows: readonly string[], name: string): readonly string[] {
  return rows.filter((row) => new RegExp(`^${name}( \\(\\d+ unread\\))?>`).test(row));
}

const naiveProgram = `
import readline from "node:readline";
const lines = readline.createInterface({ input: process.stdin, output: process.stdout });
lines.setPrompt("> ");
lines.prompt();
process.on("SIGUSR2", () => {
  process.stdout.write("\\r\\x1b[Kincoming\\n");
  lines.prompt(true);
});
`;

const naive = { columns: 20, rows: 12 };

function readlineTerminal(folder: string): RealTerminal {
  const file = join(folder, "naive.mjs");
  writeFileSync(file, naiveProgram);
  return new RealTerminal({ ...naive, command: [process.execPath, file] });
}

test(
  "a trap: clear the row and prompt again, and a wrapped line is there twice",
  { skip },
  async () => {
    const terminal = readlineTerminal(townOfFile().folder);
    await terminal.untilShown(">");
    terminal.type("begin 456789012345678901234567 end");
    await terminal.untilShown("end");
    process.kill(terminal.pid, "SIGUSR2");
    await terminal.untilShown("incoming");
    await terminal.until(() => begun(terminal) === 2, "the doubled row");
    terminal.close();
  },
);

test(
  "a trap: Home in a wrapped line of readline's doubles it on Node 20, and not here",
  { skip },
  async () => {
    const terminal = readlineTerminal(townOfFile().folder);
    await terminal.untilShown(">");
    terminal.type("begin 456789012345678901234567 end");
    await terminal.untilShown("end");
    terminal.press("Home");
    await terminal.until(() => terminal.cursor().column === 2, "the cursor at the start");
    const isNode20 = process.versions.node.startsWith("20.");
    if (isNode20) await terminal.until(() => begun(terminal) === 2, "the doubled row");
    terminal.close();
    const ours = townOfFile().terminal(naive);
    await ours.untilShown(">");
    ours.type("begin 456789012345678901234567 end");
    await ours.untilShown("end");
    ours.press("Home");
    await ours.until(() => ours.cursor().column === 2, "the cursor at the start");
    assert.equal(begun(ours), 1);
  },
);

function begun(terminal: RealTerminal): number {
  return terminal.screen().filter((row) => row.includes("begin")).length;
}
