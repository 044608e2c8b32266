// A whole cluster in one process and under virtual time: servers and terminals that run the
// product's code over simulated network, disks and clocks, and the language of the scenarios.
// After every single event the judges look at all servers. A failure prints the seed and the logs.

import { assert, present } from "../../src/base/assert.ts";
import { asServerId, type ServerId } from "../../src/base/ids.ts";
import { clientSilenceMs } from "../../src/base/limits.ts";
import { isVerified } from "../../src/replica/histories.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import type { ClusterOptions } from "./clusterOptions.ts";
import { makeDeliveryChecker, type DeliveryChecker } from "./deliveryChecker.ts";
import { makeHistoryChecker, type HistoryChecker } from "./historyChecker.ts";
import { makeSimClock, type SimClock } from "./simClock.ts";
import { hostOf, simHosts, type Place } from "./simHosts.ts";
import { SimNetwork } from "./simNetwork.ts";
import type { CutKind } from "./simPath.ts";
import { makeSimLogs, type SimLogs } from "./simProcess.ts";
import { bootServer } from "./simBoot.ts";
import { SimServer } from "./simServer.ts";
import { expectPatience } from "./patienceChecker.ts";
import { makeSpeechChecker, type SpeechChecker } from "./speechChecker.ts";
import { SimTerminal } from "./simTerminal.ts";

const untilLimitMs = 30_000;
const settleLimitMs = 60_000;
const logLinesShown = 80;

export class Cluster {
  readonly clock: SimClock;
  readonly network: SimNetwork;
  readonly logs: SimLogs;
  readonly servers: readonly SimServer[];
  readonly deliveries: DeliveryChecker;
  readonly history: HistoryChecker;
  readonly speech: SpeechChecker;
  /** Somebody went on without those that may have held newer messages: forks were possible. */
  wasUnverified = false;
  readonly #options: ClusterOptions;
  readonly #terminals = new Map<string, SimTerminal>();

  constructor(options: ClusterOptions) {
    const { seed, latency, servers = 3, minCopies = 1, blockBytes = 1 } = options;
    const { mode = "plain", snapshotEvery = 0, keep = 0 } = options;
    const hosts = simHosts(servers);
    this.#options = options;
    this.clock = makeSimClock();
    this.network = new SimNetwork({ clock: this.clock, seed, ...(latency && { latency }) });
    this.logs = makeSimLogs();
    this.deliveries = makeDeliveryChecker();
    const ids = hosts.map(({ id }) => id);
    this.history = makeHistoryChecker(ids, minCopies);
    const { clock, network, logs } = this;
    const boot = bootServer({ hosts, mode, snapshotEvery, keep, minCopies });
    this.speech = makeSpeechChecker(hosts, { clock, running: () => this.#inspections() });
    const shared = { clock, network, logs, boot, blockBytes, onSpeech: this.speech.judge };
    this.servers = hosts.map((at) => new SimServer({ seed: seed * 100 + at.id, ...shared, ...at }));
  }

  // ---- time

  async run(durationMs: number): Promise<void> {
    await this.#reported(() => this.clock.runUntil(() => !this.#look(), { limitMs: durationMs }));
  }

  async until(condition: () => boolean, what: string, limitMs = untilLimitMs): Promise<void> {
    await this.#reported(async () => {
      const came = await this.clock.runUntil(() => this.#look() && condition(), { limitMs });
      if (!came) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    });
  }

  // ---- servers

  /** Starts all; they serve when it resolves. */
  async start(): Promise<void> {
    for (const server of this.servers) server.start();
    await this.serving(this.servers.map(({ id }) => id));
  }

  /** Until exactly these servers are one active view. */
  async serving(ids: readonly number[], limitMs?: number): Promise<void> {
    const wanted = [...ids].sort((one, other) => one - other);
    await this.until(() => this.#isView(wanted), `a view of ${ids.join(" ")}`, limitMs);
  }

  /** kill -9, now. */
  crash(...ids: number[]): void {
    for (const id of ids) this.server(id).die("killed");
  }

  /** The machine goes dark: what was not synced may be lost, and nobody answers for it. */
  cutPower(...ids: number[]): void {
    for (const id of ids) this.server(id).die("powerCut");
  }

  restart(...ids: number[]): void {
    for (const id of ids) {
      this.history.forget(asServerId(id), "process");
      this.server(id).start();
    }
  }

  /** As on SIGTERM. */
  async stop(id: number): Promise<void> {
    let isOver = false;
    const stopping = this.server(id).stop();
    stopping.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    await this.until(() => isOver, `server ${id} to stop`);
    await stopping;
  }

  pause(id: number): void {
    this.server(id).pause();
  }

  resume(id: number): void {
    this.server(id).resume();
  }

  wipe(id: number): void {
    this.history.forget(asServerId(id), "disk");
    this.speech.forget(asServerId(id));
    this.server(id).wipe();
  }

  slowDisk(id: number, latencyMs: number): void {
    this.server(id).disk.setLatencyMs("sync", latencyMs);
  }

  /** Syncs are not answered until the returned function is called. */
  hangDisk(id: number): () => void {
    return this.server(id).disk.hang("sync");
  }

  /** Of the disk; others than the server may use it up, and make room again. */
  setFree(id: number, freeBytes: number): void {
    this.server(id).disk.setFreeBytes(freeBytes);
  }

  jumpWall(id: number, deltaMs: number): void {
    this.server(id).jumpWall(deltaMs);
  }

  server(id: number): SimServer {
    return present(this.servers[id], `server ${id}`);
  }

  /** What a running server lets be seen. */
  inspect(id: number): Inspection {
    return present(this.server(id).inspect(), `server ${id}, running and recovered`);
  }

  /** Whether it serves, and counts everything behind it as verified. */
  isVerified(id: number): boolean {
    const seen = this.server(id).inspect();
    if (seen === null || seen.status !== "normal") return false;
    return isVerified(
      seen.views,
      this.servers.map((server) => server.id),
    );
  }

  /** The server that is primary of an active view by its own word, in the newest such view. */
  primary(): ServerId | null {
    let best: Inspection | null = null;
    for (const seen of this.#inspections()) {
      if (seen.status !== "normal" || newestView(seen)?.primary !== seen.id) continue;
      if (seen.active !== newestView(seen)?.ballot) continue;
      if (best === null || seen.active > best.active) best = seen;
    }
    return best?.id ?? null;
  }

  // ---- network

  cut(
    one: Place,
    other: Place,
    how: { readonly oneWay?: boolean; readonly kind?: CutKind } = {},
  ): void {
    this.network.cut(hostOf(one), hostOf(other), how);
  }

  /** Cuts every way between the groups. */
  split(
    groups: { readonly left: readonly Place[]; readonly right: readonly Place[] },
    kind: CutKind = "silence",
  ): void {
    for (const one of groups.left) for (const other of groups.right) this.cut(one, other, { kind });
  }

  heal(): void {
    this.network.healAll();
  }

  // ---- people

  /** A terminal on its own machine; it knows all servers. */
  terminal(name: string): SimTerminal {
    let terminal = this.#terminals.get(name);
    if (terminal === undefined) {
      const seed = this.#options.seed * 1_000 + this.#terminals.size;
      terminal = new SimTerminal(this, { name, host: hostOf(name), seed });
      this.#terminals.set(name, terminal);
    }
    return terminal;
  }

  /** A terminal of a new user of the same name, registered. */
  async user(name: string): Promise<SimTerminal> {
    const terminal = this.terminal(name);
    await terminal.register(name);
    return terminal;
  }

  // ---- ends

  /** Until all running servers are one view, equally far, and no terminal waits for anything. */
  async settle(limitMs = settleLimitMs): Promise<void> {
    await this.until(() => this.#isSettled(), "everything to settle", limitMs);
    // What is pushed just now is on its way to terminals that know nothing of it; others have not
    // noticed yet that their connection's other end is long dead.
    await this.run(2 * clientSilenceMs);
    await this.until(() => this.#isSettled(), "everything to settle again", limitMs);
    await this.#reported(async () => {
      for (const seen of this.#inspections()) this.history.lookAtDigest(seen);
    });
  }

  /** Settles, and holds the whole run to its promises; every recipient must have a terminal on. */
  async finish(limitMs = settleLimitMs): Promise<void> {
    await this.settle(limitMs);
    await this.#reported(async () => this.deliveries.expectAllDelivered(() => []));
  }

  #isSettled(): boolean {
    for (const terminal of this.#terminals.values()) if (!terminal.isIdle()) return false;
    const running = this.servers.filter((server) => server.isUp() && !server.isPaused());
    if (!this.#isView(running.map(({ id }) => id))) return false;
    const seen = this.#inspections();
    const op = seen[0]?.lastOp;
    return seen.every((one) => one.lastOp === op && one.committed === op && one.isMerged);
  }

  /** Of exactly these, in rising order. */
  #isView(ids: readonly number[]): boolean {
    let ballot = 0;
    for (const id of ids) {
      const seen = this.server(id).inspect();
      const view = seen?.status === "normal" ? newestView(seen) : undefined;
      if (view === undefined || seen?.active !== view.ballot) return false;
      if (view.members.length !== ids.length) return false;
      if (view.members.some((member, at) => member !== ids[at])) return false;
      if ((ballot ||= view.ballot) !== view.ballot) return false;
    }
    return ballot !== 0;
  }

  #inspections(): Inspection[] {
    const seen = this.servers.map((server) => server.inspect());
    return seen.filter((one) => one !== null);
  }

  /** Always true, so that it can stand before a condition. What has not run has not changed. */
  #look(): boolean {
    let isNews = false;
    for (const server of this.servers) {
      const seen = server.takeHasRun() ? server.inspect() : null;
      if (seen !== null && this.history.isNews(seen)) isNews = true;
    }
    if (!isNews) return true;
    const running = this.#inspections();
    if (this.history.look(running)) this.#noteUnverified(running);
    return true;
  }

  #noteUnverified(seen: readonly Inspection[]): void {
    if (!seen.some((one) => newestView(one)?.verified === false)) return;
    this.wasUnverified = true;
    expectPatience(seen, this.servers, this.clock.nowMs());
    this.deliveries.allowDisorder();
  }

  async #reported(run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      assert(error instanceof Error, "only errors are thrown");
      const at = `at ${this.clock.nowMs().toFixed(2)} ms, seed ${this.#options.seed}`;
      error.message = `${error.message} (${at})\n${this.logs.text(logLinesShown)}`;
      throw error;
    }
  }
}

const newestView = ({ views }: Inspection): Inspection["views"][number] | undefined => views.at(-1);
