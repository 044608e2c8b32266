// Which face the client shows, by its surroundings, with real servers: colours only where they are
// wanted, no drawing where there is no screen, long output whole, exit codes that sum up, and a
// terminal left as it was, however the client ends.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { promisify } from "node:util";
import { password, say, townForFile } from "../support/realPeople.ts";
import { whyNoTerminal } from "../support/realTerminal.ts";

const townOfFile = townForFile();
const skip = whyNoTerminal;
const size = { columns: 80, rows: 24 };
const run = promisify(execFile);

test("colours are shown, unless NO_COLOR or --no-color says otherwise", { skip }, async () => {
  const town = townOfFile();
  const faces = [
    { more: {}, isColoured: true },
    { more: { env: { NO_COLOR: "1" } }, isColoured: false },
    { more: { args: ["--no-color"] }, isColoured: false },
  ];
  for (const { more, isColoured } of faces) {
    const terminal = town.terminal(size, more);
    await terminal.untilShown(">");
    terminal.line("send bob hi");
    await terminal.untilShown("✗ You are not logged in.");
    assert.equal(/\x1b\[[0-9;]*m/.test(terminal.coloured()), isColoured, JSON.stringify(more));
    terminal.close();
  }
});

test("a dumb terminal is given lines and nothing else", { skip }, async () => {
  const town = townOfFile();
  const alice = await town.friend("alice");
  for (const more of [{ env: { TERM: "dumb" } }, { args: ["--plain"] }]) {
    const name = more.args === undefined ? "bob" : "ben";
    const terminal = town.terminal(size, more);
    await terminal.untilShown(">");
    for (const line of [`register ${name}`, password, password]) {
      terminal.line(line);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await terminal.untilShown(`registered ${name}; you are logged in`);
    assert.ok(!terminal.everything().join("").includes(password), "nor a password");
    terminal.type("help 日本");
    for (const text of ["hello", "again"]) {
      await say(alice, name, text);
      await terminal.untilShown(`alice: ${text}`);
    }
    terminal.press("BSpace", "BSpace");
    terminal.type("quit");
    const hasLine = (): boolean => terminal.screen().at(-1) === `${name} (2 unread)> help quit`;
    await terminal.until(hasLine, "the half-typed line below what came");
    const rows = terminal
      .screen()
      .slice(-5)
      .map((row) => row.replace(/^\d\d:\d\d /, ""));
    assert.deepEqual(rows, [
      `${name}> help 日本`,
      "[1] alice: hello",
      `${name} (1 unread)> help 日本`,
      "[2] alice: again",
      `${name} (2 unread)> help quit`,
    ]);
    assert.ok(!/\x1b/.test(terminal.coloured()));
    terminal.close();
  }
});

test("a terminal is as it was when the client has ended", { skip }, async () => {
  const town = townOfFile();
  const terminal = town.shell(size);
  await terminal.untilShown("$");
  terminal.line("stty -a | md5sum; $CLIENT; stty -a | md5sum; echo en''ded");
  await terminal.untilShown(">");
  terminal.line("help quit");
  await terminal.untilShown("Ctrl+D does the same.");
  terminal.press("C-d");
  await terminal.untilShown("ended");
  const sums =
    terminal
      .everything()
      .join("\n")
      .match(/^[0-9a-f]{32}/gm) ?? [];
  assert.equal(sums.length, 2);
  assert.equal(sums[0], sums[1]);
  assert.match(terminal.modes(), /cursor=1 .*wrap=1/);
});

test(
  "Ctrl+Z gives the shell its terminal back, also when something started the client",
  { skip },
  async () => {
    const town = townOfFile();
    const terminal = town.shell(size);
    await terminal.untilShown("$");
    terminal.line("sh -c '$CLIENT; true'");
    await terminal.untilShown(">");
    terminal.type("help");
    terminal.press("C-z");
    await terminal.untilShown("Stopped");
    terminal.line("clear; echo in the sh''ell");
    await terminal.untilShown("in the shell");
    terminal.line("fg");
    await terminal.untilShown("> help");
    terminal.line(" quit");
    await terminal.untilShown("Ctrl+D does the same.");
  },
);

test("Ctrl+Z where no shell waits changes nothing, and shows no password", { skip }, async () => {
  const town = townOfFile();
  const terminal = town.terminal(size);
  await terminal.untilShown(">");
  terminal.line("login nobody");
  await terminal.untilShown("password:");
  terminal.press("C-z");
  terminal.line("correct horse");
  await terminal.untilShown("name or the password is wrong");
  assert.ok(!terminal.everything().join("\n").includes("horse"));
  terminal.type("a half");
  terminal.press("C-z");
  terminal.type(" line");
  await terminal.untilShown("> a half line");
  assert.equal(terminal.screen().filter((row) => row.includes("a half")).length, 1);
});

test("long output comes whole through a slow reader, and head may stop reading", async () => {
  const town = townOfFile();
  const lines = ["register long", password, ...Array<string>(400).fill("help"), "search no*"];
  const script = `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")}`;
  const slow = await run("sh", ["-c", `${script} | ${town.command()} | (sleep 2; cat)`], {
    maxBuffer: 2 ** 26,
  });
  const shown = slow.stdout.trimEnd().split("\n");
  assert.equal(shown.filter((line) => line.startsWith("for example")).length, 400);
  assert.equal(shown.at(-1), "logged out; good-bye long");
  const head = `(${script} | ${town.command()}; echo "code $?" >&2) | head -n 1`;
  const cut = await run("sh", ["-c", head.replaceAll("register long", "login long")]);
  assert.equal(cut.stdout.split("\n").length, 2);
  assert.ok(!/EPIPE|Error/.test(cut.stderr), cut.stderr);
});

test("what comes when nobody reads any more is new at the next login", async () => {
  const town = townOfFile();
  const alice = await town.friend("amy");
  const bot = spawn("sh", ["-c", `exec ${town.command()}`]);
  const ended = once(bot, "close");
  bot.stdin.write(`register beth\n${password}\nwait 9\n`);
  await say(alice, "beth", "one");
  for await (const shown of bot.stdout) if (String(shown).includes("amy: one\n")) break;
  await say(alice, "beth", "two");
  await say(alice, "beth", "three");
  assert.deepEqual(await ended, [0, null]);
  const again = `printf '%s\\n' 'login beth' '${password}' | ${town.command()}`;
  const { stdout } = await run("sh", ["-c", again]);
  assert.match(stdout, /you have 2 new messages:\n.*amy: two\n.*amy: three\n/);
});

test("exit codes sum up what became of a script", async () => {
  const town = townOfFile();
  const code = async (script: string): Promise<number> => {
    const line = `printf '${script}' | ${town.command()} >&2`;
    const ended = run("sh", ["-c", line]).then(
      () => 0,
      (error: { readonly code?: unknown }) => Number(error.code),
    );
    return ended;
  };
  assert.equal(await code("search *\\n"), 0);
  assert.equal(await code("send nobody hi\\n"), 1);
  assert.equal(await code("login nobody\\nwrong password\\n"), 4);
});
