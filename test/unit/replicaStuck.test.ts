// A view all of whom are here, after a promise that came to nothing: who tries again, and who
// leaves that to somebody else. By one replica alone, server 0 of three.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import { noBallot } from "../../src/base/ids.ts";
import { isActive, makeReplica, type Replica } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import type { Input } from "../../src/replica/types.ts";
import { historyOf } from "../support/histories.ts";
import { heartbeat } from "../support/replicaScene.ts";

const [self, one, two] = [asServerId(0), asServerId(1), asServerId(2)];
const incarnation = asIncarnation(5);
const ballot = asBallot(64);
const later = asBallot(129);

/** Member of a view with server 1, which has promised somebody another one. Server 2 is outside. */
class Stuck {
  readonly replica: Replica;
  #nowMs = 1_000;

  constructor(wasActive: boolean) {
    const incarnations = [incarnation, incarnation];
    const { views } = historyOf(9, { ballot, at: 1, members: [0, 1], incarnations });
    const how = { majority: false, strict: false, force: false, minCopies: 1, freshCluster: "0a" };
    const log = { views, lastOp: asOp(9), lastChain: asChain(9), lastAtUs: 9, committed: asOp(9) };
    this.replica = makeReplica(
      { id: self, servers: [self, one, two], ...how },
      { cluster: "0a", incarnation, born: asIncarnation(1), promised: ballot, ...log },
      this.#now(),
    );
    this.replica.status = "normal";
    this.replica.active = wasActive ? ballot : noBallot;
    for (const peer of [one, two]) {
      this.#take({ kind: "peerUp", peer, incarnation, cluster: "0a" });
    }
  }

  /** Whom it proposes meanwhile; the others beat all the while, and server 2 holds that view. */
  proposes(ballotOfTwo = ballot): readonly number[] | null {
    const heard = { ...heartbeat, receiver: incarnation, lastOp: asOp(9) };
    const active = isActive(this.replica);
    const member = { ...heard, normal: true, active, promised: later };
    for (let tick = 0; tick < 80; tick += 1) {
      this.#nowMs += 25;
      this.#take({ kind: "message", peer: one, message: member, batch: null });
      const outside = { ...heard, ballot: ballotOfTwo };
      this.#take({ kind: "message", peer: two, message: outside, batch: null });
      this.#take({ kind: "tick" });
      const { proposal } = this.replica;
      if (proposal !== null) return proposal.members;
    }
    return null;
  }

  #take(input: Input): void {
    step(this.replica, input, this.#now());
  }

  #now(): { readonly nowMs: number; readonly wallUs: number } {
    return { nowMs: this.#nowMs, wallUs: this.#nowMs * 1_000 };
  }
}

test("after a promise that came to nothing its members try again", () => {
  for (const wasActive of [false, true]) assert.deepEqual(new Stuck(wasActive).proposes(), [0, 1]);
});

test("whoever is outside with a newer view keeps an active one from nothing", () => {
  assert.deepEqual(new Stuck(true).proposes(later), [0, 1]);
});

test("of a view that never came to be active the lead is left to who holds a newer one", () => {
  assert.equal(new Stuck(false).proposes(later), null);
});
