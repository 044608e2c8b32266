// A terminal that cuts rows which have become too long for it, instead of breaking them: the line
// is redrawn whole, and nothing that was said above it goes.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadStream, WriteStream } from "node:tty";
import { makeTerminal, reflows } from "../../src/node/terminal.ts";
import { bobAt, password, run, shows, started } from "../support/seats.ts";

test("a terminal that cuts its rows when it becomes narrower loses no message", async () => {
  const cluster = await started(361);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, { columns: 60, reflows: false });
  await run(cluster, ["login alice", password, "send bob one", "send bob two", "send bob three"]);
  await cluster.until(() => shows(bob, "alice: three"), "the messages");
  bob.type("send alice a line that fills more than one row of forty, by a good deal");
  await cluster.run(50);
  bob.narrow(40);
  await cluster.run(50);
  bob.narrow(25);
  await cluster.run(50);
  const rows = bob.screen.lines().map((row) => row.replace(/^[0-9:]{5} |^ {6}/, ""));
  assert.deepEqual(rows, [
    "[1] alice: one",
    "[2] alice: two",
    "[3] alice: three",
    "bob (3 unread)> send alic",
    "e a line that fills more",
    "than one row of forty, by",
    " a good deal",
  ]);
});

test("which terminals cut their rows is known by what they set", () => {
  for (const [environment, breaks] of [
    [{ TERM: "xterm-256color" }, true],
    [{ TERM: "xterm-256color", XTERM_VERSION: "XTerm(390)" }, false],
    [{ TERM: "tmux-256color", XTERM_VERSION: "XTerm(390)", TMUX: "/tmp/x,1,0" }, true],
    [{ TERM: "screen", TMUX: "/tmp/x,1,0" }, true],
    [{ TERM: "screen.xterm-256color", STY: "1.pts-0" }, false],
    [{ TERM: "linux" }, false],
    [{ TERM: "st-256color" }, false],
    [{ TERM: "alacritty", XTERM_VERSION: "XTerm(390)" }, true],
    [{}, true],
  ] as const) {
    assert.equal(reflows(environment), breaks, JSON.stringify(environment));
  }
});

test("each drawing knows the size that the terminal has now, before any signal tells", () => {
  const system = { columns: 80, rows: 24 };
  const output = {
    columns: 80,
    rows: 24,
    _refreshSize(): void {
      Object.assign(this, system);
    },
  };
  // Of a stream only its size is looked at here.
  const terminal = makeTerminal({} as ReadStream, output as unknown as WriteStream, {
    TERM: "xterm",
  });
  Object.assign(system, { columns: 40, rows: 10 });
  assert.deepEqual([terminal.columns(), terminal.rows()], [40, 10]);
});
