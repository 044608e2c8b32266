// One replica alone, server 0 of two, restarted with nine ops in the view of both; server 1 exists
// in what the test makes it say. For rules that need one exact order of events.

import assert from "node:assert/strict";
import type { Ballot } from "../../src/base/ids.ts";
import { asBallot, asChain, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import { isActive, makeReplica, type Replica } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import type { Effect, History, Input } from "../../src/replica/types.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { historyOf } from "./histories.ts";

export const both = { ballot: 64, at: 1, members: [0, 1] } as const;
export const newer = { ballot: 65, at: 6, members: [0, 1], parent: 64 } as const;
export const other = asServerId(1);

export class ReplicaScene {
  readonly replica: Replica;
  nowMs = 1_000;

  constructor(minCopies = 1) {
    const servers = [asServerId(0), other];
    this.replica = makeReplica(
      {
        id: asServerId(0),
        servers,
        majority: false,
        strict: false,
        force: false,
        minCopies,
        freshCluster: "0a",
      },
      {
        cluster: "0a",
        incarnation: asIncarnation(2),
        born: asIncarnation(1),
        promised: asBallot(64),
        views: historyOf(9, both).views,
        lastOp: asOp(9),
        lastChain: asChain(9),
        lastAtUs: 9,
        committed: asOp(0),
      },
      this.#now(),
    );
    this.take({ kind: "peerUp", peer: other, incarnation: asIncarnation(5), cluster: "0a" });
    this.hear(heartbeat);
  }

  take(input: Input): readonly Effect[] {
    return step(this.replica, input, this.#now());
  }

  hear(message: Message): readonly Effect[] {
    return this.take({ kind: "message", peer: other, message, batch: null });
  }

  ticks(count: number): Effect[] {
    const effects: Effect[] = [];
    for (let tick = 0; tick < count; tick += 1) {
      this.nowMs += 25;
      effects.push(...this.take({ kind: "tick" }));
    }
    return effects;
  }

  /** Until it has begun to cut what server 1's better history does not hold. */
  cutForProposal(): void {
    const effects = this.#propose(historyOf(6, both, newer));
    assert.equal(kindsOf(effects).includes("truncate"), true);
  }

  /** Until it has begun to start a view of both on what both hold, and has its record on disk. */
  startView(): void {
    this.startViewInMemory();
    this.take({ kind: "durable", op: asOp(10) });
  }

  /** The same, while its own disk is still writing the record. */
  startViewInMemory(): void {
    const effects = this.#propose(historyOf(9, both));
    assert.equal(kindsOf(effects).includes("keep"), true);
  }

  /** Its view of both is active; what server 1 beats in it. */
  beActive(): MessageOf<"heartbeat"> {
    this.startView();
    const { promised: ballot } = this.replica;
    this.hear({ type: "prepared", ballot, op: asOp(10) });
    assert.equal(isActive(this.replica), true);
    const member = { normal: true, active: true, ballot, promised: ballot };
    return { ...heartbeat, ...member, lastOp: asOp(10) };
  }

  #propose(history: History): readonly Effect[] {
    const stored = this.ticks(40).find(({ kind }) => kind === "persist");
    assert.equal(stored?.kind, "persist", "it proposes");
    this.take({ kind: "persisted", meta: stored.meta });
    return this.promise(stored.meta.promised, history);
  }

  /** Server 1 promises, and tells this history. */
  promise(ballot: Ballot, { views, lastOp }: History): readonly Effect[] {
    for (const view of views) this.hear({ type: "viewInfo", ...view });
    return this.hear({ ...promise, ballot, lastOp, views: views.length });
  }

  cutIsDone(): readonly Effect[] {
    return this.take({ kind: "truncated", keep: asOp(5), chain: asChain(5), lastAtUs: 5 });
  }

  #now(): { readonly nowMs: number; readonly wallUs: number } {
    return { nowMs: this.nowMs, wallUs: this.nowMs * 1_000 };
  }
}

export const heartbeat: MessageOf<"heartbeat"> = {
  type: "heartbeat",
  sentAtMs: 1,
  incarnation: asIncarnation(5),
  receiver: asIncarnation(2),
  normal: false,
  ballot: asBallot(64),
  active: false,
  primary: 1,
  promised: asBallot(64),
  lastOp: asOp(8),
  committed: asOp(0),
  leases: [],
  hears: [],
  answers: 0,
  granted: false,
  wants: false,
  room: "enough",
};

const promise = {
  type: "promise",
  incarnation: asIncarnation(5),
  born: asIncarnation(1),
  normal: false,
  since: asBallot(0),
  active: asBallot(0),
  lastChain: asChain(9),
  proofs: [],
} as const;

/** Messages by their type, other effects by their kind. */
export function kindsOf(effects: readonly Effect[]): string[] {
  return effects.map((effect) => (effect.kind === "send" ? effect.message.type : effect.kind));
}
