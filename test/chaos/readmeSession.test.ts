// The README's session, typed at a real terminal: what the screen shows is what stands there, but
// for times, ports and counts. And the demo told to end takes everything with it.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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

/** What is typed, and what the screen shows when it is time to go on. */
const session: readonly (readonly [string, string])[] = [
  ["send bot hello", "Message 1, and"],
  [":kill 0", "Was that server 0?"],
  ["reply did you notice anything?", "Message 2, and"],
  [":kill 1", "Was that server 1?"],
  ["reply and now?", "Message 3, and"],
  [":start 0", "Server 0 is back"],
];

function sessionOfReadme(): readonly string[] {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const blocks = [...text.matchAll(/^```text\n([\s\S]*?)^```/gm)].map(([, block = ""]) => block);
  return (blocks.find((block) => block.includes("you → bot")) ?? "").trimEnd().split("\n");
}

/** What differs from run to run stands as # or, for the column of times, is left out. */
function lasting(rows: readonly string[]): readonly string[] {
  return rows.map((row) =>
    row
      .replace(/^(?:\d\d:\d\d| {5}) (?=\[|you →| {0,2}\S)/, "")
      .replace(/\d+ ms/, "# ms")
      .replace(/[\d.]+ s\b/, "# s")
      .trim(),
  );
}

/** Of this demo, by the folder that it has made. */
function servers(): readonly number[] {
  return processesNaming(join(folder, "replichat-demo-"));
}

test("the session of the README is what a terminal of 80 columns shows", { skip }, async () => {
  const terminal = new RealTerminal({
    columns: 80,
    rows: 60,
    command: [process.execPath, join(root, "bin/chat-demo.js")],
    env: { TMPDIR: folder, TZ: "UTC", USER: "ada" },
  });
  await terminal.untilShown("Hello, I am the bot");
  await terminal.untilShown("ada (1 unread)>");
  for (const [line, shown] of session) {
    terminal.line(line);
    await terminal.untilShown(shown);
  }
  const rows = terminal.screen();
  const from = rows.findIndex((row) => row.includes("Hello, I am the bot"));
  assert.deepEqual(lasting(rows.slice(from)), lasting(sessionOfReadme()));
  assert.equal(servers().length, process.platform === "linux" ? 2 : 0);
  process.kill(terminal.pid, "SIGTERM");
  await terminal.until(() => terminal.exitCode() !== null, "the demo to end");
  await terminal.until(() => servers().length === 0, "the servers to end");
  assert.deepEqual(readdirSync(folder), []);
  terminal.close();
});
