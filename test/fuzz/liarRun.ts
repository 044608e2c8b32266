// Three servers under virtual time, one of which holds the secret and lies to the other two, while
// strangers come to both ports: the two must neither throw nor end, whatever they are told, nor
// after a restart from what they were told.
// (What an honest server believes of a liar is another matter, told in the README.)

import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { Address } from "../../src/ports.ts";
import { bootServer } from "../support/simBoot.ts";
import { makeSimClock } from "../support/simClock.ts";
import { simHosts } from "../support/simHosts.ts";
import { SimNetwork } from "../support/simNetwork.ts";
import { makeSimLogs } from "../support/simProcess.ts";
import { SimServer, type Boot } from "../support/simServer.ts";
import { Chatterer } from "./chatterer.ts";
import { guardedClock, guardedDisk, type Guard } from "./guards.ts";
import { Hostile } from "./hostile.ts";
import { makeLies, type Lies } from "./lying.ts";
import { lyingNetwork } from "./lyingNetwork.ts";

export interface LiarRun {
  readonly lies: number;
  readonly confirmed: number;
  /** How often the liar fell over its own lies, or was let in anew. */
  readonly falls: number;
  /** The two disagree for good: who holds the secret can tell each of them another history. */
  readonly isStuck: boolean;
  readonly finding: string | null;
}

const rates = [0.002, 0.02, 0.1, 0.5];
const liarId = 2;
const settleMs = 1_500;
const goesOnMs = 30_000;
const logLines = 12;

export async function runLiar(seed: number, seconds: number): Promise<LiarRun> {
  const stage = new LiarStage(seed);
  let finding: string | null = null;
  try {
    await stage.play(seconds);
  } catch (error) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    finding = `${words}\n${stage.logs.text(logLines)}`;
  }
  const { lies, chatterer, falls, isStuck } = stage;
  return { lies: lies.count, confirmed: chatterer.confirmed, falls, isStuck, finding };
}

class LiarStage {
  readonly logs = makeSimLogs();
  readonly lies: Lies;
  readonly chatterer: Chatterer;
  falls = 0;
  isStuck = false;
  #hasFallen = false;
  readonly #prng: Prng;
  readonly #clock = makeSimClock();
  readonly #servers: readonly SimServer[];
  readonly #liar: SimServer;
  readonly #hostiles: readonly Hostile[];

  constructor(seed: number) {
    const prng = makePrng(seed);
    const [clock, hosts] = [this.#clock, simHosts(3)];
    const network = new SimNetwork({ clock, seed });
    const snapshotEvery = prng.pick([0, 0, 20]);
    const honest = bootServer({ hosts, mode: "plain", snapshotEvery, minCopies: 1 });
    this.#prng = prng;
    this.lies = makeLies(prng, 0);
    const lying = this.#lying(honest, new Set(hosts.map(({ peerPort }) => peerPort)));
    const shared = { clock, network, logs: this.logs };
    this.#servers = hosts.map(({ id, host }) => {
      const boot = id === liarId ? lying : honest;
      return new SimServer({ id, host, seed: seed * 100 + id, boot, ...shared });
    });
    this.#liar = this.#servers[liarId] as SimServer;
    const own = clock.forProcess();
    const machine = network.forProcess("machine-of-somebody", own);
    this.#hostiles = (["client", "peer"] as const).map((port) => {
      const elsewhere = clock.forProcess();
      const place = (): Address => {
        const { host, clientPort, peerPort } = prng.pick(hosts);
        return { host, port: port === "client" ? clientPort : peerPort };
      };
      const where = network.forProcess(`machine-of-a-hostile-${port}`, elsewhere);
      return new Hostile({ clock: elsewhere, network: where, place, port, prng, name: "fz" });
    });
    this.chatterer = new Chatterer({ clock: own, network: machine, hosts, prng });
  }

  async play(seconds: number): Promise<void> {
    const servers = this.#servers;
    for (const server of servers) server.start();
    await this.#clock.runFor(settleMs);
    this.chatterer.start();
    for (const hostile of this.#hostiles) hostile.start();
    this.lies.rate = this.#prng.pick(rates);
    for (let second = 0; second < seconds; second += 1) {
      await this.#clock.runFor(1_000);
      if (this.#hasFallen || !this.#liar.isUp() || this.#prng.chance(0.1)) await this.#letInAnew();
      this.#expectUp();
    }
    if (this.#liar.isUp()) this.#liar.die("killed");
    for (const hostile of this.#hostiles) hostile.stop();
    const { confirmed } = this.chatterer;
    const goesOn = (): boolean => this.chatterer.confirmed > confirmed + 3;
    this.isStuck = !(await this.#clock.runUntil(goesOn, { limitMs: goesOnMs }));
    for (const server of servers) if (server.isUp()) server.die("killed");
    for (const server of servers) if (server !== this.#liar) server.start();
    await this.#clock.runFor(settleMs);
    this.#expectUp();
  }

  /** A liar that is not let in says little that matters: the truth first. */
  async #letInAnew(): Promise<void> {
    const { rate } = this.lies;
    this.falls += 1;
    this.#hasFallen = false;
    if (this.#liar.isUp()) this.#liar.die("killed");
    if (this.#prng.chance(0.2)) this.#liar.wipe();
    this.lies.rate = 0;
    this.#liar.start();
    await this.#clock.runFor(this.#prng.chance(0.5) ? settleMs : 10);
    this.lies.rate = rate;
  }

  #expectUp(): void {
    for (const { id, exit } of this.#servers) {
      if (id !== liarId && exit !== null) throw new Error(`server ${id} ended: ${exit.message}`);
    }
  }

  #lying(honest: Boot, ports: ReadonlySet<number>): Boot {
    const guard: Guard = (run) => {
      try {
        run();
      } catch {
        this.#hasFallen = true;
      }
    };
    const isPeerPort = (port: number): boolean => ports.has(port);
    return (around) => {
      const network = lyingNetwork(around.network, { lies: this.lies, isPeerPort, guard });
      const clock = guardedClock(around.clock, guard);
      // What the product asks of a disk is all there.
      const disk = guardedDisk(around.disk, guard) as typeof around.disk;
      return honest({ ...around, network, clock, disk });
    };
  }
}
