// Who is waited for while nobody may serve, and what is said of it: whoever answers, and cannot be
// spoken to, is waited for without end; the log says so often at first, then now and then.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { asChain, asIncarnation, asOp, asServerId, noBallot } from "../../src/base/ids.ts";
import { unfitKeptMs, waitingSaidAgainMs, waitingSaidOftenMs } from "../../src/base/doubtLimits.ts";
import { tickMs, unverifiedWaitMs } from "../../src/base/limits.ts";
import { makeReplica, type Replica } from "../../src/replica/state.ts";
import { step } from "../../src/replica/step.ts";
import type { Input } from "../../src/replica/types.ts";
import { makeWaitingNotice } from "../../src/server/waitingNotice.ts";

const startMs = 1_000;

/** Server 0 of three, whose folder is new, and nobody else is there. */
class Alone {
  readonly replica: Replica;
  readonly said: { readonly atMs: number; readonly words: string }[] = [];
  #nowMs = startMs;
  readonly #notice = makeWaitingNotice({
    write: (_level, _event, fields) => {
      const words = `${String(fields?.["for"])}: ${String(fields?.["why"])}`;
      this.said.push({ atMs: this.#nowMs - startMs, words });
    },
  });

  constructor(how: { readonly majority?: boolean; readonly force?: boolean } = {}) {
    const { majority = false, force = false } = how;
    const servers = [0, 1, 2].map(asServerId);
    const config = { id: asServerId(0), servers, majority, strict: false, force, minCopies: 1 };
    const log = { views: [], lastOp: asOp(0), lastChain: asChain(0), lastAtUs: 0 };
    const life = { incarnation: asIncarnation(1), born: asIncarnation(1), promised: noBallot };
    this.replica = makeReplica(
      { ...config, freshCluster: "0a" },
      { cluster: "", ...life, ...log, committed: asOp(0) },
      this.#now(),
    );
  }

  /** For so long; `unfit` answers all the while. */
  wait(lastsMs: number, unfit: number | null = null): void {
    for (const endMs = this.#nowMs + lastsMs; this.#nowMs < endMs; this.#nowMs += tickMs) {
      if (unfit !== null) this.#take({ kind: "unfit", peer: asServerId(unfit) });
      this.#take({ kind: "tick" });
      this.#notice.consider(this.replica, this.#nowMs);
    }
  }

  goesOn(): boolean {
    return this.replica.proposal !== null;
  }

  #take(input: Input): void {
    step(this.replica, input, this.#now());
  }

  #now(): { readonly nowMs: number; readonly wallUs: number } {
    return { nowMs: this.#nowMs, wallUs: this.#nowMs * 1_000 };
  }
}

test("who is alone goes on after the wait, and not beside somebody whose secret or hosts differ", () => {
  const alone = new Alone();
  alone.wait(unverifiedWaitMs - 1_000);
  equal(alone.goesOn(), false);
  alone.wait(2_000);
  equal(alone.goesOn(), true);
  const beside = new Alone();
  beside.wait(4 * unverifiedWaitMs, 2);
  equal(beside.goesOn(), false);
  match(
    beside.said.at(-1)?.words ?? "",
    /^1,2: 2 answers, but its secret or hosts differ: set them/,
  );
  beside.wait(unfitKeptMs + 1_000);
  equal(beside.goesOn(), true, "once it answers no more");
});

test("who is told to go on does not wait for anybody", () => {
  const forced = new Alone({ force: true });
  forced.wait(1_000, 2);
  equal(forced.goesOn(), true);
});

test("whoever waits says so each second at first, then each minute, and when there is news", () => {
  const majority = new Alone({ majority: true });
  majority.wait(waitingSaidOftenMs + 3 * waitingSaidAgainMs);
  deepEqual(
    [...new Set(majority.said.map(({ words }) => words))],
    ["1,2: 1 more of them is needed for a majority"],
  );
  const later = majority.said.filter(({ atMs }) => atMs >= waitingSaidOftenMs);
  equal(majority.said.length - later.length, waitingSaidOftenMs / 1_000);
  ok(later.length <= 3, `${later.length} lines in three minutes`);
  const before = majority.said.length;
  majority.wait(2_000, 1);
  equal(majority.said.length, before + 1);
  match(majority.said.at(-1)?.words ?? "", /^1,2: 1 answers, but its secret/);
});
