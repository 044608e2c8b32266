// What is committed is applied, in order, also around a cut of the log: what is kept and has not
// been applied yet still is, and what is cut away never.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asOp, noChain } from "../../src/base/ids.ts";
import { createChat } from "../../src/chat/state.ts";
import { makeApplier, type Applier } from "../../src/server/applier.ts";
import { type Batch, chainAt } from "../../src/wire/batch.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { quietEvents } from "../support/chatScript.ts";
import { commandFor } from "../support/replicaCommands.ts";
import { makeSimClock } from "../support/simClock.ts";

/** Eight ops in two batches, of which two have been applied. */
function begun(): {
  readonly applier: Applier;
  readonly first: Batch;
  readonly answers: () => number;
} {
  let answers = 0;
  const applier = makeApplier({
    clock: makeSimClock(),
    chat: createChat(),
    chain: noChain,
    events: quietEvents,
    reply: () => void (answers += 1),
    merged: () => undefined,
    progressed: () => undefined,
  });
  const first = batchBehind(0, noChain, 5);
  applier.add(first);
  applier.add(batchBehind(5, chainAt(first, asOp(5)), 3));
  applier.commit(asOp(2), true);
  equal(applier.chat.op, 2);
  return { applier, first, answers: () => answers };
}

function batchBehind(op: number, chainBefore: number, count: number): Batch {
  const start = { ballot: asBallot(64), firstOp: asOp(op + 1), atUsBefore: op, wallUs: 0 };
  const commands = Array.from({ length: count }, (_, at) => commandFor(`${op} ${at}`));
  return buildBatch({ ...start, chainBefore: asChain(chainBefore) }, commands).batch;
}

test("what is kept of the log at a cut is applied when it is committed, and what follows it", () => {
  const { applier, first, answers } = begun();
  equal(applier.cut(asOp(4)), true);
  const other = batchBehind(4, chainAt(first, asOp(4)), 2);
  applier.add(other);
  applier.commit(asOp(6), true);
  deepEqual([applier.chat.op, answers(), applier.isCaughtUp()], [6, 6, true]);
  equal(applier.chain, chainAt(other, asOp(6)));
});

test("a log that is cut behind what was applied needs another state", () => {
  const { applier } = begun();
  equal(applier.cut(asOp(2)), true);
  equal(applier.cut(asOp(1)), false);
});
