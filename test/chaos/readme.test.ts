// The README's own commands, run as they stand there but for the hosts, which become free ports of
// this machine, and the folder, which is a temporary one: three servers, a client, a script's pipe.
// What they print is compared to what the README says of it.

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Host } from "../../src/base/hosts.ts";
import { chooseHosts } from "../../src/demo/ports.ts";
import { makeNetwork } from "../../src/node/network.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const commandLimitMs = 60_000;
const password = "secret-of-alice";

let folder: string;
let hosts: readonly Host[];
const servers: ChildProcess[] = [];

function shellBlocks(): readonly string[] {
  const text = readFileSync(join(root, "README.md"), "utf8");
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");
}

/** The block with these words in it. */
function scriptWith(words: string): string {
  const script = shellBlocks().find((block) => block.includes(words));
  assert.ok(script !== undefined, words);
  return onThisMachine(script);
}

/** Lines of the README's shell blocks that call this command, without their comments. */
function commandLines(command: string): readonly string[] {
  const lines = shellBlocks().join("").split("\n");
  const wanted = new RegExp(`(?:^|\\| )${command} `);
  return lines.filter((line) => wanted.test(line)).map((line) => line.replace(/ +#.*$/, ""));
}

/** The names of the README's machines become addresses of this one, in the order of their ids. */
function onThisMachine(line: string): string {
  const names = [...new Set([...line.matchAll(/\b[a-z]+\.lan\b/g)].map(([name]) => name))];
  return names.reduce((text, name, id) => {
    const { host, clientPort, peerPort } = hosts[id] as Host;
    return text.replaceAll(name, `${host}:${clientPort}:${peerPort}`);
  }, line);
}

function environment(): NodeJS.ProcessEnv {
  const path = [join(folder, "path"), dirname(process.execPath), process.env["PATH"]];
  return { ...process.env, PATH: path.join(delimiter), CHAT_EXIT_WITH_STDIN: "1" };
}

/** As typed in a shell; fails when the exit code is not 0. */
async function shell(line: string, input = ""): Promise<string> {
  const running = run("sh", ["-c", line], {
    cwd: folder,
    env: environment(),
    timeout: commandLimitMs,
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  const path = join(folder, "path");
  mkdirSync(path);
  // What `npm link` does.
  for (const name of ["chat-server", "chat-client", "chat-inspect"]) {
    symlinkSync(join(root, "bin", `${name}.js`), join(path, name));
  }
  const network = makeNetwork();
  hosts = await chooseHosts({ servers: 3, preferUsual: false, network, draw: Math.random });
});

after(async () => {
  for (const server of servers) {
    if (server.exitCode !== null || server.signalCode !== null) continue;
    server.kill("SIGKILL");
    await once(server, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

test("the servers of the README start and say that they are ready", async () => {
  const lines = commandLines("chat-server").map(onThisMachine);
  assert.equal(lines.length, 3);
  const ready = lines.map(async (line, id) => {
    const [command = "", ...args] = line.split(/ +/);
    const stdio = ["pipe", "pipe", "ignore"] as const;
    const server = spawn(command, args, { cwd: folder, env: environment(), stdio: [...stdio] });
    servers.push(server);
    assert.ok(server.stdout !== null);
    const output = createInterface({ input: server.stdout });
    const [first] = (await once(output, "line", {
      signal: AbortSignal.timeout(commandLimitMs),
    })) as [string];
    const { clientPort, peerPort } = hosts[id] as Host;
    const ports = `clients=127\\.0\\.0\\.1:${clientPort} peers=127\\.0\\.0\\.1:${peerPort}`;
    assert.match(first, new RegExp(`^ready id=${id} role=(primary|secondary) view=\\d+ ${ports}$`));
  });
  await Promise.all(ready);
});

test("the client of the README registers people, and its pipe sends", async () => {
  const [plain, piped] = commandLines("chat-client").map(onThisMachine);
  assert.ok(plain !== undefined && piped !== undefined);
  assert.match(await shell(plain, "register bob\npassword\n"), /registered bob/);
  assert.match(await shell(plain, `register alice\n${password}\n`), /registered alice/);
  const printed = (await shell(piped)).trimEnd().split("\n");
  const objects = printed.map((line) => JSON.parse(line) as { readonly type: string });
  const types = objects.map(({ type }) => type);
  for (const type of ["loggedIn", "sent", "loggedOut"]) assert.ok(types.includes(type), type);
  assert.match(await shell(plain, "login bob\npassword\n"), /alice: the backup is done/);
});

test("the README's script sends the last line of a log to a group", async () => {
  const [plain = ""] = commandLines("chat-client").map(onThisMachine);
  await shell(plain, "login bob\npassword\ngroup create #ops\n");
  await shell(plain, "register watch\npassword of watch\n");
  await shell(plain, "login bob\npassword\ngroup add #ops watch\n");
  writeFileSync(join(folder, "watch.pw"), "password of watch\n");
  writeFileSync(join(folder, "backup.log"), "begun\ndone: 17 files, 2 GB\n");
  assert.match(await shell(scriptWith("backup.log")), /^sent to #ops$/m);
  assert.match(await shell(plain, "login bob\npassword\n"), /watch in #ops: done: 17 files, 2 GB/);
});

test("the README's bot answers whoever writes to it, and nobody else", async () => {
  const [plain = ""] = commandLines("chat-client").map(onThisMachine);
  await shell(plain, "register clock\npassword of clock\n");
  writeFileSync(join(folder, "clock.pw"), "password of clock\n");
  const script = scriptWith("mkfifo");
  assert.ok(script.trimEnd().split("\n").length <= 12, "about ten lines");
  // A group of processes of its own, which ends as a whole.
  const bot = spawn("sh", ["-c", script], {
    cwd: folder,
    env: environment(),
    stdio: "ignore",
    detached: true,
  });
  try {
    const talk =
      "send clock what time is it?\nwait 1 --for 30\nsend clock from: and now?\nwait 1 --for 30\n";
    const answers = await shell(`sleep 1; ${plain}`, `login alice\n${password}\n${talk}`);
    const said = answers.match(/clock: it is \d\d:\d\d here/g) ?? [];
    assert.equal(said.length, 2, answers);
  } finally {
    if (bot.pid !== undefined) process.kill(-bot.pid, "SIGKILL");
  }
});

test("a server that gets Ctrl+C stops with 0, and the folders of all hold one state", async () => {
  for (const server of servers) {
    const ended = once(server, "exit");
    server.kill("SIGINT");
    assert.deepEqual(await ended, [0, null]);
  }
  const inspect = async (id: number, at = ""): Promise<readonly string[]> => {
    const line = `chat-inspect state/server-${id} --digest${at}`;
    return (await shell(line)).trim().split(" ");
  };
  const newest = await Promise.all([0, 1, 2].map((id) => inspect(id)));
  const ops = newest.map(([op = ""]) => Number(op.replace("op=", "")));
  const at = ` --at ${Math.min(...ops)}`;
  const states = await Promise.all([0, 1, 2].map((id) => inspect(id, at)));
  assert.equal(new Set(states.map((words) => words.join(" "))).size, 1);
  assert.ok(Math.min(...ops) > 4);
});

test("npm run chaos ends with the proof and the seed that replays it", async () => {
  const file = join(root, "test/chaos/main.ts");
  const args = ["--import", "tsx", file, "--seconds", "2", "--seed", "11"];
  const { stdout } = await run(process.execPath, args, { cwd: root, timeout: commandLimitMs });
  assert.match(stdout, /^([\d,]+) sent, \1 stored, \1 shown, 0 twice, 0 out of order, /);
  assert.match(stdout, /replay: npm run chaos -- --seed 11 --seconds 2\n$/);
});
