// Brings a plan's faults about in a simulated cluster, and takes them back. A fault that makes no
// sense when its time comes (killing the dead, wiping the last full copy) is left out. Servers that
// ended by themselves are started again, as an operator would; whether they had cause to end is
// judged in endings.ts.

import { stopDeadlineMs } from "../../src/base/limits.ts";
import type { Cluster } from "../support/cluster.ts";
import type { SimServer } from "../support/simServer.ts";
import { placesBesides, serverOf, wayBetween, waysAcross } from "./casting.ts";
import { Cues } from "./cues.ts";
import { expectCause } from "./endings.ts";
import {
  harmDisk,
  harmLink,
  isCopyBesides,
  jumpClock,
  mayLoseCopies,
  isolate,
  mendDisk,
  rot,
  split,
  wordsOf,
  type Undo,
} from "./harm.ts";
import type { Fault, FaultKind, Plan, What, Who } from "./plan.ts";
import { pretend, talkNonsense } from "./stranger.ts";

const operatorLooksMs = 250;
const copyWaitMs = 3_000;
export class Stage {
  readonly counts = new Map<FaultKind, number>();

  readonly told: { readonly atMs: number; readonly text: string }[] = [];
  /** What only these held is gone, orphans included. */
  hasLostFolders = false;
  /** Nobody is known to have had all of what they held: some may wait for it for ever. */
  hasLostCopies = false;
  /** Whose files have rotted: also those, perhaps, without which a branch cannot be merged. */
  readonly rotted = new Set<number>();
  readonly #cluster: Cluster;
  readonly #plan: Plan;
  /** Nobody starts these for now. */
  readonly absent = new Set<number>();
  readonly #held = new Map<number, number>();
  readonly #cues: Cues;
  readonly #undo = new Set<Undo>();
  readonly #isolations = new Set<Undo>();
  #isCalm = false;

  constructor(cluster: Cluster, plan: Plan) {
    this.#cluster = cluster;
    this.#plan = plan;
    this.#cues = new Cues(cluster, (fault, teller) => this.#begin(fault, teller));
  }

  start(): void {
    const { clock } = this.#cluster;
    for (const fault of this.#plan.faults) {
      clock.arrive(fault.atMs, () => (this.#isCalm ? undefined : this.#cues.wait(fault)));
    }
    this.#cues.listen();
    this.#operate();
  }

  /** Everything is well again from now on: all faults are taken back, all servers run. */
  calm(): void {
    this.#isCalm = true;
    this.#cues.forget();
    for (const undo of [...this.#undo]) undo();
    this.#undo.clear();
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
    this.tell("all faults are over");
  }

  #begin(fault: Fault, teller: number): void {
    if (this.#isCalm) return;
    const undo = this.#do(fault.what, teller);
    if (undo === null) return;
    const { kind } = fault.what;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const behind = fault.when === null ? "" : ` (behind "${fault.when.event}" of server ${teller})`;
    this.tell(`${wordsOf(fault, this.#plan.servers)}${behind}`);
    this.#undo.add(undo);
    this.#cluster.clock.arrive(fault.lastsMs, () => {
      if (this.#undo.delete(undo)) undo();
    });
  }

  tell(text: string): void {
    this.told.push({ atMs: this.#cluster.clock.nowMs(), text });
  }

  // ---- what: each returns how it is taken back; null: it makes no sense now

  #do(what: What, teller: number): Undo | null {
    switch (what.kind) {
      case "crash":
        return this.#crash(this.#whoIs(what.who, teller), what);
      case "crashes":
        return this.#crashes(what, teller);
      case "blackout":
        return this.#blackout(what);
      case "wipe":
        return this.#loseFolder(this.#whoIs(what.who, teller), (server) => this.#wipe(server));
      case "rot":
        return this.#loseFolder(this.#whoIs(what.who, teller), (server) => this.#rot(server, what));
      case "stop":
        return this.#stop(this.#whoIs(what.who, teller));
      case "pause":
      case "suspend":
        return this.#pause(this.#whoIs(what.who, teller), what.kind === "suspend");
      case "jump":
        return jumpClock(this.#whoIs(what.who, teller), what.deltaMs);
      case "cut":
      case "reset":
      case "slowLink":
      case "clog":
        return harmLink(this.#cluster.network, wayBetween(this.#plan, what), what);
      case "split":
        return this.#split(what, placesBesides(this.#plan, what.left));
      case "bridge":
        return this.#split(what, what.right);
      case "isolate":
        return this.#isolate(this.#whoIs(what.who, teller), what);
      case "impostor":
        return pretend(this.#cluster, this.#whoIs(what.who, teller), what);
      case "garbage":
        return talkNonsense(this.#cluster, this.#whoIs(what.who, teller), what);
      default:
        return harmDisk(this.#whoIs(what.who, teller), what);
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
    const servers = new Set(who.map((one) => this.#whoIs(one, teller)));
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
    const lastBallot = server.inspect()?.views.at(-1)?.ballot ?? 0;
    this.#hold(id);
    server.die("killed");
    const { clock } = this.#cluster;
    const untilMs = clock.nowMs() + copyWaitMs;
    const tryIt = (): void => {
      if (server.isUp() || this.#isCalm) return;
      const isCopied = isCopyBesides(this.#cluster, id, lastBallot);
      if (mayLoseCopies(this.#plan) || isCopied) {
        this.hasLostFolders = true;
        if (!isCopied) this.#loseCopies();
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
    this.tell(`the folder of server ${id} is gone`);
  }

  #loseCopies(): void {
    this.hasLostCopies = true;
    this.#cluster.history.allowLosses();
  }

  #rot(server: SimServer, what: What & { kind: "rot" }): void {
    this.#cluster.history.forget(server.id, "disk");
    this.#cluster.speech.forget(server.id);
    this.rotted.add(server.id);
    // What rots at a log's very end cannot be told from what was never written.
    if (this.hasLostCopies) this.#cluster.history.allowForks();
    for (const text of rot(server, what)) this.tell(text);
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

  #split(
    { left, how }: What & { kind: "split" | "bridge" },
    right: readonly number[],
  ): Undo | null {
    return split(this.#cluster.network, waysAcross(this.#plan, { left, right }), how);
  }

  #isolate(server: SimServer | null, { how, moves }: What & { kind: "isolate" }): Undo | null {
    if (server === null) return null;
    if (moves) {
      for (const undo of this.#isolations) if (this.#undo.delete(undo)) undo();
      this.#isolations.clear();
    }
    const undo = isolate(this.#cluster, server, how);
    this.#isolations.add(undo);
    return undo;
  }

  #whoIs(who: Who, teller: number): SimServer | null {
    return serverOf(this.#cluster, who, teller);
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
      if (server.isUp() || this.absent.has(server.id)) continue;
      if ((this.#held.get(server.id) ?? 0) > 0) continue;
      if (server.exit !== null) expectCause(server.exit, this.rotted.has(server.id));
      const why = server.exit === null ? "" : `, which ended: ${server.exit.message}`;
      this.tell(`the operator starts server ${server.id}${why}`);
      this.#cluster.restart(server.id);
    }
  }
}
