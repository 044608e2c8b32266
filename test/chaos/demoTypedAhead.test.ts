// What somebody types while the demo still starts its servers, read off a real terminal: lines that
// were typed one after another are commands, and no paste.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { RealTerminal, whyNoTerminal } from "../support/realTerminal.ts";

const demoFile = fileURLToPath(new URL("../../bin/chat-demo.js", import.meta.url));
const skip = whyNoTerminal;
const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
/** As fast as anybody types whole lines. */
const betweenLinesMs = 150;
const noServer7 = "Which server? Say :kill and a number from 0 to 2.";

after(() => rmSync(folder, { recursive: true, force: true }));

for (const face of ["drawn", "plain"]) {
  test(`lines typed while the demo starts are commands, ${face}`, { skip }, async () => {
    const terminal = new RealTerminal({
      columns: 100,
      rows: 60,
      command: [process.execPath, demoFile, ...(face === "plain" ? ["--plain"] : [])],
      env: { TMPDIR: folder, USER: "ada" },
    });
    await terminal.untilShown("Starting three servers");
    for (const line of [":kill 7", "search ada", "help quit", "search a*", ":cluster"]) {
      terminal.line(line);
      await pause(betweenLinesMs);
    }
    terminal.type("half of a line");
    await terminal.untilShown("Ctrl+D does the same.");
    const hasHalf = (): boolean => terminal.screen().at(-1)?.endsWith("> half of a line") === true;
    // Elsewhere it stands where it was typed.
    if (face === "drawn") await terminal.until(hasHalf, "what was half typed");
    await terminal.untilShown("bot: Hello");
    const shown = terminal.screen().join("\n");
    assert.ok(!shown.includes("were pasted"), shown);
    assert.ok(shown.includes(noServer7) && !shown.includes("That failed"), shown);
    assert.equal(shown.match(/server \d  (primary|secondary) \(process/gm)?.length, 3, shown);
    assert.equal(shown.match(/^ada.*online/gm)?.length, 2, shown);
    for (const key of ["C-c", "C-c", "C-c"]) {
      terminal.press(key);
      await pause(betweenLinesMs);
    }
    await terminal.until(() => terminal.exitCode() !== null, "the demo to end");
    terminal.close();
  });
}

test("Ctrl+D while the demo starts leaves it as soon as it is there", { skip }, async () => {
  const command = [process.execPath, demoFile];
  const env = { TMPDIR: folder, USER: "ada" };
  const terminal = new RealTerminal({ columns: 100, rows: 60, command, env });
  await terminal.untilShown("Starting three servers");
  terminal.press("C-d");
  await terminal.untilShown("logged out; good-bye ada");
  const sinceMs = performance.now();
  await terminal.until(() => terminal.exitCode() !== null, "the demo to end");
  assert.equal(terminal.exitCode(), 0);
  assert.ok(performance.now() - sinceMs < 5_000, "nothing holds it up");
  terminal.close();
});
