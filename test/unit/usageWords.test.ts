// What the programs say of a command line, a port or a folder that is not as it should be: plain
// words, and what to do next.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { asServerId } from "../../src/base/ids.ts";
import { makeClock } from "../../src/node/clock.ts";
import { openNodeDisk } from "../../src/node/disk.ts";
import { openFolders } from "../../src/node/files.ts";
import { makeLog } from "../../src/node/log.ts";
import { listenProblem } from "../../src/node/tcp.ts";
import { openStore } from "../../src/store/store.ts";

function run(
  program: string,
  ...args: string[]
): { code: number | null; out: string; err: string } {
  const path = fileURLToPath(new URL(`../../bin/${program}.js`, import.meta.url));
  const ended = spawnSync(process.execPath, [path, ...args], { encoding: "utf8" });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

test("chat-inspect tells its version, as the others do", () => {
  for (const flag of ["--version", "-V"]) {
    const { code, out, err } = run("chat-inspect", flag);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^chat-inspect \d+\.\d+\.\d+\n$/);
  }
});

test("help that was asked for is output, and no complaint", () => {
  for (const program of ["chat-server", "chat-client", "chat-demo", "chat-inspect"]) {
    const { code, out, err } = run(program, "--help");
    assert.deepEqual([code, err], [0, ""], program);
    assert.match(out, new RegExp(`^Usage: ${program} [^]*--help`));
  }
});

test("a word too many, and an option that nobody has, are named in plain words", () => {
  const cases = [
    [["chat-demo", "bob"], /^chat-demo takes options alone: leave "bob" out\.\nUsage: /],
    [["chat-demo", "--colour"], /^Unknown option '--colour'\.\nUsage: /],
    [["chat-inspect", "a", "b"], /^One folder at a time: leave "b" out\.\n\nUsage: /],
    [["chat-inspect", "a", "--colour"], /^Unknown option '--colour'\.\n\nUsage: /],
  ] as const;
  for (const [[program, ...args], words] of cases) {
    const { code, out, err } = run(program, ...args);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, words);
  }
});

test("whoever may not open a low port is told which ones may be", () => {
  const error = Object.assign(new Error("listen EACCES"), { code: "EACCES" });
  const problem = "may not be opened by this user.";
  const low = listenProblem(error, { host: "::1", port: 80 });
  assert.equal(low, `Port 80 ${problem} Choose a port of 1024 or above.`);
  assert.equal(listenProblem(error, { host: "::1", port: 2_000 }), `Port 2000 ${problem}`);
});

test("a state folder that others can read or change is warned of, with what to run", async (t) => {
  const state = mkdtempSync(join(tmpdir(), "replichat-test-"));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const own = join(state, "server-0");
  mkdirSync(own, { mode: 0o700 });
  const among = (): Promise<readonly string[]> => openFolders({ state, own });
  assert.deepEqual(await among(), []);
  chmodSync(own, 0o750);
  chmodSync(state, 0o755);
  assert.deepEqual(await among(), [`${own} can be read by others. Run: chmod 700 ${own}`]);
  chmodSync(own, 0o770);
  chmodSync(state, 0o777);
  assert.deepEqual(await among(), [
    `${state} can be changed by others. Run: chmod go-w ${state}`,
    `${own} can be changed by others. Run: chmod 700 ${own}`,
  ]);
});

test("whoever finds a state folder in use is told by which process", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const parts = { clock: makeClock(), serverId: asServerId(0) };
  const log = makeLog({ format: "text", level: "error" });
  const holding = await openNodeDisk(folder);
  assert.ok(await holding.lock());
  const opened = await openStore({ ...parts, log, disk: await openNodeDisk(folder) });
  await holding.unlock();
  const by = `Another server uses ${folder} (process ${process.pid}).`;
  const message = `${by} Stop it first, or choose another --state.`;
  assert.deepEqual(opened, { ok: false, refusal: "locked", message });
});
