// Who is asked when nobody serves and histories differ (REPLICATION §6), by one replica alone: it
// holds the newest view; what the others hold and promise is the test's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asIncarnation, asServerId, noBallot } from "../../src/base/ids.ts";
import type { ServerId } from "../../src/base/ids.ts";
import { lastView } from "../../src/replica/histories.ts";
import { currentView, makeReplica, type Replica } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import type { Effect, History, Input } from "../../src/replica/types.ts";
import { historyOf } from "../support/histories.ts";
import { heartbeat } from "../support/replicaScene.ts";

const all = { ballot: 64, at: 1, members: [0, 1, 2, 3] } as const;
const three = { ballot: 130, at: 10, members: [1, 2, 3], parent: 64, parentActive: false } as const;
const two = { ballot: 193, at: 11, members: [1, 3], parent: 130, parentActive: false } as const;

const lives = { incarnation: asIncarnation(2), born: asIncarnation(1) };

interface Otherwise {
  readonly majority?: boolean;
  /** Whose folders were made in the life that they live now. */
  readonly wiped?: readonly number[];
}

/** Server 1 after a restart of all, and what the others hold. */
class ColdStart {
  readonly replica: Replica;
  /** Whom it has told that theirs is the better history. */
  readonly gaveWayTo: ServerId[] = [];
  readonly #others: ReadonlyMap<ServerId, History>;
  readonly #wiped: readonly number[];
  #nowMs = 1_000;

  constructor(own: History, others: Readonly<Record<number, History>>, how: Otherwise = {}) {
    const { majority = false, wiped = [] } = how;
    this.#wiped = wiped;
    const config = { majority, strict: true, force: false, minCopies: 1, freshCluster: "" };
    const servers = [0, 1, 2, 3].map(asServerId);
    const { views, lastOp } = own;
    const log = { views, lastOp, lastChain: asChain(1), lastAtUs: 1, committed: asOpZero };
    this.replica = makeReplica(
      { id: asServerId(1), servers, ...config },
      { cluster: "0a", ...lives, promised: asBallot(193), ...log },
      this.#now(),
    );
    this.#others = new Map(
      Object.entries(others).map(([id, history]) => [asServerId(Number(id)), history]),
    );
    for (const peer of this.#others.keys()) {
      this.#take({ kind: "peerUp", peer, incarnation: asIncarnation(2), cluster: "0a" });
    }
  }

  /** Whom it asks one after the other, all of whom promise, until it starts a view. */
  asked(): string[] {
    const asked: string[] = [];
    for (
      let tick = 0;
      tick < 200 && currentView(this.replica)?.ballot === asBallot(193);
      tick += 1
    ) {
      this.#nowMs += 25;
      this.#hearAll();
      const stored = this.#take({ kind: "tick" }).find(({ kind }) => kind === "persist");
      if (stored?.kind !== "persist") continue;
      asked.push(this.replica.proposal?.members.join(" ") ?? "");
      this.#take({ kind: "persisted", meta: stored.meta });
      for (const peer of this.replica.proposal?.members ?? []) this.#promise(peer);
    }
    return asked;
  }

  #hearAll(): void {
    for (const [peer, history] of this.#others) {
      const ballot = lastView(history)?.ballot ?? noBallot;
      const { lastOp } = history;
      const lives = { incarnation: asIncarnation(2), receiver: asIncarnation(2) };
      const message = { ...heartbeat, ...lives, ballot, promised: ballot, lastOp };
      this.#take({ kind: "message", peer, message, batch: null });
    }
  }

  #promise(peer: ServerId): void {
    const history = this.#others.get(peer);
    if (history === undefined) return;
    const { views, lastOp } = history;
    for (const view of views) this.#hear(peer, { type: "viewInfo", ...view });
    const { promised: ballot } = this.replica;
    const log = { lastOp, lastChain: asChain(1), proofs: [], views: views.length };
    const born = this.#wiped.includes(peer) ? lives.incarnation : lives.born;
    const life = { ...lives, born, normal: false, since: noBallot };
    this.#hear(peer, { type: "promise", ballot, active: noBallot, ...life, ...log });
  }

  #hear(peer: ServerId, message: Extract<Input, { readonly kind: "message" }>["message"]): void {
    this.#take({ kind: "message", peer, message, batch: null });
  }

  #take(input: Input): readonly Effect[] {
    const effects = step(this.replica, input, this.#now());
    for (const effect of effects) {
      if (effect.kind !== "send" || effect.message.type !== "joinRefused") continue;
      this.gaveWayTo.push(effect.to);
    }
    return effects;
  }

  #now(): { readonly nowMs: number; readonly wallUs: number } {
    return { nowMs: this.#nowMs, wallUs: this.#nowMs * 1_000 };
  }
}

const asOpZero = historyOf(0).lastOp;
const oldest = historyOf(9, all);
const older = historyOf(10, all, three);
const newest = historyOf(11, all, three, two);

test("where the newest view is held by one of its members, everybody of all views is asked", () => {
  const start = new ColdStart(newest, { 0: oldest, 2: oldest, 3: older });
  assert.deepEqual(start.asked(), ["0 1 2 3"]);
  assert.equal(currentView(start.replica)?.verified, true);
});

test("where all of the newest view hold it, they alone are asked", () => {
  const start = new ColdStart(newest, { 0: oldest, 2: older, 3: newest });
  assert.deepEqual(start.asked(), ["1 3"]);
});

test("whoever a view left out that somebody else knows active is not asked again", () => {
  const withOp = { views: older.views, lastOp: newest.lastOp };
  const start = new ColdStart(newest, { 0: oldest, 2: withOp, 3: older });
  assert.deepEqual(start.asked(), ["0 1 2 3", "1 2 3"]);
  assert.equal(currentView(start.replica)?.verified, true);
});

test("while somebody of an older view is missing, nobody goes on", () => {
  const start = new ColdStart(newest, { 2: older, 3: older });
  assert.deepEqual(new Set(start.asked()), new Set(["1 3"]));
  assert.equal(currentView(start.replica)?.ballot, asBallot(193), "strict: waits for server 0");
});

test("whoever finds that the best history leaves it out makes way for the one who holds it", () => {
  const others = { ballot: 130, at: 10, members: [2, 3], parent: 64, parentActive: true } as const;
  const alone = { ballot: 193, at: 10, members: [1, 3], parent: 64, verified: false } as const;
  const start = new ColdStart(historyOf(12, all, alone), { 3: historyOf(11, all, others) });
  assert.deepEqual(start.asked(), ["1 3"], "once");
  assert.deepEqual(start.gaveWayTo, [3]);
});

test("with --strict a member that was wiped is waited for, though it is here and holds everything", () => {
  const start = new ColdStart(newest, { 3: newest }, { wiped: [3] });
  assert.deepEqual(new Set(start.asked()), new Set(["1 3"]));
  assert.equal(currentView(start.replica)?.ballot, asBallot(193));
});

test("with --majority who was wiped makes up no majority, and is no hindrance to one", () => {
  const whole = historyOf(9, all);
  const others = { 0: whole, 2: whole, 3: whole };
  const without = new ColdStart(newest, others, { majority: true, wiped: [2, 3] });
  assert.ok(without.asked().length > 1);
  assert.equal(currentView(without.replica)?.ballot, asBallot(193), "two of four remember");
  const start = new ColdStart(newest, others, { majority: true, wiped: [3] });
  assert.deepEqual(start.asked(), ["0 1 2 3"]);
  assert.equal(currentView(start.replica)?.verified, true);
});
