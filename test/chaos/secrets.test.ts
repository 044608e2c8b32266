// A busy session of real servers and real clients, failures included, and then everything that was
// written is looked through: logs, output, files, arguments. What is nobody's business stands
// nowhere; whatever was made is for its owner alone, whatever the user's mask.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { LocalCluster } from "../../src/demo/localCluster.ts";
import { startCluster } from "../../src/demo/stage.ts";
import { hostText } from "../../src/base/hosts.ts";
import { testClock } from "../support/chaosStage.ts";
import { processesNaming } from "../support/processes.ts";

const bin = new URL("../../bin/", import.meta.url).pathname;
const password = "correct-horse-battery-9Q7";
const newPassword = "another-staple-4Z1";
const marker = "mangrove-tangerine-telegram";
const home = mkdtempSync(join(tmpdir(), "replichat-secrets-"));
const state = join(home, "state");
const outputs: string[] = [];
const seenArguments: string[] = [];
let cluster: LocalCluster;
const maskBefore = process.umask(0);

before(async () => {
  const { env } = process;
  const serverArgs = ["--log-level", "debug"];
  const options = { stateFolder: state, clock: testClock, env, draw: Math.random, serverArgs };
  cluster = await startCluster(options);
  process.on("exit", () => cluster.killAllNow());
  await session();
});

after(async () => {
  await cluster.stopAll();
  process.umask(maskBefore);
  rmSync(home, { recursive: true, force: true });
});

async function session(): Promise<void> {
  const group = `group create team\nsend #team ${marker}-group\nsend #lobby ${marker}-lobby\n`;
  const mail = `send alice ${marker}\ndraft new alice ${marker}-draft\n${group}history alice\n`;
  await client(["--json"], `register alice\n${password}\n${mail}`);
  await client(["--json"], `login alice\nnot-the-password\nlogin alice\n${password}\n${mail}`);
  const primary = cluster.primary() ?? 0;
  const [, killed] = await Promise.all([
    client([], `login alice\n${password}\n${mail}${mail}${mail}wait 1 --for 2\n`),
    cluster.kill(primary),
  ]);
  void killed;
  cluster.start(primary);
  await client(
    ["--json"],
    `login alice\n${password}\npasswd\n${password}\n${newPassword}\nsend alice`,
  );
  await client(["--nonsense", marker], "");
  await client(["--json"], `${marker}\nsend nobody ${marker}\nlogin ${marker}\n`);
}

/** One run of the program; its output is kept, and so are all arguments while it runs. */
async function client(args: readonly string[], input: string): Promise<void> {
  const hosts = cluster.hosts.map(({ host, clientPort, peerPort }) => {
    return `${hostText(host)}:${clientPort}:${peerPort}`;
  });
  const env = { ...process.env, XDG_STATE_HOME: join(home, "xdg") };
  const words = [join(bin, "chat-client.js"), ...hosts, ...args];
  const child = spawn(process.execPath, words, { env });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  child.stdin.end(input);
  for (const pid of [child.pid, ...processesNaming(state)]) seenArguments.push(argumentsOf(pid));
  await ended;
  outputs.push(output);
}

function argumentsOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    // No such files here, or it has ended.
    return "";
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

const isLog = (file: string): boolean => file.startsWith(join(state, "logs"));
const secretOf = (): string => readFileSync(join(state, "secret"), "latin1").trim();

test("the session went as it should: what was said was said", () => {
  assert.match(outputs[0] ?? "", /"type":"registered"/);
  assert.ok(outputs.join("").includes(marker), "clients show their users what they wrote");
  assert.match(outputs.join(""), /password/i);
});

test("no password stands anywhere: not in a file, a log, an output or an argument", () => {
  for (const file of filesIn(home)) {
    const content = readFileSync(file, "latin1");
    for (const word of [password, newPassword, "not-the-password"]) {
      assert.ok(!content.includes(word), `${word} in ${file}`);
    }
  }
  const said = [...outputs, ...seenArguments].join("\n");
  for (const word of [password, newPassword, "not-the-password"]) {
    assert.ok(!said.includes(word), word);
  }
});

test("the servers' secret stands in its file alone", () => {
  const secret = secretOf();
  assert.ok(secret.length >= 16);
  for (const file of filesIn(home)) {
    if (file === join(state, "secret")) continue;
    assert.ok(!readFileSync(file, "latin1").includes(secret), file);
  }
  assert.ok(![...outputs, ...seenArguments].join("\n").includes(secret));
});

test("no message, nor a word of one, stands in a server's log", () => {
  const logs = filesIn(state).filter(isLog);
  assert.equal(logs.length, 3);
  for (const file of logs) assert.ok(!readFileSync(file, "utf8").includes("tangerine"), file);
});

test("no token, key or proof stands in a log", () => {
  // Whatever is long and hexadecimal but the cluster's id, which has 32 digits.
  for (const file of filesIn(state).filter(isLog)) {
    const found = /[0-9a-f]{40,}/.exec(readFileSync(file, "utf8"));
    assert.equal(found?.[0], undefined, file);
  }
});

test("folders are 0700 and files 0600, even under a mask of 0", () => {
  for (const folder of [state, join(home, "xdg", "replichat")].filter(existsSync)) {
    assert.equal(statSync(folder).mode & 0o777, 0o700, folder);
    for (const file of filesIn(folder)) {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
      assert.equal(statSync(join(file, "..")).mode & 0o777, 0o700, file);
    }
  }
});

test("a link in place of a server's file ends its start in words, and harms nothing", async () => {
  const folder = join(home, "planted");
  const target = join(home, "precious");
  for (const name of ["meta", "journal-1"]) {
    mkdirSync(join(folder, "server-0"), { recursive: true, mode: 0o700 });
    writeFileSync(target, "precious");
    writeFileSync(join(folder, "secret"), "a-secret-that-is-long-enough\n", { mode: 0o600 });
    symlinkSync(target, join(folder, "server-0", name));
    const words = [join(bin, "chat-server.js"), "0", "127.0.0.1:21991:21992", "--state", folder];
    const child = spawn(process.execPath, words);
    let output = "";
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => void child.once("close", resolve));
    assert.equal(code, 3, output);
    assert.match(output, /meta failed: it is a symbolic link|holds journal-1 but no meta/);
    assert.ok(!/\n\s+at /.test(output), output);
    assert.equal(readFileSync(target, "utf8"), "precious");
    rmSync(folder, { recursive: true });
  }
});
