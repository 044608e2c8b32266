// The one place where input → step → disk → network is sequenced. Inputs come from peers, clients,
// disk and clock; effects are done in their order; at the end of a turn the journal's write starts
// and each socket is written once. Decides nothing about replication: the replica does.

import { resignTimeoutMs } from "../base/limits.ts";
import { isLeading, isServing, makeReplica, metaOf, type Replica } from "../replica/state.ts";
import { branchToReplace, welcomesImage } from "../replica/joining.ts";
import { step } from "../replica/step.ts";
import { strengthOf, type Strength } from "../replica/strength.ts";
import type { Effect, Input } from "../replica/types.ts";
import { isViewAt, type CommandBytes } from "../wire/record.ts";
import { makeApplier, type Applier } from "./applier.ts";
import { CommandQueue } from "./commandQueue.ts";
import type { DiskWatch } from "./diskWatch.ts";
import { makeDriverDisk, type DriverDisk } from "./driverDisk.ts";
import type { DriverOptions, RunningDriver } from "./driverOptions.ts";
import { makeEventGate, type EventGate } from "./eventGate.ts";
import { makeImageTransfer, type ImageTransfer } from "./imageTransfer.ts";
import { inspect, type Inspection } from "./inspection.ts";
import { makeLookout } from "./lookout.ts";
import { Merging } from "./merging.ts";
import { prepareMerges } from "./orphanage.ts";
import { peerEventsFor } from "./peerNews.ts";
import { canRead, keepsClients, mergesInto, peerStatesOf } from "./standing.ts";
import { statusOf, successorOf } from "./standing.ts";
import { TickTimer } from "./tickTimer.ts";
import type { Driver, ServerStatus, Successor } from "./wiring.ts";

export function makeDriver(options: DriverOptions): RunningDriver {
  return new TurnDriver(options);
}

class TurnDriver implements RunningDriver {
  readonly #options: DriverOptions;
  readonly #replica: Replica;
  readonly #applier: Applier;
  readonly #gate: EventGate;
  readonly #transfer: ImageTransfer;
  readonly #disk: DriverDisk;
  readonly #commands: CommandQueue;
  readonly #timer: TickTimer;
  #isTurnDue = false;
  #isStopping = false;
  #isStopped = false;
  #lastTickMs = 0;
  #lastStatus = "";
  #lastBallot = 0;
  readonly #lookout: DiskWatch;
  readonly #merging: Merging;

  constructor(options: DriverOptions) {
    this.#options = options;
    const { clock, events, restored, peers } = options;
    const now = { nowMs: clock.nowMs(), wallUs: clock.wallUs() };
    this.#replica = makeReplica(options.config, restored.replica, now);
    this.#gate = makeEventGate(events);
    this.#commands = new CommandQueue(clock, () => this.#dueTurn());
    this.#lookout = makeLookout(options);
    this.#timer = new TickTimer(clock, () => this.#input({ kind: "tick" }));
    this.#applier = makeApplier({
      clock,
      ...restored,
      events: this.#gate,
      reply: (client, reply) => this.#gate.reply(client, reply),
      merged: (end) => this.#merging.applied(end),
      progressed: (op) => (this.#dueTurn(), this.#input({ kind: "applied", op })),
    });
    for (const batch of restored.batches) this.#applier.add(batch);
    this.#disk = makeDriverDisk({
      applier: this.#applier,
      input: (input) => this.#input(input),
      replica: this.#replica,
      setAside: () => this.#prepareMerges(),
      ...options,
    });
    this.#merging = new Merging({
      self: options.config.id,
      primary: () => mergesInto(this.#replica),
      isCounted: () => this.#applier.chat.unmerged.has(options.config.id),
      send: (peer, message) => (peers.send(peer, message), this.#dueTurn()),
      submit: (commands) => this.#submitAll(commands),
      changed: () => this.#noteStatus(),
      failed: (message) => events.fatal(message, 1),
      ...options,
    });
    this.#transfer = makeImageTransfer({
      ...options,
      send: (peer, message) => (peers.send(peer, message), this.#dueTurn()),
      sent: (peer, op) => this.#input({ kind: "imageSent", peer, op }),
      makeImage: () => options.compaction.demand(this.#applier),
      accepts: (peer, { ballot }) => welcomesImage(this.#replica, peer, ballot),
      begins: () => this.#disk.beginInstall(() => branchToReplace(this.#replica)),
      installed: ({ op, chain }, { views, chat }) => {
        if (!this.#isStopped) this.#applier.reset(chat, chain);
        this.#input({ kind: "installed", views, op, chain, atUs: chat.atUs });
      },
      failed: (message) => events.fatal(message, 1),
    });
  }

  async start(): Promise<void> {
    const { store, peers, events } = this.#options;
    store.onDurable = (op) => this.#input({ kind: "durable", op });
    store.onFailure = (error) => events.fatal(error.message, 1);
    await new Promise<void>((resolve) => this.#disk.saveMeta(metaOf(this.#replica), resolve));
    await this.#prepareMerges();
    const [transfer, merging] = [this.#transfer, this.#merging];
    await peers.start(peerEventsFor({ transfer, merging, input: (news) => this.#input(news) }));
    this.#input({ kind: "tick" });
  }

  status(): ServerStatus {
    return statusOf(this.#replica, this.#merging.isAllMerged(this.#applier.chat));
  }

  chat(): Applier["chat"] {
    return this.#applier.chat;
  }

  canRead(): boolean {
    return canRead(this.#replica, this.#applier.chat.op, this.#options.clock.nowMs());
  }

  shortOfRoom(): ReturnType<Driver["shortOfRoom"]> {
    return this.#lookout.shortOfRoom();
  }

  logEnd(): ReturnType<Driver["logEnd"]> {
    return this.#commands.endBehind(this.#replica.tail.lastOp);
  }

  canWrite(): boolean {
    return isServing(this.#replica);
  }

  successor(): Successor {
    return successorOf(this.#replica, this.#options.clock.nowMs());
  }

  submit(command: CommandBytes): boolean {
    this.#commands.add(command);
    this.#dueTurn();
    const { tail, committed } = this.#replica;
    return this.#commands.hasRoom(tail.lastOp - committed);
  }

  /** Of a merge: nothing when this server does not lead, or there is no room for it. */
  #submitAll(commands: readonly CommandBytes[]): void {
    if (!this.canWrite() || this.shortOfRoom().length > 0) return;
    for (const command of commands) this.submit(command);
  }

  hint(ballot: Replica["promised"]): void {
    this.#input({ kind: "hint", ballot });
  }

  peerStates(): ReturnType<Driver["peerStates"]> {
    return peerStatesOf(this.#replica);
  }

  strength(): Strength {
    return strengthOf(this.#replica);
  }

  async stop(): Promise<void> {
    const { clock, peers, store, compaction } = this.#options;
    this.#isStopping = true;
    if (!this.#isStopped) {
      this.#input({ kind: "resign", reason: "stopping" });
      const untilMs = clock.nowMs() + resignTimeoutMs * 0.8;
      while (!this.#replica.isSucceeded && clock.nowMs() < untilMs) {
        await new Promise<void>((resolve) => clock.after(5, resolve));
      }
    }
    this.#isStopped = true;
    this.#merging.stop();
    await compaction.stop();
    await peers.stop();
    await store.close();
  }

  inspect(): Inspection {
    return inspect(this.#replica, this.#applier, this.#merging);
  }

  // ---- input → step → effects

  async #prepareMerges(): Promise<void> {
    await prepareMerges(this.#options);
    await this.#merging.look();
  }

  #input(input: Input): void {
    if (this.#isStopped) return;
    const { clock } = this.#options;
    const nowMs = Math.max(clock.nowMs(), this.#replica.now.nowMs);
    const effects = step(this.#replica, input, { nowMs, wallUs: clock.wallUs() });
    for (const effect of effects) this.#perform(effect);
    if (effects.length > 0) this.#dueTurn();
    // A tick may be another server's heartbeat as well as the own timer.
    if (this.#replica.lastTickMs !== this.#lastTickMs) this.#afterTick();
    this.#timer.aim(Math.min(this.#replica.tickDueMs, this.#lookout.lookAgainMs()));
  }

  #perform(effect: Effect): void {
    const { peers, store, log } = this.#options;
    switch (effect.kind) {
      case "send":
        return peers.send(effect.to, effect.message);
      case "sendRecords":
        return peers.sendRecords(effect.to, effect.message, effect.batch);
      case "append":
        this.#applier.add(effect.batch);
        return store.append(effect.batch, isViewAt(effect.batch, effect.batch.lastOp));
      case "persist":
        return this.#disk.persist(effect.meta);
      case "commit":
        return this.#applier.commit(effect.through, this.#gate.isOpen);
      case "probe":
        return peers.probe(effect.peer);
      case "read":
        return this.#disk.read(effect.peer, effect.after);
      case "truncate":
        return (this.#transfer.stopSending(), this.#disk.truncate(effect));
      case "sendImage":
        return this.#transfer.send(effect.peer, effect.ballot);
      case "status":
        return this.#noteStatus();
      case "log":
        return log.write(effect.level, effect.event, effect.fields);
    }
  }

  /** Once per event-loop round, after all that was waiting has been read. */
  #dueTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#options.clock.soon(() => this.#endTurn());
  }

  #endTurn(): void {
    if (this.#isStopped) return;
    const { committed, tail } = this.#replica;
    const commands = isLeading(this.#replica) ? this.#commands.take(committed) : null;
    if (commands !== null) {
      this.#input({ kind: "commands", commands });
      this.#commands.noteGroup(tail.lastOp);
    }
    const { store, peers, events, compaction } = this.#options;
    // The others and the disks work while the replies, a write for each client, go out.
    peers.flush();
    store.flush();
    store.noteShared(this.#replica.shared);
    this.#isTurnDue = false;
    events.turnEnded();
    if (commands !== null && this.#commands.isDue(committed)) this.#dueTurn();
    if (!this.#replica.isRewriting) compaction.consider(this.#applier, this.#replica.views);
  }

  #afterTick(): void {
    this.#lastTickMs = this.#replica.lastTickMs;
    this.#transfer.tick(this.#lastTickMs);
    this.#merging.tick();
    const news = this.#lookout.consider(this.#replica, this.#lastTickMs);
    if (news !== null && !this.#isStopping) this.#input(news);
  }

  #noteStatus(): void {
    const status = this.status();
    this.#disk.identify();
    this.#gate.isOpen = this.canWrite();
    if (this.#gate.isOpen) this.#applier.hurry();
    const key = JSON.stringify([status.role, status.ballot, status.verified, status.primary]);
    if (key === this.#lastStatus) return;
    this.#lastStatus = key;
    this.#commands.forgetGroups();
    if (!keepsClients(status, this.#lastBallot, this.#options.config.id)) this.#commands.clear();
    this.#lastBallot = status.ballot;
    this.#options.events.statusChanged(status);
  }
}
