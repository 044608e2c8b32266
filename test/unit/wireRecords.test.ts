// Records and batches: built once, read by every server, cut where they must be. The commands are
// those of the frames written out in wireGolden.txt.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { asBallot, asChain, asClientId, asOp } from "../../src/base/ids.ts";
import type { Chain, Op } from "../../src/base/ids.ts";
import { requestPayloadBytesMax } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import type { Batch } from "../../src/wire/batch.ts";
import { extendChain } from "../../src/wire/checksum.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import { cutBatch } from "../../src/store/batches.ts";
import { parseRecords } from "../../src/store/parseRecords.ts";
import { recordBytesOf, writeRecords } from "../../src/store/record.ts";
import type { Command } from "../../src/wire/messages.ts";
import { commandTypes } from "../../src/wire/messages.ts";
import { batchBehind, batchFromBytes, batchThrough, buildBatch } from "../../src/wire/record.ts";
import { chainAt, withoutRecords } from "../../src/wire/batch.ts";
import { commandOpcodeAt, decodeRecord, decodeRecordAt } from "../../src/wire/record.ts";
import { frameAt, lastAtUsOf } from "../../src/wire/record.ts";
import type { CommandBytes } from "../../src/wire/record.ts";
import { readGoldenFrames } from "../support/wireGolden.ts";

const client = asClientId("00112233445566778899aabbccddeeff");
const types: readonly string[] = commandTypes;
const commands = readGoldenFrames()
  .filter(({ message }) => types.includes(message.type))
  .map(({ message }) => message as Command);

function bytesOf(command: Command): CommandBytes {
  return { client, opcode: opcodeOf(command.type), payload: encodePayload(command) };
}

const start = {
  ballot: asBallot(129),
  firstOp: asOp(11),
  atUsBefore: 1_000,
  chainBefore: asChain(77),
  wallUs: 5_000,
};

function build(): Batch {
  return buildBatch(start, commands.map(bytesOf)).batch;
}

test("every command that may stand in a record does", () => {
  assert.deepEqual(commands.map(({ type }) => type).sort(), [...types].sort());
});

test("a batch holds its records in order, the client's own payload in each", () => {
  const batch = build();
  assert.deepEqual([batch.firstOp, batch.lastOp], [11, 10 + commands.length]);
  for (const [index, command] of commands.entries()) {
    const op = asOp(11 + index);
    const record = decodeRecordAt(batch, op);
    const atUs = 5_000 + index;
    assert.deepEqual(record, { ballot: 129, op, atUs, client, command });
    assert.deepEqual(decodeRecord(frameAt(batch, op)), record);
    assert.equal(commandOpcodeAt(batch, op), opcodeOf(command.type));
    assert.ok(
      frameAt(batch, op)
        .latin1Slice()
        .endsWith(`|${encodePayload(command)}`),
    );
  }
});

test("all batches are alike to the engine, whoever made them: code compiled for one fits all", () => {
  const built = build();
  const cut = { after: asOp(built.firstOp), through: built.lastOp };
  const received = batchFromBytes(built.bytes, built);
  const journal = Buffer.alloc(recordBytesOf(built));
  writeRecords(journal, 0, { batch: built, syncedThrough: asOp(0) });
  const made = [
    ...[built, received.ok ? received.batch : null, withoutRecords(built), cutBatch(built, cut)],
    ...[batchBehind(built, built.firstOp), batchThrough(built, asOp(built.lastOp - 1))],
    parseRecords(journal, { op: built.firstOp, chain: built.chainBefore }).batch,
  ];
  for (const batch of made) assert.deepEqual(Object.keys(batch ?? {}), Object.keys(built));
});

test("what the primary knows of a record is what everybody else reads in it", () => {
  const asTheyCame = commands.map((command) => ({ ...bytesOf(command), command }));
  for (const built of [build(), buildBatch(start, asTheyCame).batch]) {
    const records = built.records ?? [];
    assert.equal(records.length, commands.length);
    for (const record of records) assert.deepEqual(record, decodeRecordAt(built, record.op));
    const received = batchFromBytes(built.bytes, built);
    assert.equal(received.ok, true);
    if (received.ok) assert.deepEqual(received.batch.records, records);
  }
});

test("a batch whose records cannot be read, or do not rise in time, is refused whole", () => {
  const { bytes, ends } = build();
  const damaged = Buffer.from(bytes);
  damaged[(ends[0] as number) - 1] = 0x07;
  assert.equal(batchFromBytes(damaged, start).ok, false);
  const again = Buffer.concat([
    bytes,
    buildBatch({ ...start, wallUs: 1 }, [bytesOf(commands[0] as Command)]).batch.bytes,
  ]);
  assert.equal(batchFromBytes(again, start).ok, false);
});

test("a record is written as it stands here", () => {
  const { batch } = buildBatch(start, [bytesOf({ type: "logout", request: 7, received: 5 })]);
  const payload = "129|11|5000|00112233445566778899aabbccddeeff|5|7|5";
  assert.equal(
    batch.bytes.latin1Slice(),
    `\u00a0\0${String.fromCharCode(payload.length)}${payload}`,
  );
});

test("time rises by at least one along a history, whatever the clock does", () => {
  const { batch, lastAtUs } = buildBatch({ ...start, atUsBefore: 9_000 }, commands.map(bytesOf));
  assert.equal(lastAtUs, 9_000 + commands.length);
  assert.equal(lastAtUsOf(batch), lastAtUs);
  const first = decodeRecordAt(batch, asOp(11));
  assert.ok(!("ok" in first) && first.atUs === 9_001);
});

test("the chain runs over the frames, from the one before", () => {
  const batch = build();
  let chain: Chain = start.chainBefore;
  assert.equal(chainAt(batch, asOp(10)), chain);
  for (let op: Op = batch.firstOp; op <= batch.lastOp; op = asOp(op + 1)) {
    chain = extendChain(chain, frameAt(batch, op));
    assert.equal(chainAt(batch, op), chain);
  }
});

test("the chain is the running CRC-32, of frames of any length and place", () => {
  const prng = makePrng(5);
  const bytes = Buffer.from(Array.from({ length: 1_000 }, () => prng.below(256)));
  for (let length = 0; length < 700; length += 1) {
    const start = prng.below(bytes.length - length);
    const before = asChain(length % 3 === 0 ? 0xffff_ffff : prng.below(2 ** 31));
    const expected = crc32(bytes.subarray(start, start + length), before);
    assert.equal(extendChain(before, bytes, start, start + length), expected, `${length} bytes`);
  }
});

test("received bytes are cut into the same batch", () => {
  const batch = build();
  const cut = batchFromBytes(batch.bytes, { firstOp: asOp(11), chainBefore: asChain(77) });
  assert.deepEqual(cut, { ok: true, batch });
});

test("bytes that are not whole records in a row are refused in words", () => {
  const { bytes } = build();
  const at = { firstOp: asOp(11), chainBefore: asChain(77) };
  assert.ok(!batchFromBytes(Buffer.alloc(0), at).ok);
  assert.ok(!batchFromBytes(Buffer.concat([bytes, Buffer.from([1, 0, 0])]), at).ok);
  const ends = new Set([0, ...build().ends]);
  for (let length = 0; length < bytes.length; length += 1) {
    if (!ends.has(length)) assert.ok(!batchFromBytes(bytes.subarray(0, length), at).ok);
  }
});

test("the records behind an op, and those through it, are the batch cut in two", () => {
  const batch = build();
  assert.equal(batchBehind(batch, asOp(10)), batch);
  assert.equal(batchThrough(batch, batch.lastOp), batch);
  for (let op: Op = batch.firstOp; op < batch.lastOp; op = asOp(op + 1)) {
    const head = batchThrough(batch, op);
    const tail = batchBehind(batch, op);
    assert.deepEqual([head.firstOp, head.lastOp], [batch.firstOp, op]);
    assert.deepEqual([tail.firstOp, tail.lastOp], [op + 1, batch.lastOp]);
    assert.deepEqual(Buffer.concat([head.bytes, tail.bytes]), batch.bytes);
    assert.equal(tail.chainBefore, chainAt(batch, op));
    assert.deepEqual([...head.chains, ...tail.chains], [...batch.chains]);
    for (const part of [head, tail]) {
      for (let at: Op = part.firstOp; at <= part.lastOp; at = asOp(at + 1)) {
        assert.deepEqual(frameAt(part, at), frameAt(batch, at));
        assert.deepEqual(decodeRecordAt(part, at), decodeRecordAt(batch, at));
      }
      const again = batchFromBytes(part.bytes, part);
      assert.ok(again.ok);
      assert.deepEqual(again.batch.ends, part.ends);
      assert.deepEqual(again.batch.chains, part.chains);
    }
  }
});

test("a record of another op than its place is refused", () => {
  const batch = build();
  const moved = { ...batch, firstOp: asOp(12), lastOp: asOp(batch.lastOp + 1) };
  const refused = decodeRecordAt(moved, asOp(12));
  assert.ok("ok" in refused);
  assert.equal(refused.message, "Op 11 stands where op 12 is due.");
});

test("the largest request that a client may send fits a record", () => {
  const empty = { type: "delete", request: 1, received: 0, name: "" } as const;
  const room = requestPayloadBytesMax - encodePayload(empty).length;
  const largest = bytesOf({ ...empty, name: "x".repeat(room) });
  const most = Number.MAX_SAFE_INTEGER;
  const top = { ...start, ballot: asBallot(most), firstOp: asOp(most), wallUs: most };
  const { batch } = buildBatch(top, [largest]);
  assert.equal(batchFromBytes(batch.bytes, batch).ok, true);
});

test("any damage to a record is refused or reads as another record; nothing throws", () => {
  const batch = build();
  const prng = makePrng(6);
  let refusals = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const frame = Buffer.from(frameAt(batch, asOp(11 + prng.below(commands.length))));
    frame[prng.below(frame.length)] = prng.below(256);
    const record = decodeRecord(frame);
    if ("ok" in record) refusals += 1;
    else assert.ok(record.op >= 1 && types.includes(record.command.type));
  }
  assert.ok(refusals > 5_000);
});
