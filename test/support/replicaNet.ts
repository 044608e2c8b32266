// Replicas alone, without driver, store or bytes: a small world of messages that take a while,
// syncs that take a while, and servers that die. For tests of single rules; whole servers run in
// cluster.ts.

import { asIncarnation, asServerId, noBallot, noChain, noOp } from "../../src/base/ids.ts";
import type { ServerId } from "../../src/base/ids.ts";
import { makeReplica, type Replica } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import type { Effect, Input, Meta } from "../../src/replica/types.ts";
import type { Message } from "../../src/wire/messages.ts";
import { commandFor } from "./replicaCommands.ts";

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

interface Sent {
  readonly atMs: number;
  readonly from: ServerId;
  readonly to: ServerId;
  readonly message: Message;
}

export interface Node {
  replica: Replica;
  isUp: boolean;
  life: number;
  readonly disk: { meta: Meta; incarnation: number };
}

export class ReplicaNet {
  readonly nodes = new Map<ServerId, Node>();
  readonly said: string[] = [];
  readonly sent: Sent[] = [];
  /** How often a server's own timer has woken it. */
  ticks = 0;
  nowMs = 1_000;
  #events: Event[] = [];
  #order = 0;
  #cuts = new Set<string>();
  #hanging = new Set<ServerId>();

  constructor(count: number) {
    const servers = Array.from({ length: count }, (_, id) => asServerId(id));
    for (const id of servers) {
      const lives = { incarnation: asIncarnation(1), born: asIncarnation(1) };
      const meta = { cluster: "", ...lives, promised: noBallot };
      const config = {
        id,
        servers,
        majority: false,
        strict: false,
        force: false,
        minCopies: 1,
        freshCluster: "0a",
      };
      const recovered = {
        ...meta,
        views: [],
        lastOp: noOp,
        lastChain: noChain,
        lastAtUs: 0,
        committed: noOp,
      };
      const replica = makeReplica(config, recovered, this.#now());
      this.nodes.set(id, { replica, isUp: true, life: 0, disk: { meta, incarnation: 1 } });
    }
    for (const id of servers) this.#input(id, { kind: "tick" });
    for (const a of servers) for (const b of servers) if (a !== b) this.#connect(a, b);
  }

  run(durationMs: number): void {
    const untilMs = this.nowMs + durationMs;
    for (;;) {
      this.#events.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const next = this.#events[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#events.shift();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = untilMs;
  }

  until(condition: () => boolean, limitMs: number): boolean {
    const endMs = this.nowMs + limitMs;
    while (this.nowMs < endMs && !condition()) this.run(1);
    return condition();
  }

  replica(id: number): Replica {
    const node = this.nodes.get(asServerId(id));
    if (node === undefined) throw new Error(`no server ${id}`);
    return node.replica;
  }

  /** kill -9: links break at once, connections are refused. */
  crash(id: number): void {
    const self = asServerId(id);
    const node = this.nodes.get(self);
    if (node === undefined) return;
    node.isUp = false;
    node.life += 1;
    for (const peer of this.nodes.keys()) {
      if (peer !== self)
        this.#later(1, peer, () => this.#input(peer, { kind: "peerDown", peer: self }));
    }
  }

  /** Nothing passes between the two any more; nobody is told. */
  cut(a: number, b: number): void {
    this.#cuts.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  /** What is appended there becomes durable never. */
  hangDisk(id: number): void {
    this.#hanging.add(asServerId(id));
  }

  command(id: number, text: string): void {
    this.commands(id, [text]);
  }

  /** All at once. */
  commands(id: number, texts: readonly string[]): void {
    this.#input(asServerId(id), { kind: "commands", commands: texts.map(commandFor) });
  }

  #connect(from: ServerId, to: ServerId): void {
    this.#later(1, to, () => {
      const incarnation = this.replica(from).incarnation;
      this.#input(to, { kind: "peerUp", peer: from, incarnation, cluster: "" });
    });
  }

  #input(id: ServerId, input: Input): void {
    const dueBeforeMs = this.replica(id).tickDueMs;
    if (input.kind === "tick") this.ticks += 1;
    for (const effect of step(this.replica(id), input, this.#now())) this.#perform(id, effect);
    const { tickDueMs } = this.replica(id);
    if (input.kind !== "tick" && tickDueMs === dueBeforeMs) return;
    // Once another instant is named, this one is over. Timers are late, here by as much as the id.
    this.#later(Math.max(1, tickDueMs - this.nowMs) + id, id, () => {
      if (this.replica(id).tickDueMs === tickDueMs) this.#input(id, { kind: "tick" });
    });
  }

  #perform(id: ServerId, effect: Effect): void {
    switch (effect.kind) {
      case "send":
      case "sendRecords": {
        const { to, message } = effect;
        this.sent.push({ atMs: this.nowMs, from: id, to, message });
        if (this.#cuts.has(`${id} ${to}`)) return;
        const batch = effect.kind === "send" ? null : effect.batch;
        return this.#later(1, to, () =>
          this.#input(to, { kind: "message", peer: id, message, batch }),
        );
      }
      case "append":
        if (this.#hanging.has(id)) return;
        return this.#later(1, id, () =>
          this.#input(id, { kind: "durable", op: effect.batch.lastOp }),
        );
      case "persist":
        return this.#later(1, id, () => this.#input(id, { kind: "persisted", meta: effect.meta }));
      case "probe": {
        const refused = this.nodes.get(effect.peer)?.isUp === false;
        return this.#later(1, id, () =>
          this.#input(id, { kind: "probed", peer: effect.peer, refused }),
        );
      }
      case "log":
        this.said.push(
          `${this.nowMs} ${id} ${effect.level} ${effect.event} ${JSON.stringify(effect.fields)}`,
        );
        return;
      default:
        return;
    }
  }

  #later(delayMs: number, owner: ServerId, run: () => void): void {
    const life = this.nodes.get(owner)?.life;
    this.#order += 1;
    this.#events.push({
      atMs: this.nowMs + delayMs,
      order: this.#order,
      run: () => {
        const node = this.nodes.get(owner);
        if (node?.isUp === true && node.life === life) run();
      },
    });
  }

  #now(): { readonly nowMs: number; readonly wallUs: number } {
    return { nowMs: this.nowMs, wallUs: this.nowMs * 1_000 };
  }
}
