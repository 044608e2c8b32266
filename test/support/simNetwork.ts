// A network of simulated hosts under virtual time: what the ports promise of one, with every fault
// that replication must live with. A host's kernel answers for its processes: it accepts for
// stopped ones, refuses for dead ones, and is silent only when the way is cut or the power is off.
// No TLS, no name service: a host's name is its address.

import { assert } from "../../src/base/assert.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { Address, Link, Listener, Network } from "../../src/ports.ts";
import type { ProcessClock, SimClock } from "./simClock.ts";
import { track, type Accepting, type Attempt, type Process } from "./simKernel.ts";
import type { Target, Wish } from "./simKernel.ts";
import { makeConnection, type End } from "./simLink.ts";
import { Paths, RarePacket, type CutKind, type Latency } from "./simPath.ts";

/** The network as one process sees it. */
export interface ProcessNetwork extends Network {
  /** kill -9: the kernel closes what it had open. The caller kills the process's clock first. */
  kill(): void;
}

/** When TCP repeats an unanswered first packet. */
const firstPacketsAtMs = [0, 1_000, 3_000, 7_000, 15_000];
const ephemeralPortMin = 32_768;
const ephemeralPorts = 28_000;
const wildcards = new Set(["", "0.0.0.0", "::"]);
const loopbacks = new Set(["localhost", "127.0.0.1", "::1"]);

export class SimNetwork {
  readonly paths: Paths;
  readonly #clock: SimClock;
  readonly #prng: Prng;
  readonly #hosts = new Map<string, Set<Process>>();
  #nextPort = 0;

  constructor(options: {
    readonly clock: SimClock;
    readonly seed: number;
    readonly latency?: Latency;
  }) {
    this.#clock = options.clock;
    this.#prng = makePrng(options.seed);
    const latency = options.latency ?? { minMs: 0.1, maxMs: 1 };
    this.paths = new Paths(options.clock, this.#prng, latency);
  }

  /** `onEffect` is called before anything is handed to the kernel; the process may die of it. */
  forProcess(host: string, clock: ProcessClock, onEffect: Effect = nothing): ProcessNetwork {
    const process: Process = {
      host,
      clock,
      listeners: new Map(),
      ends: new Set<End>(),
      onEffect,
      alive: true,
    };
    this.#processesOf(host).add(process);
    return {
      listen: (address, accept) => this.#listen(process, address, accept),
      connect: (address, timeoutMs, handler) =>
        this.#connect(process, { address, timeoutMs, handler }),
      kill: () => this.#end(process, "killed"),
    };
  }

  /** Both ways, unless told otherwise. A firewall that answers also ends what is open. */
  cut(
    one: string,
    other: string,
    how: { readonly oneWay?: boolean; readonly kind?: CutKind } = {},
  ): void {
    const kind = how.kind ?? "silence";
    this.paths.cut({ from: one, to: other }, kind);
    if (how.oneWay !== true) this.paths.cut({ from: other, to: one }, kind);
    if (kind === "reset") this.resetBetween(one, other);
  }

  heal(one: string, other: string): void {
    this.paths.heal({ from: one, to: other });
    this.paths.heal({ from: other, to: one });
  }

  healAll(): void {
    this.paths.healAll();
  }

  /** No packet leaves it any more; its processes are dead (their clocks are the caller's). */
  powerOff(host: string): void {
    this.paths.setPower(host, false);
    for (const process of [...this.#processesOf(host)]) this.#end(process, "powerCut");
  }

  powerOn(host: string): void {
    this.paths.setPower(host, true);
  }

  #processesOf(host: string): Set<Process> {
    let processes = this.#hosts.get(host);
    if (processes === undefined) this.#hosts.set(host, (processes = new Set<Process>()));
    return processes;
  }

  #end(process: Process, how: "killed" | "powerCut"): void {
    assert(!process.clock.isAlive(), "a process's clock is killed before its network");
    process.alive = false;
    for (const listener of process.listeners.values()) listener.open = false;
    process.listeners.clear();
    for (const end of process.ends) end.die(how);
    this.#processesOf(process.host).delete(process);
  }

  /** Ends what is open between the two, in both directions, without anything being cut. */
  resetBetween(one: string, other: string): void {
    for (const host of [one, other]) {
      for (const process of this.#processesOf(host)) {
        for (const end of process.ends) {
          const { from, to } = end.route;
          if (from === one ? to === other : from === other && to === one) {
            this.#clock.arrive(this.#prng.unit(), () => end.reset());
          }
        }
      }
    }
  }

  async #listen(
    process: Process,
    address: Address,
    accept: (link: Link) => void,
  ): Promise<Listener> {
    await new Promise<void>((resolve) => process.clock.arrive(0, resolve));
    const { host, port } = address;
    if (!wildcards.has(host) && !loopbacks.has(host) && host !== process.host) {
      throw new Error(`Address ${host} is not one of this machine's.`);
    }
    const chosen = port === 0 ? this.#ephemeralPort() : port;
    for (const other of this.#processesOf(process.host)) {
      if (other.listeners.has(chosen)) throw new Error(`Port ${chosen} is in use.`);
    }
    const listener: Accepting = { accept, open: true };
    process.listeners.set(chosen, listener);
    return {
      address: { host, port: chosen },
      close: async () => {
        if (listener.open) process.listeners.delete(chosen);
        listener.open = false;
      },
    };
  }

  #connect(process: Process, wish: Wish): void {
    if (!process.alive) return;
    const { host } = wish.address;
    const to = loopbacks.has(host) || wildcards.has(host) ? process.host : host;
    const attempt: Attempt = {
      process,
      route: { from: process.host, to },
      wish,
      port: this.#ephemeralPort(),
      answered: false,
      over: false,
    };
    const deadline = process.clock.after(wish.timeoutMs, () => {
      if (attempt.over) return;
      attempt.over = true;
      const where = `${host}:${wish.address.port}`;
      wish.handler.failed("unreachable", `${where} did not answer within ${wish.timeoutMs} ms`);
    });
    attempt.cancelDeadline = () => deadline.cancel();
    for (const atMs of firstPacketsAtMs) {
      if (atMs > 0 && atMs >= wish.timeoutMs) break;
      this.#clock.arrive(atMs, () => this.#knock(attempt));
    }
  }

  #knock(attempt: Attempt): void {
    const { process, route } = attempt;
    if (attempt.answered || attempt.over || !process.alive) return;
    if (this.paths.cutOf(route) === "reset") {
      this.#clock.arrive(this.#prng.unit(), () => this.#refuse(attempt));
      return;
    }
    this.paths.carry(route, () => {
      const back = { from: route.to, to: route.from };
      const target = this.#listenerAt(route.to, attempt.wish.address.port);
      if (target === null) this.paths.carry(back, () => this.#refuse(attempt));
      else this.paths.carry(back, () => this.#establish(attempt, target));
    });
  }

  #listenerAt(host: string, port: number): Target | null {
    for (const process of this.#processesOf(host)) {
      const listener = process.listeners.get(port);
      if (listener !== undefined) return { process, listener };
    }
    return null;
  }

  #refuse(attempt: Attempt): void {
    if (attempt.answered || !attempt.process.alive) return;
    attempt.answered = true;
    attempt.process.clock.arrive(0, () => {
      if (attempt.over) return;
      attempt.over = true;
      attempt.cancelDeadline?.();
      const { host, port } = attempt.wish.address;
      attempt.wish.handler.failed("refused", `${host}:${port} refuses connections`);
    });
  }

  /** The answer to the first packet has come; the caller's own answer opens the other end. */
  #establish(attempt: Attempt, target: Target): void {
    const { process, route, wish } = attempt;
    if (attempt.answered || !process.alive) return;
    attempt.answered = true;
    const { paths } = this;
    const prng = this.#prng;
    const { client, server } = makeConnection({
      client: {
        paths,
        prng,
        route,
        clock: process.clock,
        remote: `${route.to}:${wish.address.port}`,
        onEffect: process.onEffect,
      },
      server: {
        paths,
        prng,
        route: { from: route.to, to: route.from },
        clock: target.process.clock,
        remote: `${route.from}:${attempt.port}`,
        onEffect: target.process.onEffect,
      },
    });
    track(process, client);
    this.#accept(target, { client, server });
    process.clock.arrive(0, () => {
      if (attempt.over) {
        client.destroy();
        return;
      }
      attempt.over = true;
      attempt.cancelDeadline?.();
      wish.handler.connected(client);
    });
  }

  #accept(target: Target, ends: { readonly client: End; readonly server: End }): void {
    const { process, listener } = target;
    const take = (): void => {
      if (!process.alive || !listener.open) {
        ends.server.reset();
        this.paths.carry(ends.server.route, () => ends.client.reset());
        return;
      }
      track(process, ends.server);
      process.clock.arrive(0, () => {
        // A listener that closes takes those with it who were not yet accepted.
        if (listener.open) listener.accept(ends.server);
        else ends.server.destroy();
      });
    };
    const isGone = (): boolean => ends.client.isGone();
    this.paths.carrySurely(new RarePacket(ends.client.path, { take, isGone }));
  }

  #ephemeralPort(): number {
    this.#nextPort = (this.#nextPort + 1) % ephemeralPorts;
    return ephemeralPortMin + this.#nextPort;
  }
}

type Effect = (bytes: Buffer, to: string) => void;
const nothing: Effect = () => undefined;
