// The ways between simulated hosts: latency, cuts (silent, or answered by resets), delays, power.
// Equal seeds give equal latencies. A way knows packets alone; streams stand in simLink.ts.
// Bandwidth is not modelled: a packet's size costs no time.

import { assert } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { SimClock, Task } from "./simClock.ts";

/** silence: packets vanish. reset: a firewall answers in the other end's name. */
export type CutKind = "silence" | "reset";

export interface Route {
  readonly from: string;
  readonly to: string;
}

export interface Latency {
  readonly minMs: number;
  readonly maxMs: number;
}

/** A packet on its way; most of all that happens is that one comes to the end of it. */
export abstract class Packet {
  readonly path: Path;

  constructor(path: Path) {
    this.path = path;
  }

  /** At the end of its way. */
  run(): void {
    this.path.network.arrive(this);
  }

  /** It got through. */
  abstract take(): void;
  /** Its sender repeats it no more. */
  abstract isGone(): boolean;
}

/** Of another kind than those of which there are millions: what it does is handed in. */
export class RarePacket extends Packet {
  readonly #does: Pick<Packet, "take" | "isGone">;

  constructor(path: Path, does: Pick<Packet, "take" | "isGone">) {
    super(path);
    this.#does = does;
  }

  take(): void {
    this.#does.take();
  }

  isGone(): boolean {
    return this.#does.isGone();
  }
}

/** One way between two hosts, as long as the network stands. */
export interface Path {
  readonly route: Route;
  readonly network: Paths;
  cut: CutKind | null;
  extraMs: number;
  held: Packet[];
  /** While the way is clogged: what waits to flood it, in order. */
  clogged: Task[] | null;
}

/** After a cut heals, TCP's next repetition comes within this time. */
const repeatMsMax = 300;
const sameHostLatencyMs = 0.05;

export class Paths {
  readonly #clock: SimClock;
  readonly #prng: Prng;
  readonly #latency: Latency;
  readonly #paths = new Map<string, Map<string, Path>>();
  readonly #withoutPower = new Set<string>();

  constructor(clock: SimClock, prng: Prng, latency: Latency) {
    assert(latency.minMs > 0 && latency.maxMs >= latency.minMs, "a latency is a range above zero");
    this.#clock = clock;
    this.#prng = prng;
    this.#latency = latency;
  }

  /** Carries a packet once; caught by a cut, or sent to a host without power, it is lost. */
  carry(route: Route, run: () => void): void {
    const path = this.pathOf(route);
    if (!this.#isOpen(path)) return;
    this.#send(path, () => {
      if (this.#isOpen(path)) run();
    });
  }

  /** Repeats a packet until it arrives, or its sender is gone. */
  carrySurely(packet: Packet): void {
    const { path } = packet;
    if (!this.#isOpen(path)) path.held.push(packet);
    else this.#send(path, packet);
  }

  /** Nothing gets through for now, nothing is lost: it all comes at once when it is unclogged. */
  clog(route: Route): void {
    this.pathOf(route).clogged ??= [];
  }

  unclog(route: Route): void {
    const path = this.pathOf(route);
    const waiting = path.clogged ?? [];
    path.clogged = null;
    for (const arrive of waiting) this.#clock.arrive(0, arrive);
  }

  unclogAll(): void {
    for (const path of this.#everyPath()) this.unclog(path.route);
  }

  /** Made when it is first asked for. */
  pathOf(route: Route): Path {
    let ways = this.#paths.get(route.from);
    if (ways === undefined) this.#paths.set(route.from, (ways = new Map<string, Path>()));
    let path = ways.get(route.to);
    if (path === undefined) {
      path = { route, network: this, cut: null, extraMs: 0, held: [], clogged: null };
      ways.set(route.to, path);
    }
    return path;
  }

  cutOf(route: Route): CutKind | null {
    return this.pathOf(route).cut;
  }

  cut(route: Route, kind: CutKind): void {
    assert(route.from !== route.to, "a host is not cut off from itself");
    this.pathOf(route).cut = kind;
  }

  heal(route: Route): void {
    const path = this.pathOf(route);
    path.cut = null;
    this.#release(path);
  }

  healAll(): void {
    for (const path of this.#everyPath()) this.heal(path.route);
  }

  /** Every packet on this way takes so much longer. */
  delay(route: Route, extraMs: number): void {
    this.pathOf(route).extraMs = extraMs;
  }

  setPower(host: string, on: boolean): void {
    if (!on) {
      this.#withoutPower.add(host);
      return;
    }
    this.#withoutPower.delete(host);
    for (const path of this.#everyPath()) if (path.route.to === host) this.#release(path);
  }

  hasPower(host: string): boolean {
    return !this.#withoutPower.has(host);
  }

  #isOpen(path: Path): boolean {
    return path.cut === null && (this.#withoutPower.size === 0 || this.hasPower(path.route.to));
  }

  #send(path: Path, arrive: Task): void {
    if (path.clogged !== null) path.clogged.push(arrive);
    else this.#clock.arrive(this.#latencyOf(path), arrive);
  }

  /** A packet has come to the end of its way. */
  arrive(packet: Packet): void {
    if (this.#isOpen(packet.path)) packet.take();
    else packet.path.held.push(packet);
  }

  #release(path: Path): void {
    if (!this.#isOpen(path)) return;
    const held = path.held;
    path.held = [];
    const waitMs = this.#prng.unit() * repeatMsMax;
    for (const packet of held) {
      this.#clock.arrive(waitMs, () => {
        if (!packet.isGone()) this.carrySurely(packet);
      });
    }
  }

  #latencyOf(path: Path): number {
    if (path.route.from === path.route.to) return sameHostLatencyMs;
    const spread = this.#latency.maxMs - this.#latency.minMs;
    return this.#latency.minMs + this.#prng.unit() * spread + path.extraMs;
  }

  #everyPath(): Path[] {
    return [...this.#paths.values()].flatMap((ways) => [...ways.values()]);
  }
}
