// Real servers on real small disks: what grows is refused in words while there still is room, the
// cause is named in the log, nothing confirmed is lost, and all goes on when room is made. A disk
// of one's own is a memory file system, which only the superuser may mount: skipped for others.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { lowDiskBytes } from "../../src/base/limits.ts";
import type { ChatClient } from "../../src/client/api.ts";
import { auditFolders } from "../../src/demo/audit.ts";
import type { LocalCluster } from "../../src/demo/localCluster.ts";
import { startCluster } from "../../src/demo/stage.ts";
import { connectHere, enter } from "../../src/demo/talker.ts";
import { testClock } from "../support/chaosStage.ts";

const plentyBytes = 3 * lowDiskBytes;
const littleBytes = lowDiskBytes / 2;
const limitMs = 20_000;
const pollMs = 100;

const root = mkdtempSync(join(tmpdir(), "replichat-low-"));
const mounted: string[] = [];
const clusters: LocalCluster[] = [];

process.on("exit", () => {
  for (const cluster of clusters) cluster.killAllNow();
});

after(async () => {
  for (const cluster of clusters) await cluster.stopAll();
  for (const folder of mounted) execFileSync("umount", [folder]);
  rmSync(root, { recursive: true, force: true });
});

/** The size of a memory file system is a bound, not memory that is taken. */
function resize(folder: string, sizeBytes: number): void {
  execFileSync("mount", ["-o", `remount,size=${sizeBytes}`, folder]);
}

/** Null, or why there can be no disk of one's own. */
function mountAt(folder: string): string | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const how = ["-t", "tmpfs", "-o", `size=${plentyBytes},mode=700`, "tmpfs", folder];
  try {
    execFileSync("mount", how, { stdio: "pipe" });
  } catch (error) {
    return `mounting a memory file system is not allowed here (${(error as Error).message})`;
  }
  mounted.push(folder);
  return null;
}

interface Scene {
  readonly cluster: LocalCluster;
  readonly alice: ChatClient;
  readonly confirmed: string[];
}

async function begin(stateFolder: string): Promise<Scene> {
  const { env } = process;
  const spawned = (cluster: LocalCluster): void => void clusters.push(cluster);
  const start = { stateFolder, clock: testClock, env, draw: Math.random, spawned };
  const cluster = await startCluster(start);
  const machine = { hosts: cluster.hosts, clock: testClock };
  const bob = connectHere(machine);
  await enter(bob, "bob");
  bob.close();
  const alice = connectHere(machine);
  await enter(alice, "alice");
  return { cluster, alice, confirmed: [] };
}

/** "sent", or the refusal's code and words. */
async function send(scene: Scene): Promise<string> {
  const text = `text ${scene.confirmed.length}`;
  const answer = await scene.alice.send("bob", text);
  if (!answer.ok) return `${answer.code}: ${answer.message}`;
  scene.confirmed.push(text);
  return "sent";
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = testClock.nowMs() + limitMs;
  while (!(await condition())) {
    assert.ok(testClock.nowMs() < endMs, `waited ${limitMs} ms in vain for ${what}`);
    await new Promise<void>((resolve) => void testClock.after(pollMs, resolve));
  }
}

/** What was confirmed is in every folder, once. */
async function end({ cluster, alice, confirmed }: Scene): Promise<void> {
  alice.close();
  await until(() => cluster.members().length === 3, "all servers to be back");
  await cluster.stopAll();
  const own = cluster.hosts.map(({ id }) => cluster.folderOf(id));
  const { complaints, stored } = await auditFolders(own, new Map([["bob", confirmed]]));
  assert.deepEqual(complaints, []);
  assert.equal(stored, confirmed.length);
}

test("all servers on one disk that runs low: refused in words, and again when there is room", async (t) => {
  const folder = join(root, "shared");
  const obstacle = mountAt(folder);
  if (obstacle !== null) return t.skip(obstacle);
  const scene = await begin(folder);
  assert.equal(await send(scene), "sent");
  resize(folder, littleBytes);
  await until(async () => (await send(scene)) !== "sent", "a refusal");
  const said = await send(scene);
  assert.match(said, /^no-room: The disks? or memory of servers? .* almost full.*operator/);
  for (const { id } of scene.cluster.hosts) {
    const log = readFileSync(scene.cluster.logOf(id), "utf8");
    assert.equal(log.match(/disk-low .*path=.*freeBytes=/g)?.length, 1, log);
  }
  assert.equal(scene.cluster.members().length, 3, "nobody has left");
  resize(folder, plentyBytes);
  await until(async () => (await send(scene)) === "sent", "room");
  await end(scene);
});

test("one server on a disk that runs low: the others go on, and it comes back", async (t) => {
  const folder = join(root, "apart");
  const obstacle = mountAt(join(folder, "server-0"));
  if (obstacle !== null) return t.skip(obstacle);
  const scene = await begin(folder);
  assert.equal(scene.cluster.primary(), 0);
  assert.equal(await send(scene), "sent");
  resize(join(folder, "server-0"), littleBytes);
  const isLeft = (): boolean => scene.cluster.primary() === 1;
  await until(async () => {
    assert.equal(await send(scene), "sent");
    return isLeft();
  }, "server 1 to take over");
  resize(join(folder, "server-0"), plentyBytes);
  await until(() => scene.cluster.members().length === 3, "server 0 to be back");
  assert.equal(await send(scene), "sent");
  await end(scene);
});
