// chat-inspect: any state that a folder holds, in words that people read, and no secret among
// them. The folder is a real one, written by the real store.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { asBallot, asClientId, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import { noChain } from "../../src/base/ids.ts";
import { makeClock } from "../../src/node/clock.ts";
import { openNodeDisk } from "../../src/node/disk.ts";
import { makeLog } from "../../src/node/log.ts";
import { main } from "../../src/server/inspect.ts";
import { openStore } from "../../src/store/store.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { Command } from "../../src/wire/messages.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { publicsOf, sealedFor } from "../support/keyScript.ts";

const alice = asClientId("a1".repeat(16));
const verifier = "5ec7e7".repeat(10) + "5ec7";
const keys = { storedKey: verifier, serverKey: verifier, tokenHash: verifier, salt: verifier };
const costs = { cost: 16_384, blockSize: 8, parallelism: 5 };
const commands: readonly Command[] = [
  { type: "register", request: 1, received: 0, name: "alice", ...keys, ...costs },
  { type: "send", request: 2, received: 1, to: "alice", format: "p", body: "caf%C3%A9 %7C tea" },
];

const publics = publicsOf("alice's");
const sealing: readonly Command[] = [
  { type: "keysPut", request: 3, received: 2, publics, salt: verifier, wrapped: publics },
  { type: "send", request: 4, received: 3, to: "alice", format: "s", body: sealedFor("alice's") },
];

async function folderWith(t: TestContext, written = commands): Promise<string> {
  const parent = mkdtempSync(join(tmpdir(), "replichat-inspect-"));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, "server-0");
  const log = makeLog({ format: "text", level: "error" });
  const disk = await openNodeDisk(folder);
  const opened = await openStore({ disk, clock: makeClock(), log, serverId: asServerId(0) });
  assert.ok(opened.ok);
  const { store } = opened;
  const lives = { incarnation: asIncarnation(1), born: asIncarnation(1) };
  const meta = { clusterId: "0a", serverId: asServerId(0), ...lives };
  await new Promise<void>((resolve) =>
    store.saveMeta({ ...meta, promised: asBallot(64), knownServers: [] }, resolve),
  );
  const start = { ballot: asBallot(64), firstOp: asOp(1), atUsBefore: 0, chainBefore: noChain };
  const asBytes = written.map((command) => {
    return { client: alice, opcode: opcodeOf(command.type), payload: encodePayload(command) };
  });
  store.append(buildBatch({ ...start, wallUs: 1_700_000_000_000_000 }, asBytes).batch);
  store.flush();
  await store.close();
  return folder;
}

async function printed(t: TestContext, argv: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  t.mock.method(console, "log", (line: string) => lines.push(line));
  t.mock.method(console, "error", (line: string) => lines.push(line));
  await main(argv);
  t.mock.restoreAll();
  return lines;
}

function exitCode(): number {
  const code = Number(process.exitCode ?? 0);
  process.exitCode = 0;
  return code;
}

test("prints accounts and messages as people read them, and no verifier or token", async (t) => {
  const [text = ""] = await printed(t, [await folderWith(t)]);
  assert.equal(exitCode(), 0);
  const state = JSON.parse(text) as { op: number; accounts: { name: string; letters: object[] }[] };
  assert.equal(state.op, 2);
  assert.equal(state.accounts[0]?.name, "alice");
  const [letter] = state.accounts[0]?.letters ?? [];
  assert.deepEqual(letter, {
    seq: 1,
    id: `${alice}-2`,
    from: "alice",
    to: "alice",
    at: "2023-11-14T22:13:20.000Z",
    own: true,
    late: false,
    opened: true,
    text: "café | tea",
  });
  assert.equal(text.includes(verifier), false);
});

test("of a sealed message it is printed how long it is, and of keys nothing", async (t) => {
  const [text = ""] = await printed(t, [await folderWith(t, [...commands, ...sealing])]);
  assert.equal(exitCode(), 0);
  const state = JSON.parse(text) as { op: number; accounts: { letters: object[] }[] };
  assert.equal(state.op, 4);
  const sealed = state.accounts[0]?.letters[1] ?? {};
  assert.equal("text" in sealed, false);
  assert.equal("sealedLetters" in sealed && sealed.sealedLetters, sealedFor("alice's").length);
  assert.equal(text.includes(publics.toString("base64")), false);
});

test("prints the state as of an earlier mutation", async (t) => {
  const [text = ""] = await printed(t, [await folderWith(t), "--at", "1"]);
  const state = JSON.parse(text) as { op: number; accounts: { letters: object[] }[] };
  assert.equal(state.op, 1);
  assert.deepEqual(state.accounts[0]?.letters, []);
});

test("one line to compare servers by", async (t) => {
  const [line = ""] = await printed(t, [await folderWith(t), "--digest"]);
  assert.match(line, /^op=2 chain=\d+ digest=[0-9a-f]{64}$/);
});

test("a folder that is not there is said to be missing, and is not made", async (t) => {
  const missing = join(tmpdir(), "replichat-nowhere", "server-0");
  const [line = ""] = await printed(t, [missing]);
  assert.equal(exitCode(), 1);
  assert.match(line, /does not exist/);
  assert.equal(existsSync(missing), false);
});

const program = fileURLToPath(new URL("../../bin/chat-inspect.js", import.meta.url));

test("output that cannot be written is said to be lost, and why", async (t) => {
  if (!existsSync("/dev/full")) return t.skip("there is no /dev/full here");
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  const { status, stderr } = spawnSync(process.execPath, [program, await folderWith(t)], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  assert.deepEqual([status, stderr], [1, `The output cannot be written: ${noRoom}.\n`]);
});

const noRoom = "the disk is full (ENOSPC)";

test("a reader that has read enough is no fault", async (t) => {
  const child = spawn(process.execPath, [program, await folderWith(t)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "close")) as [number | null];
  assert.deepEqual([code, said], [0, ""]);
});

test("bad usage is told with the usage", async (t) => {
  for (const argv of [[], ["a", "b"], ["a", "--at", "x"], ["a", "--nonsense"]]) {
    const lines = await printed(t, argv);
    assert.match(lines.join("\n"), /Usage|number of a mutation/);
    assert.equal(exitCode(), 2);
  }
});
