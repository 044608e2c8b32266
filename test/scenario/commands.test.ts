// Shows that the installed commands start from anywhere: through symbolic links, as an unpacked
// package, from any folder, in one thread or a second one. The mains are stand-ins, so that this is
// about the start alone; what the real ones do has tests of its own.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const mains = new Map([
  ["chat-server", "src/server/main.ts"],
  ["chat-client", "src/client/main.ts"],
  ["chat-demo", "src/demo/main.ts"],
  ["chat-inspect", "src/server/inspect.ts"],
]);
const saysItsArguments = `
  interface Said { readonly words: readonly string[] }
  export async function main(argv: string[]): Promise<void> {
    const said: Said = { words: argv };
    console.log(said.words.join("+"));
    process.exitCode = 7;
  }
`;
const startsTheWorker = `
  import { Worker } from "node:worker_threads";
  export async function main(): Promise<void> {
    const worker = new Worker(new URL("./compactionWorker.js", import.meta.url));
    worker.on("message", (message: string) => console.log(message));
  }
`;
const worksInTheWorker = `
  import { parentPort } from "node:worker_threads";
  const message: string = "compacted";
  parentPort?.postMessage(message);
`;

let folder = "";
let installed = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "replichat-commands-"));
  installed = join(folder, "node_modules", "replichat");
  const worker = "src/server/compactionWorker.js";
  for (const path of ["package.json", "bin", "src/register.js", "src/node", worker]) {
    await mkdir(dirname(join(installed, path)), { recursive: true });
    await cp(join(root, path), join(installed, path), { recursive: true });
  }
  for (const path of mains.values()) await writeText(path, saysItsArguments);
  await writeText("src/server/compactionWorker.ts", worksInTheWorker);
  await symlink(join(root, "node_modules", "tsx"), join(folder, "node_modules", "tsx"));
});
after(() => rm(folder, { recursive: true, force: true }));

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(installed, path)), { recursive: true });
  await writeFile(join(installed, path), text);
}

test("every command runs through a symbolic link, from a folder that knows nothing of it", async () => {
  for (const name of mains.keys()) {
    const link = join(folder, name);
    await symlink(join(installed, "bin", `${name}.js`), link);
    const failed = await run(link, ["one", "two"], { cwd: "/" }).then(
      () => assert.fail("the exit code was lost"),
      (error: { readonly code: number; readonly stdout: string }) => error,
    );
    assert.deepEqual([failed.code, failed.stdout], [7, "one+two\n"], name);
  }
});

test("a command runs no code from the shared temporary folder, and leaves none there", async () => {
  const temporary = join(folder, "temporary");
  await mkdir(temporary);
  await writeText("src/server/main.ts", startsTheWorker);
  const env = { ...process.env, TMPDIR: temporary };
  await run(process.execPath, [join(installed, "bin", "chat-server.js")], { env });
  const nowhere = { ...env, XDG_CACHE_HOME: "/proc/nowhere" };
  await run(process.execPath, [join(installed, "bin", "chat-server.js")], { env: nowhere });
  assert.deepEqual(await readdir(temporary), []);
});

test("the compaction thread reads TypeScript too", async () => {
  await writeText("src/server/main.ts", startsTheWorker);
  const { stdout } = await run(process.execPath, [join(installed, "bin", "chat-server.js")]);
  assert.equal(stdout, "compacted\n");
});
