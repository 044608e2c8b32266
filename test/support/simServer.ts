// The lives of one simulated server: each start is a new process on the same host, with the disk as
// the death before left it. What a process is made of is the product's own code, by way of `boot`.
// It judges nothing; an error thrown inside a process ends the scenario, since it is a bug.

import { assert } from "../../src/base/assert.ts";
import type { ServerId } from "../../src/base/ids.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { Clock, Entropy, Log, Network } from "../../src/ports.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import type { ServerStatus } from "../../src/server/wiring.ts";
import type { ProcessClock, SimClock } from "./simClock.ts";
import { makeSimDisk, type SimDisk } from "./simDisk.ts";
import type { ProcessNetwork, SimNetwork } from "./simNetwork.ts";
import { makeSimEntropy, type SimLogs } from "./simProcess.ts";

/** What a process is started with. */
export interface Surroundings {
  readonly id: ServerId;
  readonly clock: Clock;
  readonly network: Network;
  readonly disk: SimDisk;
  readonly entropy: Entropy;
  readonly log: Log;
  /** The process ends itself, in words. */
  exit(code: number, message: string): void;
}

export interface RunningServer {
  /** As on SIGTERM: hands over and ends. */
  stop(): Promise<void>;
  /** Null until it has recovered. */
  inspect(): Inspection | null;
  /** What it would tell its clients; null until it has recovered. */
  status(): ServerStatus | null;
}

export type Boot = (surroundings: Surroundings) => Promise<RunningServer>;

export interface SimServerOptions {
  readonly id: ServerId;
  readonly host: string;
  readonly seed: number;
  readonly clock: SimClock;
  readonly network: SimNetwork;
  readonly logs: SimLogs;
  readonly boot: Boot;
  readonly blockBytes?: number;
  /** Bytes are handed to the network: what it says is held against what it has. */
  readonly onSpeech?: (server: Inspection, bytes: Buffer, to: string) => void;
}

export type Death = "killed" | "powerCut";

export interface Exit {
  readonly code: number;
  readonly message: string;
}

interface Life {
  readonly clock: ProcessClock;
  readonly network: ProcessNetwork;
  running: RunningServer | null;
  /** Live. */
  inspection: Inspection | null;
}

export class SimServer {
  readonly id: ServerId;
  readonly host: string;
  disk: SimDisk;
  /** How the last life ended, when it ended by itself. */
  exit: Exit | null = null;
  /** Of the present life, or the last one. */
  startedMs = 0;
  readonly #options: SimServerOptions;
  readonly #prng: Prng;
  #nextClock: ProcessClock;
  #wallOffsetUs = 0;
  #life: Life | null = null;
  #doom: { left: number; readonly how: Death } | null = null;

  constructor(options: SimServerOptions) {
    this.id = options.id;
    this.host = options.host;
    this.#options = options;
    this.#prng = makePrng(options.seed);
    this.#nextClock = options.clock.forProcess();
    this.disk = this.#newDisk();
  }

  isUp(): boolean {
    return this.#life !== null;
  }

  isPaused(): boolean {
    return this.#life?.clock.isPaused() === true;
  }

  /** Whether any of its code has run since this was asked last. */
  takeHasRun(): boolean {
    return this.#life?.clock.takeHasRun() === true;
  }

  inspect(): Inspection | null {
    const life = this.#life;
    if (life === null || life.running === null) return null;
    return (life.inspection ??= life.running.inspect());
  }

  status(): ServerStatus | null {
    return this.#life?.running?.status() ?? null;
  }

  start(): void {
    assert(this.#life === null, `server ${this.id} runs already`);
    const { network, logs, boot } = this.#options;
    network.powerOn(this.host);
    const clock = this.#nextClock;
    this.exit = null;
    this.startedMs = clock.nowMs();
    const life: Life = {
      clock,
      network: network.forProcess(this.host, clock, (bytes, to) => this.#noteSpeech(bytes, to)),
      running: null,
      inspection: null,
    };
    this.#life = life;
    this.disk.onChange(() => this.#noteEffect());
    const booting = boot({
      id: this.id,
      clock,
      network: life.network,
      disk: this.disk,
      entropy: makeSimEntropy(this.#prng.next32()),
      log: logs.forProcess(`server ${this.id}`, clock),
      exit: (code, message) => this.#exited(life, { code, message }),
    });
    booting.then(
      (running) => void (life.running = running),
      (error: unknown) => this.#rethrow(error),
    );
  }

  die(how: Death): void {
    const life = this.#life;
    assert(life !== null, `server ${this.id} does not run`);
    this.#life = null;
    this.#doom = null;
    life.clock.kill();
    if (how === "killed") life.network.kill();
    else this.#options.network.powerOff(this.host);
    this.#nextClock = this.#options.clock.forProcess();
    this.#nextClock.jumpWall(this.#wallOffsetUs);
    this.disk =
      how === "killed"
        ? this.disk.kill(this.#prng, this.#nextClock)
        : this.disk.crash(this.#prng, this.#nextClock);
  }

  /** Ends as on SIGTERM; the process has gone when the promise resolves. */
  async stop(): Promise<void> {
    const running = this.#life?.running;
    assert(running !== null && running !== undefined, `server ${this.id} has not started`);
    this.#life?.clock.noteRun();
    try {
      await running.stop();
    } catch (error) {
      // As in main.ts: said, and then the process ends all the same.
      this.#options.logs
        .forProcess(`server ${this.id}`, this.#options.clock.forProcess())
        .write("error", `The stop failed: ${String(error)}`);
    }
    if (this.#life?.running === running) this.die("killed");
  }

  /** Dies just before the n-th effect from now on: a write, a sync, bytes handed to the network. */
  dieAtEffect(count: number, how: Death): void {
    this.#doom = this.#life === null ? null : { left: count, how };
  }

  pause(): void {
    this.#life?.clock.pause();
  }

  resume(): void {
    this.#life?.clock.resume();
  }

  /** The machine's wall clock: it stays so over restarts. */
  jumpWall(deltaMs: number): void {
    this.#wallOffsetUs += deltaMs * 1_000;
    (this.#life?.clock ?? this.#nextClock).jumpWall(deltaMs * 1_000);
  }

  /** The folder is gone: an empty disk for the next life. */
  wipe(): void {
    assert(this.#life === null, "a folder is wiped while its server is down");
    this.disk = this.#newDisk();
  }

  #noteSpeech(bytes: Buffer, to: string): void {
    const inspection = this.inspect();
    if (inspection !== null) this.#options.onSpeech?.(inspection, bytes, to);
    this.#noteEffect();
  }

  #noteEffect(): void {
    const doom = this.#doom;
    if (doom === null) return;
    doom.left -= 1;
    if (doom.left <= 0) this.die(doom.how);
  }

  #newDisk(): SimDisk {
    const path = `state/server-${this.id}`;
    const { blockBytes = 1 } = this.#options;
    return makeSimDisk({ clock: this.#nextClock, seed: this.#prng.next32(), path, blockBytes });
  }

  #exited(life: Life, exit: Exit): void {
    if (this.#life !== life) return;
    this.exit = exit;
    this.die("killed");
  }

  /** Into virtual time, so that it comes out of the scenario's run. */
  #rethrow(error: unknown): void {
    this.#options.clock.arrive(0, () => {
      throw error;
    });
  }
}
