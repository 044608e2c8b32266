// Real servers under attack: starts them in a folder of their own, keeps somebody honest chatting,
// and looks what has become of them. A finding is a server that ended by itself, printed a stack,
// grew beyond all measure, or let the honest one wait.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/base/hosts.ts";
import { makePrng } from "../../src/base/prng.ts";
import { LocalCluster } from "../../src/demo/localCluster.ts";
import { chooseHosts } from "../../src/demo/ports.ts";
import { makeClock } from "../../src/node/clock.ts";
import { makeNetwork } from "../../src/node/network.ts";
import { Chatterer } from "./chatterer.ts";

export const realClock = makeClock();
export const realNetwork = makeNetwork();

const startMs = 20_000;
const memoryMaxKb = 1_500_000;
/** Whoever started this may stop it for a while, and the servers with it. */
const lateMs = 8_000;
const traces = [/has a bug/, /\n\s+at .+:\d+:\d+/];

export class RealStage {
  readonly folder = mkdtempSync(join(tmpdir(), "replichat-fuzz-"));
  readonly hosts: readonly Host[];
  readonly cluster: LocalCluster;
  readonly honest: Chatterer;
  readonly findings: string[] = [];
  memoryKb = 0;
  readonly #ids: readonly number[];
  #isOver = false;
  readonly #killAll = (): void => this.cluster.killAllNow();

  private constructor(hosts: readonly Host[], ids: readonly number[], seed: number) {
    this.hosts = hosts;
    this.#ids = ids;
    const serverArgs = ["--keep", "20"];
    const { folder: stateFolder } = this;
    const { env } = process;
    this.cluster = new LocalCluster({ hosts, stateFolder, clock: realClock, env, serverArgs });
    process.on("exit", this.#killAll);
    const own = hosts.filter(({ id }) => ids.includes(id));
    const parts = { clock: realClock, network: realNetwork, hosts: own };
    this.honest = new Chatterer({ ...parts, prng: makePrng(seed), name: "honest" });
    this.cluster.onEvent((event) => {
      if (event.kind !== "ended" || event.asked || this.#isOver) return;
      this.findings.push(`server ${event.id} ended by itself (code ${event.code})`);
    });
  }

  /** Of three configured servers, those that are to be honest. */
  static async open(ids: readonly number[], seed: number): Promise<RealStage> {
    const draw = Math.random;
    const hosts = await chooseHosts({ servers: 3, preferUsual: false, network: realNetwork, draw });
    const stage = new RealStage(hosts, ids, seed);
    stage.cluster.start(...ids);
    const isUp = (): boolean => stage.cluster.members().length === ids.length;
    await stage.cluster.until(isUp, startMs);
    stage.honest.start();
    return stage;
  }

  get secret(): string {
    return readFileSync(join(this.folder, "secret"), "latin1").trim();
  }

  /** What can be seen of the servers from outside. */
  look(): void {
    this.measure();
    const waitingMs = this.honest.waitingMs();
    if (waitingMs > lateMs) this.#note(`an honest request has waited for ${waitingMs} ms`);
  }

  measure(): void {
    for (const id of this.#ids) {
      const { pid } = this.cluster.seen(id);
      if (pid !== null) this.memoryKb = Math.max(this.memoryKb, residentKb(pid));
    }
    if (this.memoryKb > memoryMaxKb) this.#note(`a server takes ${this.memoryKb} KB`);
  }

  /** Something honest is confirmed within the time. */
  async serves(limitMs: number): Promise<boolean> {
    const { confirmed } = this.honest;
    const untilMs = realClock.nowMs() + limitMs;
    while (this.honest.confirmed < confirmed + 3 && realClock.nowMs() < untilMs) await pass(50);
    return this.honest.confirmed >= confirmed + 3;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    for (const words of this.honest.wrong) this.#note(words);
    this.honest.stop();
    await this.cluster.stopAll();
    process.off("exit", this.#killAll);
    for (const id of this.#ids) this.#readLog(id);
    if (this.findings.length === 0) rmSync(this.folder, { recursive: true, force: true });
    else this.findings.push(`folders and logs: ${this.folder}`);
  }

  #readLog(id: number): void {
    const file = this.cluster.logOf(id);
    const log = existsSync(file) ? readFileSync(file, "utf8") : "";
    for (const trace of traces) {
      const at = log.search(trace);
      if (at >= 0) this.#note(`server ${id} printed: ${log.slice(at, at + 600)}`);
    }
  }

  #note(finding: string): void {
    if (this.findings.length < 20) this.findings.push(finding);
  }
}

export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => void realClock.after(ms, resolve));
}

/** 0 where the system does not tell. */
function residentKb(pid: number): number {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return Number(line?.[1] ?? 0);
  } catch {
    return 0;
  }
}
