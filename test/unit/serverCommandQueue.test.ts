// Commands are gathered while enough groups are under way, and none waits for a group that is gone.
// Pure: nothing here knows a disk or a peer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId, asOp } from "../../src/base/ids.ts";
import { inFlightBytesMax } from "../../src/base/limits.ts";
import { CommandQueue } from "../../src/server/commandQueue.ts";
import { opcodeOf } from "../../src/wire/codec.ts";
import { readPlainSend } from "../../src/wire/plainSend.ts";
import { commandFor } from "../support/replicaCommands.ts";
import { makeSimClock } from "../support/simClock.ts";

function queueOf(): CommandQueue {
  return new CommandQueue(makeSimClock(), () => assert.fail("nothing is held"));
}

/** Each from a client of its own. */
function add(queue: CommandQueue, count: number): void {
  for (let at = 0; at < count; at += 1) addFrom(queue, at, 1);
}

function addFrom(queue: CommandQueue, client: number, count: number): void {
  const id = asClientId(client.toString(16).padStart(32, "0"));
  for (let at = 0; at < count; at += 1) {
    queue.add({ ...commandFor(`message ${at}`), client: id });
  }
}

test("what comes while two groups are under way is gathered until the first is committed", () => {
  const queue = queueOf();
  add(queue, 1);
  assert.equal(queue.take(asOp(0))?.length, 1);
  queue.noteGroup(asOp(1));
  add(queue, 1);
  assert.equal(queue.take(asOp(0))?.length, 1, "one is synced, one waits behind it");
  queue.noteGroup(asOp(2));
  add(queue, 1);
  assert.equal(queue.isDue(asOp(0)), false);
  assert.equal(queue.take(asOp(0)), null);
  assert.equal(queue.isDue(asOp(1)), true);
  assert.equal(queue.take(asOp(1))?.length, 1);
});

test("two groups share what there is evenly, so that neither stands still for the other", () => {
  const queue = queueOf();
  add(queue, 100);
  assert.equal(queue.take(asOp(0))?.length, 50);
  queue.noteGroup(asOp(50));
  assert.equal(queue.take(asOp(0))?.length, 50, "the other half, right behind");
  queue.noteGroup(asOp(100));
  add(queue, 20);
  assert.equal(queue.take(asOp(50))?.length, 20, "no more than there is");
  queue.noteGroup(asOp(120));
  add(queue, 60);
  assert.equal(queue.take(asOp(100))?.length, 40, "half of what is under way and waits");
});

test("what one client has sent at once is one group, however much it is", () => {
  const queue = queueOf();
  addFrom(queue, 1, 100);
  assert.equal(queue.take(asOp(0))?.length, 100, "it waits for all of it");
  const shared = queueOf();
  addFrom(shared, 1, 10);
  addFrom(shared, 2, 60);
  addFrom(shared, 3, 30);
  assert.equal(shared.take(asOp(0))?.length, 70, "half, and the rest of the second one's");
  shared.noteGroup(asOp(70));
  assert.equal(shared.take(asOp(0))?.length, 30);
});

test("what waits is kept, though the memory that it came in is used again", () => {
  const queue = queueOf();
  const memory = Buffer.alloc(64);
  const comes = (payload: string): void => {
    const send = readPlainSend(memory, 0, memory.latin1Write(payload));
    assert.ok(send !== null);
    queue.add({ client: asClientId("1".repeat(32)), opcode: opcodeOf("send"), payload: send });
  };
  const taken = (): readonly string[] | undefined =>
    queue.take(asOp(0))?.map(({ payload }) => {
      assert.ok(typeof payload !== "string");
      return payload.bytes.latin1Slice(payload.start, payload.end);
    });
  comes("1|0|bob|p|one");
  comes("2|0|bob|p|two");
  assert.deepEqual(taken(), ["1|0|bob|p|one", "2|0|bob|p|two"]);
  comes("3|0|bob|p|three");
  assert.deepEqual(taken(), ["3|0|bob|p|three"]);
});

test("an empty queue gives no group", () => {
  assert.equal(queueOf().take(asOp(0)), null);
});

test("groups of a log that may have been cut are not waited for", () => {
  const queue = queueOf();
  queue.noteGroup(asOp(100));
  queue.noteGroup(asOp(120));
  add(queue, 1);
  assert.equal(queue.take(asOp(90)), null);
  queue.forgetGroups();
  assert.equal(queue.take(asOp(90))?.length, 1);
});

test("there is room until too much waits, here or in the log", () => {
  const queue = queueOf();
  assert.equal(queue.hasRoom(0), true);
  assert.equal(queue.hasRoom(inFlightBytesMax), false);
  const large = { ...commandFor("x"), payload: "x".repeat(inFlightBytesMax) };
  queue.add(large);
  assert.equal(queue.hasRoom(0), false);
  queue.clear();
  assert.equal(queue.hasRoom(0), true);
});
