// When a group of commands waits for those who have just been answered, and when it does not: a
// queue before a log whose groups take a while to be committed, in virtual time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gatherMsMax, gatherPauseMax } from "../../src/base/gatherLimits.ts";
import { asOp, noOp, type Op } from "../../src/base/ids.ts";
import { CommandQueue } from "../../src/server/commandQueue.ts";
import { Gathering } from "../../src/server/gathering.ts";
import { commandFor } from "../support/replicaCommands.ts";
import { makeSimClock } from "../support/simClock.ts";

const someCommand = commandFor("hello");

/** A log that commits its groups one after the other, each after so long. */
class Log {
  readonly clock = makeSimClock();
  readonly groups: number[] = [];
  readonly #queue = new CommandQueue(this.clock, () => this.#turn());
  readonly #syncMs: number;
  readonly #answered: (count: number) => void;
  #committed: Op = noOp;
  #end = 0;
  readonly #written: number[] = [];
  #isSyncing = false;
  #isTurnDue = false;

  constructor(syncMs: number, answered: (count: number) => void) {
    this.#syncMs = syncMs;
    this.#answered = answered;
  }

  add(): void {
    this.#queue.add(someCommand);
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.clock.soon(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    for (;;) {
      const group = this.#queue.take(this.#committed);
      if (group === null) break;
      this.groups.push(group.length);
      this.#end += group.length;
      this.#queue.noteGroup(asOp(this.#end));
      this.#written.push(group.length);
    }
    this.#sync();
  }

  /** All that has been written meanwhile is one sync. */
  #sync(): void {
    if (this.#isSyncing || this.#written.length === 0) return;
    this.#isSyncing = true;
    const count = this.#written.splice(0).reduce((sum, one) => sum + one, 0);
    this.clock.arrive(this.#syncMs, () => {
      this.#isSyncing = false;
      this.#committed = asOp(this.#committed + count);
      this.#answered(count);
      this.#turn();
    });
  }
}

/** So many clients, each of which sends again so long after it was answered. */
async function pingPong(clients: number, syncMs: number, backMs: number): Promise<Log> {
  const log = new Log(syncMs, (count) => {
    for (let at = 0; at < count; at += 1) log.clock.arrive(backMs, () => log.add());
  });
  for (let at = 0; at < clients; at += 1) log.clock.arrive(at / 5, () => log.add());
  await log.clock.runFor(3_000);
  return log;
}

test("those who send again at once all go with one sync, when syncs are slow", async () => {
  const { groups } = await pingPong(50, 4, 0.5);
  assert.deepEqual(new Set(groups.slice(-200)), new Set([50]));
  assert.ok(groups.length > 3_000 / 5.5, `a sync every 4.5 ms: ${groups.length}`);
});

test("nobody is waited for who comes back later than that is worth", async () => {
  const { groups } = await pingPong(50, 4, 6);
  const confirmed = groups.reduce((sum, count) => sum + count, 0);
  assert.ok(confirmed > 50 * (3_000 / 14.5), `as often as without any wait: ${confirmed}`);
});

test("nor where the disk is so fast that no timer could tell", async () => {
  const { groups } = await pingPong(50, 0.5, 0.2);
  assert.equal(
    groups.slice(-200).some((count) => count === 50),
    false,
  );
});

test("a single client never waits for itself", async () => {
  const { groups } = await pingPong(1, 4, 0.5);
  assert.ok(groups.length > 3_000 / 4.6, `${groups.length} messages`);
});

test("of those who come as they please all but a few go at once", async () => {
  const waited: number[] = [];
  const cameAt: number[] = [];
  const log = new Log(4, (count) => {
    for (const atMs of cameAt.splice(0, count)) waited.push(log.clock.nowMs() - atMs);
  });
  for (let at = 0; at < 6_000; at += 1) {
    log.clock.arrive(at * 1.1, () => {
      cameAt.push(log.clock.nowMs());
      log.add();
    });
  }
  await log.clock.runFor(7_000);
  const late = waited.filter((ms) => ms > 8.01).length;
  assert.equal(waited.length, 6_000);
  assert.ok(late < 300, `${late} of them longer than behind the sync before`);
  assert.ok(Math.max(...waited) < 12.1, `${Math.max(...waited)} ms at most`);
});

test("two who were late are forgiven, and in vain it is tried ever more seldom", () => {
  const gathering = new Gathering();
  const group = (count: number, came: number): void => {
    gathering.noteCommitted({ count, tookMs: 8 }, 0, 100);
    gathering.noteTaken(came);
  };
  for (let at = 0; at < 99 && !gathering.isOn(); at += 1) group(50, 50);
  for (let at = 0; at < 4; at += 1) group(50, 50);
  group(50, 1);
  group(50, 1);
  assert.equal(gathering.isOn(), true);
  group(50, 1);
  assert.equal(gathering.isOn(), false);
  const pauses: number[] = [];
  for (let tried = 0; tried < 8; tried += 1) {
    let pause = 0;
    for (; !gathering.isOn(); pause += 1) group(50, 1);
    pauses.push(pause);
    group(50, 1);
  }
  assert.deepEqual(pauses.slice(0, 3), [32, 64, 128]);
  assert.equal(Math.max(...pauses), gatherPauseMax);
});

test("a group that was held up now and then makes no slow disk", () => {
  const gathering = new Gathering();
  for (let at = 0; at < 99; at += 1) {
    gathering.noteCommitted({ count: 9, tookMs: at % 9 === 0 ? 30 : 1 }, 0, 1_000);
    assert.equal(gathering.isOn(), false);
  }
});

test("however slow the disk is, nobody is waited for longer than that", () => {
  const gathering = new Gathering();
  for (let at = 0; at < 99; at += 1) gathering.noteCommitted({ count: 9, tookMs: 200 }, 0, 1_000);
  assert.equal(gathering.waitMs(1, 1_000), gatherMsMax);
  assert.equal(gathering.waitMs(9, 1_000), 0, "all have come back");
  assert.equal(gathering.waitMs(1, 1_000 + gatherMsMax), 0);
  gathering.forget();
  assert.equal(gathering.waitMs(1, 1_000), 0, "another view leads");
});
