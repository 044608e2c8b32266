// What others notice of a server that comes back with its folder wiped, and of a base image being
// built: `npm run bench -- join`. First the journal reaches back to the beginning and is all that
// the server is fed with; then the primary has built images, has let go of the log before the first
// of them, and the newest one comes first. It only prints.

import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { present } from "../../src/base/assert.ts";
import { compactionJournalBytesMin, imagesKept } from "../../src/base/imageLimits.ts";
import { untilCalm } from "./compare.ts";
import { connectMany, fill } from "./filling.ts";
import { startReplichat, type Member, type ReplichatSystem } from "./replichat.ts";
import { reportOf } from "./reports.ts";
import { SteadyLoad, wordsOf } from "./steady.ts";

const usage = `npm run bench -- join [options]

  --stored N       messages in store, default 1000000
  --rate N         sends a second meanwhile, default 5000
  --clients N      connections that send, default 50
  --seconds S      how long is measured before, without anything going on, default 10
`;

const warmMs = 2_000;
/** From the end of a member to its return: the others have gone on without it. */
const awayMs = 2_000;
const pollMs = 20;
const fillStep = 50_000;

interface Wishes {
  readonly stored: number;
  readonly rate: number;
  readonly clients: number;
  readonly seconds: number;
}

/** The exit code. */
export async function join(argv: readonly string[]): Promise<number> {
  const wishes = readWishes(argv);
  if (wishes === null) {
    console.error(usage);
    return 2;
  }
  const folder = mkdtempSync(pathOf(tmpdir(), "replichat-join-"));
  const system = await startReplichat(folder, { env: { BENCH_STALLS: "1" } });
  const stopAll = async (): Promise<void> => {
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const interrupted = (): void => void stopAll().finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    await fill(system.connect, wishes.stored);
    await untilCalm(system);
    await measure(system, folder, wishes);
    return 0;
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    await stopAll();
  }
}

interface Scene {
  readonly system: ReplichatSystem;
  readonly folder: string;
  readonly load: SteadyLoad;
}

async function measure(system: ReplichatSystem, folder: string, wishes: Wishes): Promise<void> {
  const { stored, rate, clients, seconds } = wishes;
  const senders = await connectMany(system.connect, clients);
  const load = new SteadyLoad(senders, rate);
  const scene: Scene = { system, folder, load };
  load.start();
  await sleep(warmMs);
  await begin(scene);
  await sleep(seconds * 1_000);
  await print(scene, `${stored} messages in store, ${clients} clients send; all quiet`);
  await rejoin(scene);
  for (const _ of Array(imagesKept)) await compact(scene);
  await rejoin(scene);
  await load.stop();
  for (const sender of senders) sender.close();
}

/** What is measured from here on is of one kind. */
async function begin(scene: Scene): Promise<void> {
  await standstills(scene);
  scene.load.take();
}

async function print(scene: Scene, what: string): Promise<void> {
  const words = wordsOf(scene.load.take());
  console.log(`${what}:`);
  console.log(`  ${words}; ${(await standstills(scene)).join("; ")}`);
}

/** For how long at most the two that always serve stood still since the last call. */
async function standstills({ system, folder }: Scene): Promise<readonly string[]> {
  return Promise.all(
    ["primary", "secondary1"].map(async (name) => {
      const { stallMs, ranMs } = await reportOf(system.pids.get(name) ?? 0, folder);
      return `${name} ${stallMs.toFixed(1)}, running for ${ranMs.toFixed(1)} at most`;
    }),
  );
}

/** A member goes, its folder is emptied, and it comes back. */
async function rejoin(scene: Scene): Promise<void> {
  const { system } = scene;
  const { folder } = present(system.members.get("primary"), "a primary");
  const isWhole = existsSync(pathOf(folder, "journal-1"));
  const from = isWhole ? "the log" : "a base image and the log";
  const member: Member = present(system.members.get("secondary2"), "a second secondary");
  await member.stop();
  rmSync(member.folder, { recursive: true });
  await sleep(awayMs);
  await begin(scene);
  const startedMs = performance.now();
  await member.start();
  const words = `${since(startedMs)} after the start of its process`;
  await print(scene, `a wiped server is fed with ${from}, and has caught up ${words}`);
}

/** The primary's journal is made as long as it may be; then it builds an image. */
async function compact(scene: Scene): Promise<void> {
  const { system, load } = scene;
  const { folder } = present(system.members.get("primary"), "a primary");
  const images = imagesIn(folder);
  const bytesBefore = images === "" ? 0 : journalBytes(folder);
  while (journalBytes(folder) - bytesBefore < compactionJournalBytesMin) {
    await fill(system.connect, fillStep);
  }
  // In a rush an image would be put off; a file of the journal is closed when one is begun.
  await load.stop();
  const files = namesIn(folder, "journal-").length;
  const isBegun = (): boolean => namesIn(folder, "journal-").length > files;
  while (!isBegun() && imagesIn(folder) === images) await sleep(pollMs);
  load.start();
  await begin(scene);
  const startedMs = performance.now();
  while (imagesIn(folder) === images) await sleep(pollMs);
  await print(scene, `the primary has built a base image in ${since(startedMs)}`);
}

function imagesIn(folder: string): string {
  return namesIn(folder, "base-").join(" ");
}

function journalBytes(folder: string): number {
  const names = namesIn(folder, "journal-");
  return names.reduce((sum, name) => sum + statSync(pathOf(folder, name)).size, 0);
}

function namesIn(folder: string, start: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith(start));
}

function since(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
}

function readWishes(argv: readonly string[]): Wishes | null {
  try {
    const options = {
      stored: { type: "string", default: "1000000" },
      rate: { type: "string", default: "5000" },
      clients: { type: "string", default: "50" },
      seconds: { type: "string", default: "10" },
    } as const;
    const { values } = parseArgs({ args: [...argv], options });
    const words = [values.stored, values.rate, values.clients, values.seconds];
    const [stored = 0, rate = 0, clients = 0, seconds = 0] = words.map(Number);
    const areWhole = [stored, rate, clients].every(Number.isInteger);
    const isWell = areWhole && stored >= 0 && rate > 0 && clients > 0 && seconds > 0;
    return isWell ? { stored, rate, clients, seconds } : null;
  } catch {
    return null;
  }
}
