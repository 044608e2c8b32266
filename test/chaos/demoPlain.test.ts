// The demo on a terminal that cannot be drawn on: it is chatted with line by line, and its servers
// are killed as anywhere. Read off a real terminal, by way of npm, as people start it.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { processesNaming } from "../support/processes.ts";
import { RealTerminal, whyNoTerminal } from "../support/realTerminal.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const skip = whyNoTerminal;
const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));

after(() => rmSync(folder, { recursive: true, force: true }));

test(
  "on a dumb terminal npm start chats in plain lines and outlives two kills",
  { skip },
  async () => {
    const terminal = new RealTerminal({
      columns: 80,
      rows: 60,
      command: ["npm", "--prefix", root, "start"],
      env: { TMPDIR: folder, TERM: "dumb", USER: "ada" },
    });
    await terminal.untilShown("bot: Hello, I am the bot");
    for (const [line, shown] of [
      ["send bot hello", "Message 1, and"],
      [":kill 0", "Was that server 0?"],
      [":kill 1", "Was that server 1?"],
      ["send bot and now?", "only know that 1 server is up"],
      [":kill 2", "the last one"],
      ["help quit", "Ctrl+D does the same."],
    ] as const) {
      terminal.line(line);
      await terminal.untilShown(shown);
    }
    const [, shown = ""] = terminal.coloured().split("Starting three servers");
    assert.match(shown, /send bot hello/);
    assert.ok(!/\x1b/.test(shown));
    terminal.press("C-c");
    await terminal.untilShown("Press Ctrl+C again to leave.");
    await terminal.until(() => terminal.screen().at(-1)?.startsWith("ada") === true, "a prompt");
    terminal.press("C-c");
    await terminal.until(() => terminal.exitCode() !== null, "the demo to end");
    await terminal.until(
      () => processesNaming(join(folder, "replichat-demo-")).length === 0,
      "the servers to end",
    );
    assert.deepEqual(readdirSync(folder), []);
    terminal.close();
  },
);
