// Real servers attacked on one port for a while: on the client port by hostile clients; on the peer
// port by strangers, and by a third server that holds the secret and lies. Tells what was sent and
// what was found.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../../src/base/hosts.ts";
import { makePrng } from "../../src/base/prng.ts";
import { openNodeDisk } from "../../src/node/disk.ts";
import { makeEntropy } from "../../src/node/entropy.ts";

import { bootServer } from "../support/simBoot.ts";
import { guardedClock, type Guard } from "./guards.ts";
import { Hostile } from "./hostile.ts";
import { makeLies, type Lies } from "./lying.ts";
import { lyingNetwork } from "./lyingNetwork.ts";
import { RealStage, realClock, realNetwork } from "./realStage.ts";

export interface RealRun {
  readonly seed: number;
  readonly seconds: number;
  frames: number;
  connections: number;
  logins: number;
  lies: number;
  /** Times that two honest servers were told such different histories that they stopped. */
  stuck: number;
  confirmed: number;
  memoryKb: number;
  readonly waitsMs: number[];
  readonly findings: string[];
}

const hostileCount = 4;
const epochSeconds = 45;
const afterMs = 20_000;
const liarId = 2;
const rates = [0.002, 0.02, 0.2];

export async function attackClients(seed: number, seconds: number): Promise<RealRun> {
  const run = newRun(seed, seconds);
  const stage = await RealStage.open([0, 1, 2], seed);
  const hostiles = besiege(stage, "client", seed);
  for (let second = 0; second < seconds; second += 1) {
    await sleep(1_000);
    stage.look();
  }
  await conclude(run, stage, hostiles);
  return run;
}

/** In epochs, each with folders of its own: whom a liar was believed starts anew. */
export async function attackPeers(seed: number, seconds: number): Promise<RealRun> {
  const run = newRun(seed, seconds);
  for (let from = 0; from < seconds && run.findings.length === 0; from += epochSeconds) {
    await attackEpoch(run, seed * 1_000 + from, Math.min(epochSeconds, seconds - from));
  }
  return run;
}

async function attackEpoch(run: RealRun, seed: number, seconds: number): Promise<void> {
  const prng = makePrng(seed);
  const stage = await RealStage.open([0, 1], seed);
  const hostiles = besiege(stage, "peer", seed);
  const lies = makeLies(prng, 0);
  const liar = new Liar(stage, lies);
  await liar.start();
  await sleep(Math.min(2_000, seconds * 300));
  for (let second = 0; second < seconds; second += 1) {
    if (second % 15 === 0) lies.rate = prng.pick(rates);
    await sleep(1_000);
    stage.measure();
    if (liar.hasFallen) await liar.startAnew();
  }
  await liar.stop();
  for (const hostile of hostiles) hostile.stop();
  if (!(await stage.serves(afterMs))) {
    run.stuck += 1;
    // They stand, and come back: what they do not do is agree.
    for (const id of [0, 1]) await stage.cluster.kill(id);
    stage.cluster.start(0, 1);
    await sleep(3_000);
  }
  run.lies += lies.count;
  await conclude(run, stage, hostiles);
}

function besiege(stage: RealStage, port: "client" | "peer", seed: number): readonly Hostile[] {
  return Array.from({ length: hostileCount }, (_, index) => {
    const prng = makePrng(seed * 100 + index);
    const place = (): { host: string; port: number } => {
      const primary = stage.cluster.primary();
      const host = stage.hosts[prng.chance(0.8) && primary !== null ? primary : prng.below(2)];
      const { host: name, clientPort, peerPort } = host as Host;
      return { host: name, port: port === "client" ? clientPort : peerPort };
    };
    const parts = { clock: realClock, network: realNetwork, place, port, prng };
    const hostile = new Hostile({ ...parts, name: `fz${index}x` });
    hostile.start();
    return hostile;
  });
}

async function conclude(
  run: RealRun,
  stage: RealStage,
  hostiles: readonly Hostile[],
): Promise<void> {
  for (const hostile of hostiles) {
    hostile.stop();
    run.frames += hostile.frames;
    run.connections += hostile.connections;
    run.logins += hostile.logins;
  }
  await stage.close();
  run.findings.push(...stage.findings);
  run.confirmed += stage.honest.confirmed;
  run.memoryKb = Math.max(run.memoryKb, stage.memoryKb);
  for (const waitMs of stage.honest.waitsMs) run.waitsMs.push(waitMs);
}

function newRun(seed: number, seconds: number): RealRun {
  const counts = { frames: 0, connections: 0, logins: 0, lies: 0, stuck: 0, confirmed: 0 };
  return { seed, seconds, ...counts, memoryKb: 0, waitsMs: [], findings: [] };
}

/** A server in this very process that lies on its peer links. */
class Liar {
  hasFallen = false;
  readonly #stage: RealStage;
  readonly #lies: Lies;
  #life = 0;
  #running: Awaited<ReturnType<ReturnType<typeof bootServer>>> | null = null;

  constructor(stage: RealStage, lies: Lies) {
    this.#stage = stage;
    this.#lies = lies;
  }

  async start(): Promise<void> {
    this.hasFallen = false;
    const life = (this.#life += 1);
    const guard: Guard = (run) => {
      if (life !== this.#life) return;
      try {
        run();
      } catch {
        this.hasFallen = true;
      }
    };
    const { hosts, folder, secret } = this.#stage;
    const ports = new Set(hosts.map(({ peerPort }) => peerPort));
    const isPeerPort = (port: number): boolean => ports.has(port);
    const disk = await openNodeDisk(join(folder, "liar", `server-${liarId}-${life}`));
    const boot = bootServer({
      hosts,
      mode: "plain",
      snapshotEvery: 0,
      minCopies: 1,
      secret: Buffer.from(secret),
    });
    this.#running = await boot({
      id: liarId as RunningServerId,
      clock: guardedClock(realClock, guard),
      network: lyingNetwork(realNetwork, { lies: this.#lies, isPeerPort, guard }),
      // What the product asks of a disk is all there.
      disk: disk as never,
      entropy: makeEntropy(),
      log: { write: () => undefined },
      exit: () => (this.hasFallen = true),
    });
  }

  async startAnew(): Promise<void> {
    await this.stop();
    const { rate } = this.#lies;
    this.#lies.rate = 0;
    await this.start();
    await sleep(1_000);
    this.#lies.rate = rate;
  }

  async stop(): Promise<void> {
    const stopping: Promise<void> = this.#running?.stop() ?? Promise.resolve();
    await Promise.race([stopping.catch(() => undefined), sleep(1_500)]);
    // Whatever of it still runs is heard by nobody.
    this.#life += 1;
    this.#running = null;
  }
}

type RunningServerId = Parameters<ReturnType<typeof bootServer>>[0]["id"];
