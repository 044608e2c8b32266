// A line that is half typed at a terminal that is not drawn on: whole and by itself, whatever comes
// meanwhile, and nothing of a password is seen. Servers are a simulated cluster; what takes letters
// back from the screen is read off a terminal without one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TerminalHandler } from "../../src/client/faces.ts";
import { makeTypedLines } from "../../src/client/typedLines.ts";
import type { Cluster } from "../support/cluster.ts";
import { ScreenEmulator } from "../support/screenEmulator.ts";
import { password, run, started } from "../support/seats.ts";
import { PlainPerson } from "../support/simPlain.ts";

async function bobAt(cluster: Cluster): Promise<PlainPerson> {
  const bob = new PlainPerson(cluster);
  bob.type(`register bob\r${password}\r${password}\r`);
  await cluster.until(() => bob.shows("bob> "), "bob to be in");
  assert.ok(!bob.shows(password), bob.rows().join("\n"));
  bob.clear();
  return bob;
}

function untimed(bob: PlainPerson): readonly string[] {
  return bob.rows().map((row) => row.replace(/^\d\d:\d\d /, ""));
}

test("what comes while a line is half typed is a line of its own, and the half is said again", async () => {
  const cluster = await started(341);
  const bob = await bobAt(cluster);
  bob.type("send bob ha");
  const script = ["register alice", password, "send bob one", "send bob two"];
  await run(cluster, script);
  await cluster.until(() => bob.shows("alice: two"), "the messages");
  await cluster.run(50);
  bob.type("lf\r");
  await cluster.until(() => bob.shows("delivered to bob"), "the message");
  assert.deepEqual(untimed(bob).slice(0, 5), [
    "bob> send bob ha",
    "[1] alice: one",
    "bob (1 unread)> send bob ha",
    "[2] alice: two",
    "bob (2 unread)> send bob half",
  ]);
});

test("a line that is half typed while a command runs stands by itself, with and without a prompt", async () => {
  const cluster = await started(342);
  const bob = await bobAt(cluster);
  bob.line("wait 2 --for 5");
  await cluster.run(100);
  bob.type("help q");
  await run(cluster, ["register alice", password, "send bob one"]);
  await cluster.until(() => bob.shows("alice: one"), "the message");
  await cluster.run(5_000);
  bob.type("uit");
  assert.deepEqual(untimed(bob), [
    "bob> wait 2 --for 5",
    "help q",
    "[1] alice: one",
    "help q",
    "error: Only 1 of 2 messages came.",
    "bob (1 unread)> help quit",
  ]);
});

test("a password typed ahead of its question at a plain terminal is not shown", async () => {
  const cluster = await started(343);
  const bob = await bobAt(cluster);
  bob.line("wait 1 --for 2");
  await cluster.run(100);
  for (const line of ["logout", "login bob"]) {
    bob.line(line);
    await cluster.run(100);
  }
  bob.type("correct");
  await cluster.run(100);
  bob.line(password.slice("correct".length));
  await cluster.until(() => bob.shows("welcome bob"), "the login");
  assert.ok(!bob.shows("correct") && !bob.shows("horse"), bob.rows().join("\n"));
});

test("Ctrl+C at a hidden question drops it, and what is typed next is shown again", async () => {
  const cluster = await started(344);
  const bob = await bobAt(cluster);
  bob.line("passwd");
  await cluster.run(50);
  bob.type("corr\x03");
  await cluster.run(50);
  bob.type("help");
  assert.deepEqual(bob.rows(), ["bob> passwd", "old password: ", "Cancelled.", "bob> help"]);
});

test("behind Ctrl+Z the prompt and the half-typed line are said again", async () => {
  const cluster = await started(345);
  const bob = await bobAt(cluster);
  bob.type("help q\x1a");
  await cluster.run(50);
  bob.resume();
  await cluster.run(50);
  bob.type("uit");
  assert.deepEqual(bob.rows(), ["bob> help q^Z", "bob> help quit"]);
  bob.resume();
  await cluster.run(50);
  assert.equal(bob.rows().length, 2, "another size is no matter");
});

test("letters that are taken back leave the screen, be they wide or made of several", async () => {
  const screen = new ScreenEmulator({ columns: 40, rows: 5, reflows: true });
  let handler: TerminalHandler | null = null;
  const keyboard = makeTypedLines({
    terminal: {
      write: (text) => screen.write(text.replaceAll("\n", "\r\n")),
      start: (one) => (handler = one),
      stop: () => undefined,
      suspend: () => undefined,
    },
    echoes: true,
    interrupted: () => undefined,
    resumed: () => undefined,
  });
  const type = (keys: string): void => handler?.input(keys);
  const first = keyboard.next(false);
  type("a日本👍e\u0301\t\x1b[31mz");
  assert.deepEqual(screen.lines(), ["a日本👍e\u0301 z"]);
  type("\x7f\x7f\x7f\x7f");
  assert.deepEqual([keyboard.typed(), screen.lines()], ["a日本", ["a日本"]]);
  type(" two words\x17\x17");
  assert.deepEqual([keyboard.typed(), screen.lines()], ["a日本 ", ["a日本"]]);
  type("\x15\u202ex\r");
  assert.deepEqual(screen.lines()[0], "<U+202E>x");
  assert.equal(await first, "\u202ex");
});
