// Records on their way in from another server: whatever chunks they come in, each batch is what was
// sent, in memory that nobody writes to any more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asOp, noChain } from "../../src/base/ids.ts";
import { framePayloadBytesMax } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { RecordCollector } from "../../src/server/recordCollector.ts";
import type { Batch } from "../../src/wire/batch.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { commandFor } from "../support/replicaCommands.ts";

const firstOp = asOp(11);
const start = { ballot: asBallot(129), firstOp, atUsBefore: 1_000, chainBefore: noChain };

function batchOf(texts: readonly string[]): Batch {
  return buildBatch({ ...start, wallUs: 5_000 }, texts.map(commandFor)).batch;
}

function prepareOf(batch: Batch): MessageOf<"prepare"> {
  const count = batch.ends.length;
  const { ballot, chainBefore } = start;
  return { type: "prepare", ballot, firstOp, chainBefore, committed: asOp(10), count };
}

/** As a link does it; each chunk is written over as soon as it has been read. */
function collect(batches: readonly Batch[], sizes: () => number): readonly Batch[] {
  const collector = new RecordCollector();
  const reader = makeFrameReader(framePayloadBytesMax);
  const prepares = batches.map(prepareOf);
  const stream = Buffer.concat(
    batches.flatMap(({ bytes }, at) => [encodeMessage(prepares[at] as never), bytes]),
  );
  const collected: Batch[] = [];
  for (let at = 0; at < stream.length;) {
    const chunk = Buffer.from(stream.subarray(at, at + sizes()));
    at += chunk.length;
    const refusal = reader.push(chunk, (frame) => {
      if (collector.prepare === null) {
        assert.equal(collector.begin(prepares[collected.length] as never), null);
        return;
      }
      const taken = collector.take(collector.prepare, frame);
      if (taken === null) return;
      assert.ok(taken.ok, "a batch came whole");
      collected.push(taken.batch);
    });
    assert.equal(refusal, null);
    collector.copyOut();
    if (reader.waitingBytes() === 0) chunk.fill(0xff);
  }
  return collected;
}

function assertSame(collected: readonly Batch[], sent: readonly Batch[]): void {
  assert.equal(collected.length, sent.length);
  sent.forEach(({ bytes, lastOp }, at) => {
    assert.equal(collected[at]?.lastOp, lastOp);
    assert.ok(collected[at].bytes.equals(bytes), `batch ${at} came as it was sent`);
  });
}

test("batches are what was sent, however they were cut on their way", () => {
  const prng = makePrng(3);
  for (let round = 0; round < 60; round += 1) {
    const sent = Array.from({ length: 1 + prng.below(5) }, () => {
      const texts = Array.from({ length: 1 + prng.below(40) }, () => "x".repeat(prng.below(300)));
      return batchOf(texts);
    });
    const longest = prng.pick([5, 90, 700, 5_000, 100_000]);
    assertSame(
      collect(sent, () => 1 + prng.below(longest)),
      sent,
    );
  }
});

test("a batch of many chunks leaves nothing behind but itself", () => {
  const sent = [batchOf(Array.from({ length: 1_000 }, () => "x".repeat(200)))];
  const [batch] = collect(sent, () => 65_536);
  assert.equal(batch?.bytes.buffer.byteLength, sent[0]?.bytes.length);
});
