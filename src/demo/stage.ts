// Three servers and people who chat, as one thing that can be disturbed and then judged: the demo
// plays on it, and so do the chaos run and its tests. It remembers every disturbance; at the end
// all servers are brought back, their folders are compared, and what it started is stopped.

import type { Host } from "../base/hosts.ts";
import { demoStartMs, demoStartTriesMax, quietMs } from "../base/demoLimits.ts";
import { hasLogged } from "../node/log.ts";
import { makeNetwork } from "../node/network.ts";
import type { Clock, Network } from "../ports.ts";
import { auditFolders } from "./audit.ts";
import { type Condition, LocalCluster } from "./localCluster.ts";
import { chooseHosts } from "./ports.ts";
import { isProven, type Proof } from "./proof.ts";
import { lengthOf, overlaps, type Span, Tally } from "./tally.ts";
import { Talker } from "./talker.ts";

export interface StageOptions {
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly draw: () => number;
  readonly preferUsual?: boolean;
  readonly serverArgs?: readonly string[];
  /** Called before anything is waited for, so that its processes can be ended at any moment. */
  readonly spawned?: (cluster: LocalCluster) => void;
}

export interface Verdict {
  readonly proof: Proof;
  /** Empty when everything is as promised. */
  readonly complaints: readonly string[];
}

/** Servers that serve, or an Error in words. */
export async function startCluster(options: StageOptions): Promise<LocalCluster> {
  const network = makeNetwork();
  for (let triesLeft = demoStartTriesMax; ; triesLeft -= 1) {
    const preferUsual = options.preferUsual === true && triesLeft === demoStartTriesMax;
    const hosts = await chooseHosts({ ...options, servers: 3, network, preferUsual });
    const cluster = new LocalCluster({ ...options, hosts });
    options.spawned?.(cluster);
    const ids = hosts.map(({ id }) => id);
    cluster.start(...ids);
    const isUp = (): boolean => cluster.members().length === ids.length;
    const isLost = (): boolean => cluster.all().some(({ condition }) => condition === "down");
    await cluster.until(() => isUp() || isLost(), demoStartMs);
    if (isUp()) return cluster;
    await cluster.stopAll();
    if (triesLeft > 1 && isLost()) continue;
    throw new Error(
      `The servers did not start. See ${ids.map((id) => cluster.logOf(id)).join(" ")}`,
    );
  }
}

/** A time in which pauses are not those of a crash. */
interface Ordeal {
  readonly kind: OrdealKind;
  fromMs: number;
  toMs: number;
}

export type OrdealKind = "with a server stopped" | "with all servers down";

export class Stage {
  readonly cluster: LocalCluster;
  readonly tally = new Tally();
  readonly talkers: Talker[] = [];
  failovers = 0;
  readonly #clock: Clock;
  readonly #complaints: string[] = [];
  /** No complaints where it was only for as long as a tail that nobody had confirmed was merged. */
  readonly #unverified: string[] = [];
  readonly #ordeals: Ordeal[] = [];
  #primary: number | null;

  constructor(cluster: LocalCluster, clock: Clock) {
    this.cluster = cluster;
    this.#clock = clock;
    this.#primary = cluster.primary();
    cluster.onEvent((event) => {
      if (event.kind === "ended") {
        // Of a signal, or in order; before it was up, Ctrl+C is a signal like any other.
        if (event.asked && (event.code === 0 || event.signal !== null)) return;
        const how = event.signal ?? `exit code ${event.code}`;
        const what = event.asked ? "did not stop cleanly" : "ended by itself";
        this.#complaints.push(`server ${event.id} ${what} (${how})`);
      } else if (event.ready.role === "primary" && event.ready.id !== this.#primary) {
        if (this.#primary !== null) this.failovers += 1;
        this.#primary = event.ready.id;
      }
    });
  }

  get hosts(): readonly Host[] {
    return this.cluster.hosts;
  }

  async addTalker(name: string, network?: Pick<Network, "connect">): Promise<Talker> {
    const here = { hosts: this.cluster.clientHosts, clock: this.#clock };
    const machine = network === undefined ? here : { ...here, network };
    const talker = new Talker(name, machine, this.tally);
    this.talkers.push(talker);
    talker.client.onEvent((event) => {
      if (event.kind !== "connected" || event.verified) return;
      this.#unverified.push(`server ${event.server} served ${name} unverified`);
    });
    await talker.enter();
    return talker;
  }

  /** Everybody to the next one, and the last to the first. */
  talk(gapMs?: number): void {
    this.talkers.forEach((talker, at) => {
      const next = this.talkers[(at + 1) % this.talkers.length];
      if (next !== undefined) talker.talkTo(next.name, gapMs);
    });
  }

  /** As `talk`, each with the next message as soon as one is confirmed. */
  talkWithoutPause(): void {
    this.talkers.forEach((talker, at) => {
      const next = this.talkers[(at + 1) % this.talkers.length];
      if (next !== undefined) talker.talkWithoutPause(next.name);
    });
  }

  pause(id: number): void {
    this.cluster.pause(id);
    this.#begin("with a server stopped");
  }

  /** What a stopped server causes is over some time after it is awake again. */
  resume(id: number): void {
    this.cluster.resume(id);
    this.#end("with a server stopped");
  }

  /**
   * Whoever is left stopped keeps the others waiting, until they go on without it. Who that was is
   * returned.
   */
  resumeAll(): readonly number[] {
    const stopped = this.#in("paused");
    for (const id of stopped) this.resume(id);
    return stopped;
  }

  /** kill -9 of all at once. */
  async killAll(): Promise<void> {
    this.#begin("with all servers down");
    await Promise.all(this.hosts.map(({ id }) => this.cluster.kill(id)));
  }

  /** Until all serve. */
  async startAll(): Promise<boolean> {
    // Who is just leaving can be started once he has left.
    const isLeaving = (): boolean => this.#in("leaving").length > 0;
    await this.until(() => !isLeaving(), quietMs);
    this.cluster.start(...this.#in("down"));
    const isUp = (): boolean => this.cluster.members().length === this.hosts.length;
    const isBack = await this.until(isUp, quietMs);
    this.#end("with all servers down");
    return isBack;
  }

  async wait(durationMs: number): Promise<void> {
    await new Promise<void>((resolve) => void this.#clock.after(durationMs, resolve));
  }

  /** False when the limit passed first. */
  async until(condition: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#clock.nowMs() + limitMs;
    while (!condition()) {
      if (this.#clock.nowMs() > endMs) return false;
      await this.wait(pollMs);
    }
    return true;
  }

  /** Until that many more messages are confirmed; false when that takes too long. */
  flow(count: number): Promise<boolean> {
    const goal = this.tally.counts().sent + count;
    return this.until(() => this.tally.counts().sent >= goal, quietMs);
  }

  /** Brings all servers back, lets everything arrive, and judges. Stops nothing. */
  async judge(): Promise<Verdict> {
    const { cluster, talkers, tally } = this;
    for (const talker of talkers) talker.stopTalking();
    this.resumeAll();
    if (!(await this.startAll())) {
      this.#complaints.push(`not all servers are back: ${this.describe()}`);
    }
    const isQuiet = (): boolean => tally.isQuiet() && talkers.every((talker) => talker.isQuiet());
    await this.until(isQuiet, quietMs);
    const texts = new Map(talkers.map(({ name }) => [name, tally.confirmedTo(name)]));
    const folders = cluster.hosts.map(({ id }) => cluster.folderOf(id));
    const audit = await auditFolders(folders, texts);
    const proof = this.#proof(audit.stored);
    const unverified = this.#hasGoneOnUnverified() ? this.#unverified : [];
    const complaints = [
      ...this.#complaints,
      ...unverified,
      ...tally.complaints(),
      ...audit.complaints,
    ];
    if (complaints.length === 0 && !isProven(proof)) complaints.push("the counts differ");
    return { proof, complaints };
  }

  async close(): Promise<void> {
    for (const talker of this.talkers) talker.close();
    await this.cluster.stopAll();
  }

  describe(): string {
    return this.cluster
      .all()
      .map(({ id, condition, ready }) => {
        const role = ready === null ? "" : ` as ${ready.role} of view ${ready.view}`;
        return `server ${id} ${condition}${role}`;
      })
      .join(", ");
  }

  /** By what the servers wrote down when they did. */
  #hasGoneOnUnverified(): boolean {
    return this.hosts.some(({ id }) => hasLogged(this.cluster.logOf(id), "UNVERIFIED"));
  }

  #in(condition: Condition): readonly number[] {
    return this.cluster
      .all()
      .filter((seen) => seen.condition === condition)
      .map(({ id }) => id);
  }

  #begin(kind: OrdealKind): void {
    this.#ordeals.push({ kind, fromMs: this.#clock.nowMs(), toMs: Infinity });
  }

  #end(kind: OrdealKind): void {
    for (const ordeal of this.#ordeals) {
      if (ordeal.kind !== kind || ordeal.toMs !== Infinity) continue;
      ordeal.toMs = this.#clock.nowMs() + aftermathMs;
    }
  }

  #proof(stored: number): Proof {
    const { tally, failovers } = this;
    const during = (ordeals: readonly Ordeal[]) => (wait: Span) => {
      return ordeals.some((ordeal) => overlaps(ordeal, wait));
    };
    const isHard = during(this.#ordeals);
    const kinds = [...new Set(this.#ordeals.map(({ kind }) => kind))];
    return {
      counts: tally.counts(),
      stored,
      failovers,
      longestPauseMs: lengthOf(tally.longestWait((wait) => !isHard(wait))),
      hardPauses: kinds.map((kind) => {
        const ordeals = this.#ordeals.filter((ordeal) => ordeal.kind === kind);
        return { kind, longestMs: lengthOf(tally.longestWait(during(ordeals))) };
      }),
    };
  }
}

const pollMs = 10;
/** How long what a stop has caused goes on behind it. */
const aftermathMs = 1_000;
