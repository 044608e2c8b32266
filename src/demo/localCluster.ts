// Servers as processes of this machine: started, killed, stopped and resumed one by one, and what
// their readiness lines say. It ends by id exactly what it started; whether a server may be killed
// now is for others to decide.

import { join } from "node:path";
import { assert, present } from "../base/assert.ts";
import type { Host } from "../base/hosts.ts";
import { hostText } from "../base/hosts.ts";
import { childStopMs } from "../base/demoLimits.ts";
import type { Child, ChildEnd } from "../node/childProcess.ts";
import { startChild } from "../node/childProcess.ts";
import { withHugePages } from "../node/hugePages.ts";
import { lastLogged } from "../node/log.ts";
import type { Clock } from "../ports.ts";
import { parseReadyLine, type ReadyLine } from "./readyLine.ts";

export interface LocalClusterOptions {
  readonly hosts: readonly Host[];
  /** Where clients reach them, if that is elsewhere. */
  readonly clientHosts?: readonly Host[];
  /** Holds the secret, one folder a server, and `logs`. */
  readonly stateFolder: string;
  readonly clock: Clock;
  /** Of this process; settings for servers are left out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly serverArgs?: readonly string[];
  /** How a server's program is started, where it is not simply a process beside this one. */
  readonly startChild?: typeof startChild;
}

/** leaving: it was told to end, and has not yet. */
export type Condition = "down" | "starting" | "serving" | "paused" | "leaving";

export interface ServerSeen {
  readonly id: number;
  readonly condition: Condition;
  readonly pid: number | null;
  /** What it said last in this life. */
  readonly ready: ReadyLine | null;
  /** Clock milliseconds of its last start or resumption. */
  readonly sinceMs: number;
}

export type ClusterEvent =
  | { readonly kind: "ready"; readonly ready: ReadyLine }
  /** `asked`: by a signal of ours. */
  | ({ readonly kind: "ended"; readonly id: number; readonly asked: boolean } & ChildEnd);

interface Server {
  readonly host: Host;
  child: Child | null;
  isPaused: boolean;
  isAsked: boolean;
  ready: ReadyLine | null;
  sinceMs: number;
  /** Called at its end. */
  ended: (() => void)[];
}

export class LocalCluster {
  readonly hosts: readonly Host[];
  readonly clientHosts: readonly Host[];
  readonly #options: LocalClusterOptions;
  readonly #servers: readonly Server[];
  readonly #listeners: ((event: ClusterEvent) => void)[] = [];

  constructor(options: LocalClusterOptions) {
    this.#options = options;
    this.hosts = options.hosts;
    this.clientHosts = options.clientHosts ?? options.hosts;
    this.#servers = options.hosts.map((host) => {
      const idle = { child: null, isPaused: false, isAsked: false, ready: null };
      return { host, ...idle, sinceMs: 0, ended: [] };
    });
  }

  onEvent(listener: (event: ClusterEvent) => void): void {
    this.#listeners.push(listener);
  }

  seen(id: number): ServerSeen {
    const server = this.#server(id);
    const { child, ready, sinceMs } = server;
    return { id, condition: conditionOf(server), pid: child?.pid ?? null, ready, sinceMs };
  }

  all(): readonly ServerSeen[] {
    return this.#servers.map(({ host }) => this.seen(host.id));
  }

  /** Newest view that anybody alive has spoken of. */
  newestView(): number {
    return Math.max(0, ...this.all().map(({ ready }) => ready?.view ?? 0));
  }

  /** Alive, awake and in the newest view, as far as it was told. */
  members(): readonly ServerSeen[] {
    const newest = this.newestView();
    return this.all().filter(({ condition, ready }) => {
      return condition === "serving" && ready?.view === newest;
    });
  }

  primary(): number | null {
    return this.members().find(({ ready }) => ready?.role === "primary")?.id ?? null;
  }

  /** Whether it knew, when it said last that it serves, that nobody else holds newer messages. */
  isVerified(id: number): boolean {
    return lastLogged(this.logOf(id), { event: "status", field: "verified" }) !== "false";
  }

  folderOf(id: number): string {
    return join(this.#options.stateFolder, `server-${id}`);
  }

  logOf(id: number): string {
    return join(this.#options.stateFolder, "logs", `server-${id}.log`);
  }

  start(...ids: readonly number[]): void {
    for (const id of ids) this.#start(this.#server(id));
  }

  /** Resolves when it has ended. */
  kill(id: number, signal: "SIGKILL" | "SIGINT" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const server = this.#server(id);
    const { child } = server;
    if (child === null) return Promise.resolve();
    server.isAsked = true;
    const ended = new Promise<void>((resolve) => void server.ended.push(resolve));
    child.signal(signal);
    if (server.isPaused && signal !== "SIGKILL") child.signal("SIGCONT");
    server.isPaused = false;
    return ended;
  }

  /** SIGSTOP: alive, and silent. */
  pause(id: number): void {
    const server = this.#server(id);
    server.child?.signal("SIGSTOP");
    server.isPaused = server.child !== null;
  }

  resume(id: number): void {
    const server = this.#server(id);
    server.child?.signal("SIGCONT");
    server.isPaused = false;
    server.sinceMs = this.#options.clock.nowMs();
  }

  /** In order where they can, by force after a while. */
  async stopAll(): Promise<void> {
    const { clock } = this.#options;
    const stops = this.#servers.map(({ host }) => this.kill(host.id, "SIGTERM"));
    const timer = clock.after(childStopMs, () => this.killAllNow());
    await Promise.all(stops);
    timer.cancel();
  }

  /** Waits for nothing: for the very end of this process. */
  killAllNow(): void {
    for (const server of this.#servers) {
      server.isAsked = true;
      server.child?.signal("SIGKILL");
    }
  }

  /** True as soon as the condition holds, false after the limit. Judged at each event. */
  until(condition: () => boolean, limitMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (met: boolean): void => {
        timer.cancel();
        const at = this.#listeners.indexOf(listener);
        if (at >= 0) this.#listeners.splice(at, 1);
        resolve(met);
      };
      const listener = (): void => {
        if (condition()) finish(true);
      };
      const timer = this.#options.clock.after(limitMs, () => finish(condition()));
      this.#listeners.push(listener);
    });
  }

  #server(id: number): Server {
    return present(this.#servers[id], `server ${id}`);
  }

  #start(server: Server): void {
    const { id } = server.host;
    assert(server.child === null, `server ${id} runs already`);
    const { clock, stateFolder, serverArgs = [] } = this.#options;
    const hosts = this.hosts.map(
      ({ host, clientPort, peerPort }) => `${hostText(host)}:${clientPort}:${peerPort}`,
    );
    server.isAsked = false;
    server.isPaused = false;
    server.ready = null;
    server.sinceMs = clock.nowMs();
    server.child = (this.#options.startChild ?? startChild)(
      {
        command: "chat-server",
        args: [`${id}`, ...hosts, "--state", stateFolder, ...serverArgs],
        env: serverEnvironment(this.#options.env),
        stderrFile: this.logOf(id),
      },
      {
        line: (line) => this.#takeLine(server, line),
        ended: (end) => this.#takeEnd(server, end),
      },
    );
  }

  #takeLine(server: Server, line: string): void {
    const ready = parseReadyLine(line);
    if (ready === null) return;
    server.ready = ready;
    this.#tell({ kind: "ready", ready });
  }

  #takeEnd(server: Server, end: ChildEnd): void {
    const { ended, isAsked, host } = server;
    server.child = null;
    server.isPaused = false;
    server.ready = null;
    server.ended = [];
    for (const resolve of ended) resolve();
    this.#tell({ kind: "ended", id: host.id, asked: isAsked, ...end });
  }

  #tell(event: ClusterEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function conditionOf({ child, isAsked, isPaused, ready }: Server): Condition {
  if (child === null) return "down";
  if (isAsked) return "leaving";
  if (isPaused) return "paused";
  return ready === null ? "starting" : "serving";
}

/** A setting meant for a server of the user's must not reach these. */
function serverEnvironment(
  env: LocalClusterOptions["env"],
): Readonly<Record<string, string | undefined>> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("CHAT_"));
  return withHugePages({ ...Object.fromEntries(kept), CHAT_EXIT_WITH_STDIN: "1" });
}
