// Brings a plan's faults about in a simulated cluster, and takes them back. A fault that makes no
// sense when its time comes (killing the dead, wiping the last full copy) is left out. Servers that
// ended by themselves are started again, as an operator would. It judges nothing.

import { stopDeadlineMs } from "../../src/base/limits.ts";
import type { Cluster } from "../support/cluster.ts";
import type { LoggedEvent } from "../support/simProcess.ts";
import type { SimServer } from "../support/simServer.ts";
import { hostOf } from "../support/simHosts.ts";
import {
  harmDisk,
  harmLink,
  isCopyBesides,
  jumpClock,
  mayLoseCopies,
  mendDisk,
  rot,
  split,
  wordsOf,
  type Undo,
  type Way,
} from "./harm.ts";
import type { Fault, FaultKind, Plan, What, Who } from "./plan.ts";

const operatorLooksMs = 250;
const waitMaxMs = 15_000;
const copyWaitMs = 3_000;
export class Stage {
  readonly counts = new Map<FaultKind, number>();

  readonly told: { readonly atMs: number; readonly text: string }[] = [];
  /** What only these held is gone, orphans included. */
  hasLostFolders = false;
  /** Nobody is known to have had all of what they held: some may wait for it for ever. */
  hasLostCopies = false;
  readonly #cluster: Cluster;
  readonly #plan: Plan;
  readonly #held = new Map<number, number>();
  readonly #waiting = new Set<{ readonly fault: Fault; teller: number }>();
  readonly #undo = new Set<() => void>();
  #isCalm = false;

  constructor(cluster: Cluster, plan: Plan) {
    this.#cluster = cluster;
    this.#plan = plan;
  }

  start(): void {
    const { clock, logs } = this.#cluster;
    for (const fault of this.#plan.faults) clock.arrive(fault.atMs, () => this.#due(fault));
    logs.listener = (event) => this.#hear(event);
    this.#operate();
  }

  /** Everything is well again from now on: all faults are taken back, all servers run. */
  calm(): void {
    this.#isCalm = true;
    this.#waiting.clear();
    for (const undo of [...this.#undo]) undo();
    this.#held.clear();
    const { network, servers } = this.#cluster;
    network.healAll();
    network.paths.unclogAll();
    for (const server of servers) {
      network.powerOn(server.host);
      server.resume();
      server.dieAtEffect(Infinity, "killed");
      mendDisk(server);
      if (!server.isUp()) this.#cluster.restart(server.id);
    }
    this.#tell("all faults are over");
  }

  // ---- when

  #due(fault: Fault): void {
    if (this.#isCalm) return;
    if (fault.when === null) return this.#begin(fault, -1);
    const waiting = { fault, teller: -1 };
    this.#waiting.add(waiting);
    this.#cluster.clock.arrive(waitMaxMs, () => {
      if (this.#waiting.delete(waiting)) this.#begin(fault, -1);
    });
  }

  #hear(event: LoggedEvent): void {
    if (this.#waiting.size === 0) return;
    for (const waiting of this.#waiting) {
      const { when } = waiting.fault;
      if (when === null || when.event !== event.event) continue;
      this.#waiting.delete(waiting);
      const teller = Number(/^server (\d+)$/.exec(event.who)?.[1] ?? -1);
      this.#cluster.clock.arrive(when.delayMs, () => this.#begin(waiting.fault, teller));
    }
  }

  #begin(fault: Fault, teller: number): void {
    if (this.#isCalm) return;
    const undo = this.#do(fault.what, teller);
    if (undo === null) return;
    const { kind } = fault.what;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const behind = fault.when === null ? "" : ` (behind "${fault.when.event}" of server ${teller})`;
    this.#tell(`${wordsOf(fault, this.#plan.servers)}${behind}`);
    this.#undo.add(undo);
    this.#cluster.clock.arrive(fault.lastsMs, () => {
      if (this.#undo.delete(undo)) undo();
    });
  }

  #tell(text: string): void {
    this.told.push({ atMs: this.#cluster.clock.nowMs(), text });
  }

  // ---- what: each returns how it is taken back; null: it makes no sense now

  #do(what: What, teller: number): Undo | null {
    switch (what.kind) {
      case "crash":
        return this.#crash(this.#serverOf(what.who, teller), what);
      case "crashes":
        return this.#crashes(what, teller);
      case "blackout":
        return this.#blackout(what);
      case "wipe":
        return this.#loseFolder(this.#serverOf(what.who, teller), (server) => this.#wipe(server));
      case "rot":
        return this.#loseFolder(this.#serverOf(what.who, teller), (server) =>
          this.#rot(server, what),
        );
      case "stop":
        return this.#stop(this.#serverOf(what.who, teller));
      case "pause":
      case "suspend":
        return this.#pause(this.#serverOf(what.who, teller), what.kind === "suspend");
      case "jump":
        return jumpClock(this.#serverOf(what.who, teller), what.deltaMs);
      case "cut":
      case "reset":
      case "slowLink":
      case "clog":
        return harmLink(this.#cluster.network, this.#ends(what), what);
      case "split":
        return this.#split(what);
      default:
        return harmDisk(this.#serverOf(what.who, teller), what);
    }
  }

  #crash(server: SimServer | null, what: What & { kind: "crash" }): Undo | null {
    if (server === null || !server.isUp()) return null;
    const { id } = server;
    this.#hold(id);
    if (what.effect > 0) server.dieAtEffect(what.effect, what.how);
    else server.die(what.how);
    return () => {
      if (what.effect > 0) server.dieAtEffect(Infinity, what.how);
      this.#release(id);
    };
  }

  #crashes({ who, gapMs }: What & { kind: "crashes" }, teller: number): Undo | null {
    const servers = new Set(who.map((one) => this.#serverOf(one, teller)));
    const victims = [...servers].flatMap((server) => (server?.isUp() === true ? [server] : []));
    if (victims.length === 0) return null;
    victims.forEach((server, index) => {
      this.#hold(server.id);
      this.#cluster.clock.arrive(index * gapMs, () => {
        if (server.isUp() && !this.#isCalm) server.die("killed");
      });
    });
    return () => {
      for (const { id } of victims) this.#release(id);
    };
  }

  #blackout(what: What & { kind: "blackout" }): Undo {
    const { servers, clock } = this.#cluster;
    for (const server of servers) {
      if (!server.isUp()) continue;
      const { id } = server;
      server.die(what.how);
      this.#hold(id);
      clock.arrive(what.backMs[id] ?? 0, () => this.#release(id));
    }
    return () => undefined;
  }

  /** Down, then its folder suffers as soon as others have all of it; else it only was down. */
  #loseFolder(server: SimServer | null, lose: (server: SimServer) => void): Undo | null {
    if (server === null || !server.isUp()) return null;
    const { id } = server;
    this.#hold(id);
    server.die("killed");
    const { clock } = this.#cluster;
    const untilMs = clock.nowMs() + copyWaitMs;
    const tryIt = (): void => {
      if (server.isUp() || this.#isCalm) return;
      const isCopied = isCopyBesides(this.#cluster, id);
      if (mayLoseCopies(this.#plan) || isCopied) {
        this.hasLostFolders = true;
        if (!isCopied) this.hasLostCopies = true;
        lose(server);
      } else if (clock.nowMs() < untilMs) {
        clock.arrive(operatorLooksMs, tryIt);
        return;
      }
      this.#release(id);
    };
    clock.arrive(operatorLooksMs, tryIt);
    return () => undefined;
  }

  #wipe({ id }: SimServer): void {
    this.#cluster.wipe(id);
    this.#tell(`the folder of server ${id} is gone`);
  }

  #rot(server: SimServer, what: What & { kind: "rot" }): void {
    this.#cluster.history.forget(server.id, "disk");
    for (const text of rot(server, what)) this.#tell(text);
  }

  #stop(server: SimServer | null): Undo | null {
    if (server === null || server.inspect() === null || server.isPaused()) return null;
    const { id } = server;
    this.#hold(id);
    const seen = server.inspect();
    void server.stop();
    // As main does it: who does not end in time is ended.
    this.#cluster.clock.arrive(stopDeadlineMs, () => {
      if (server.isUp() && server.inspect() === seen) server.die("killed");
    });
    return () => this.#release(id);
  }

  #pause(server: SimServer | null, isMachine: boolean): Undo | null {
    if (server === null || !server.isUp() || server.isPaused()) return null;
    const { network } = this.#cluster;
    server.pause();
    if (isMachine) network.paths.setPower(server.host, false);
    return () => {
      if (isMachine) network.paths.setPower(server.host, true);
      server.resume();
    };
  }

  #ends(what: { readonly from: number; readonly to: number }): Way {
    return { from: this.#hostAt(what.from), to: this.#hostAt(what.to) };
  }

  #split({ left, how }: What & { kind: "split" }): Undo | null {
    const count = this.#plan.servers + this.#plan.people.length;
    const right = Array.from({ length: count }, (_, at) => at).filter((at) => !left.includes(at));
    const ways = left.flatMap((from) => right.map((to) => this.#ends({ from, to })));
    return split(this.#cluster.network, ways, how);
  }

  // ---- who

  #serverOf(who: Who, teller: number): SimServer | null {
    const { servers } = this.#cluster;
    if (typeof who === "number") return servers[who] ?? null;
    if (who === "teller") return servers[teller] ?? servers[this.#cluster.primary() ?? 0] ?? null;
    const primary = this.#cluster.primary();
    if (who === "primary") return primary === null ? null : (servers[primary] ?? null);
    return servers.find((server) => server.id !== primary && server.isUp()) ?? null;
  }

  #hostAt(place: number): string {
    const { servers, people } = this.#plan;
    return hostOf(place < servers ? place : (people[place - servers]?.name ?? ""));
  }

  // ---- the operator: who is down and not held down is started

  #hold(id: number): void {
    this.#held.set(id, (this.#held.get(id) ?? 0) + 1);
  }

  #release(id: number): void {
    const held = (this.#held.get(id) ?? 0) - 1;
    this.#held.set(id, Math.max(0, held));
    if (held > 0 || this.#isCalm) return;
    const server = this.#cluster.server(id);
    if (!server.isUp()) this.#cluster.restart(id);
  }

  #operate(): void {
    this.#cluster.clock.arrive(operatorLooksMs, () => this.#operate());
    for (const server of this.#cluster.servers) {
      if (server.isUp() || (this.#held.get(server.id) ?? 0) > 0) continue;
      const why = server.exit === null ? "" : `, which ended: ${server.exit.message}`;
      this.#tell(`the operator starts server ${server.id}${why}`);
      this.#cluster.restart(server.id);
    }
  }
}
