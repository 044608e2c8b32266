// Trust on first use: what is remembered of servers, where, and what follows when it differs. The
// keys are only looked at here; that they are proven is shown on real sockets.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { makeTrust } from "../../src/client/trust.ts";
import { makeKnownServersFile } from "../../src/node/knownServersFile.ts";
import type { Trust } from "../../src/ports.ts";

const one = `sha256//${"A".repeat(43)}=`;
const other = `sha256//${"B".repeat(43)}=`;
const ada = { host: "ada.lan", port: 22_067 };

interface Terminal {
  readonly file: string;
  readonly trust: Trust;
  readonly told: string[];
  /** As after a restart. */
  again(): Trust;
}

function onTerminal(use: (terminal: Terminal) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  try {
    const told: string[] = [];
    const tell = (code: string, message: string): void => void told.push(`${code}: ${message}`);
    const again = (): Trust => makeTrust(makeKnownServersFile({ XDG_STATE_HOME: folder }), tell);
    const file = join(folder, "replichat", "known-servers");
    use({ file, told, again, trust: again() });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a server is remembered from the first meeting on, each under its host and port", () =>
  onTerminal(({ trust, told, file, again }) => {
    assert.equal(trust.judge(ada, one), null);
    assert.deepEqual(told, [
      `first-met: First meeting with ada.lan:22067. Its key is remembered: ${one}`,
    ]);
    assert.equal(trust.judge({ ...ada, host: "ADA.lan" }, one), null);
    assert.equal(trust.judge({ ...ada, port: 22_068 }, other), null);
    assert.equal(trust.judge({ host: "::1", port: 22_069 }, other), null);
    assert.equal(told.length, 3, "once for each of the three");
    const lines = [`ada.lan:22067 ${one}`, `ada.lan:22068 ${other}`, `[::1]:22069 ${other}`];
    assert.equal(readFileSync(file, "utf8"), `${lines.join("\n")}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
    const later = again();
    assert.equal(later.judge(ada, one), null);
    assert.equal(told.length, 3);
    assert.notEqual(later.judge(ada, other), null);
  }));

test("another key is refused until the old one has been taken out of the file by hand", () =>
  onTerminal(({ trust, file, again }) => {
    trust.judge(ada, one);
    for (const judge of [trust, again()]) {
      const problem = judge.judge(ada, other);
      assert.equal(problem?.code, "certificate-changed");
      assert.match(problem.detail, /key of ada\.lan:22067 has changed: it was sha256\S+A=, and is/);
      assert.ok(problem.detail.includes(`remove the line of ada.lan:22067 from ${file}`));
    }
    assert.equal(readFileSync(file, "utf8"), `ada.lan:22067 ${one}\n`, "nothing was replaced");
    writeFileSync(file, "");
    assert.equal(again().judge(ada, other), null);
    assert.equal(readFileSync(file, "utf8"), `ada.lan:22067 ${other}\n`);
  }));

test("a file that cannot be understood is left alone, and nobody is trusted meanwhile", () =>
  onTerminal(({ trust, file, again }) => {
    trust.judge(ada, one);
    const text = `ada.lan:22067 ${one}\nwho wrote this?\n`;
    writeFileSync(file, text);
    const problem = again().judge(ada, one);
    assert.equal(problem?.code, "certificate-unjudged");
    assert.match(problem.detail, /Line 2 of \S+known-servers is not what this client writes/);
    assert.equal(readFileSync(file, "utf8"), text);
  }));

test("where nothing can be kept, a server is still the same one as long as the client runs", () =>
  onTerminal(({ file, again, told }) => {
    writeFileSync(dirname(file), "a file where the folder should be");
    const trust = again();
    assert.equal(trust.judge(ada, one), null);
    assert.match(told.join("\n"), /^not-kept: Writing \S+known-servers failed/);
    assert.equal(trust.judge(ada, other)?.code, "certificate-changed");
    rmSync(dirname(file));
    chmodSync(dirname(dirname(file)), 0o700);
  }));
