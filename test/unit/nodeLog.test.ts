// A log line is one line whatever stands in it, as text and as JSON.
// Lines go to the test instead of stderr.

import { deepEqual, equal, match } from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hasLogged, lastLogged, makeLog, type LogFormat } from "../../src/node/log.ts";
import type { LogLevel } from "../../src/ports.ts";

function logged(
  format: LogFormat,
  level: LogLevel = "info",
): { lines: string[]; log: ReturnType<typeof makeLog> } {
  const lines: string[] = [];
  const log = makeLog({ format, level, write: (line) => lines.push(line), wallMs: () => 0 });
  return { lines, log };
}

test("an event is one line of text with its fields", () => {
  const { lines, log } = logged("text");
  log.write("warn", "a peer was refused", { peer: 1, why: "another secret" });
  deepEqual(lines, [
    '1970-01-01T00:00:00.000Z warn  a peer was refused peer=1 why="another secret"\n',
  ]);
});

test("an event is one JSON object a line", () => {
  const { lines, log } = logged("json");
  log.write("info", "ready", { port: 22_067, primary: true });
  deepEqual(JSON.parse(lines[0] ?? ""), {
    at: "1970-01-01T00:00:00.000Z",
    level: "info",
    event: "ready",
    port: 22_067,
    primary: true,
  });
});

test("what comes from outside can neither end the line nor speak to the terminal", () => {
  for (const format of ["text", "json"] as const) {
    const { lines, log } = logged(format);
    log.write("info", "peer says", { words: "a\nb\u001b[2J\u202e\u007f" });
    equal(lines.length, 1);
    match(lines[0] ?? "", /^[\x20-\x7e]+\n$/);
  }
});

test("events below the level are left out", () => {
  const { lines, log } = logged("text", "warn");
  log.write("info", "not this one");
  log.write("error", "this one");
  equal(lines.length, 1);
});

test("a log read back tells of an event by its name alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "log-"));
  try {
    const file = join(folder, "log");
    const write = (line: string): void => appendFileSync(file, line);
    const log = makeLog({ format: "text", level: "info", write });
    log.write("info", "status", { verified: false, of: "UNVERIFIED" });
    equal(hasLogged(file, "UNVERIFIED"), false);
    log.write("warn", "UNVERIFIED", { view: 3, members: "0,2" });
    equal(hasLogged(file, "UNVERIFIED"), true);
    log.write("info", "status", { verified: true });
    equal(lastLogged(file, { event: "status", field: "verified" }), "true");
    equal(
      lastLogged(file, { event: "status", field: "of" }),
      null,
      "the newest says nothing of it",
    );
    equal(lastLogged(file, { event: "stopped", field: "verified" }), null);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
