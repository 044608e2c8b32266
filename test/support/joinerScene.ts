// A replica on its way in: server 0 has asked to be taken in by server 1, which exists in what the
// test makes it say.

import assert from "node:assert/strict";
import { asBallot, asOp } from "../../src/base/ids.ts";
import type { Effect } from "../../src/replica/types.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { commandFor } from "./replicaCommands.ts";
import { heartbeat, kindsOf, other, ReplicaScene } from "./replicaScene.ts";

/** The view that server 1 leads, without server 0. */
export const ballot = asBallot(129);
export const beat = {
  ...heartbeat,
  normal: true,
  active: true,
  primary: 2,
  ballot,
  promised: ballot,
};

/** Server 1 leads without server 0, which has asked to be taken in with its nine ops. */
export class Joiner {
  readonly scene = new ReplicaScene();

  constructor() {
    assert.equal(kindsOf(this.ticks(20)).includes("join"), true);
  }

  keep(op: number, view = ballot): readonly Effect[] {
    const message = {
      type: "keep",
      ballot: view,
      op: asOp(op),
      committed: asOp(0),
      cluster: "0a",
    } as const;
    return this.scene.hear(message);
  }

  /** One record behind what it holds. */
  feed(command = commandFor("hello"), view = ballot): readonly Effect[] {
    const { tail } = this.scene.replica;
    const { lastOp, lastAtUs: atUsBefore, lastChain: chainBefore } = tail;
    const end = { ballot: view, firstOp: asOp(lastOp + 1), atUsBefore, chainBefore, wallUs: 10 };
    const { batch } = buildBatch(end, [command]);
    const { firstOp } = batch;
    const about = { ballot: view, firstOp, chainBefore, committed: asOp(0), count: 1 };
    const message = { type: "prepare", ...about } as const;
    const effects = this.scene.take({ kind: "message", peer: other, message, batch });
    this.scene.take({ kind: "durable", op: batch.lastOp });
    return effects;
  }

  /** Server 1 beats all the while. */
  ticks(count: number): readonly Effect[] {
    const effects: Effect[] = [];
    for (let tick = 0; tick < count; tick += 1) {
      effects.push(...this.scene.hear(beat), ...this.scene.ticks(1));
    }
    return effects;
  }
}
