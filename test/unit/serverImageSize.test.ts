// The next base image takes no more than the newest one and the journal behind it: what is kept
// free on a disk (roomWatch.ts) relies on it. Each history is one that makes images large.

import { ok } from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asOp } from "../../src/base/ids.ts";
import { imagePerJournalByteMax } from "../../src/base/imageLimits.ts";
import { createChat } from "../../src/chat/state.ts";
import { applyRecord } from "../../src/chat/apply.ts";
import { encodeImage } from "../../src/server/image.ts";
import { recordBytesOf } from "../../src/store/record.ts";
import type { DecodedRecord } from "../../src/wire/batch.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { ChatScript, quietEvents } from "../support/chatScript.ts";
import { randomHistory } from "../support/chatStream.ts";

/** First lines and the like, whatever the state holds. */
const fixedBytes = 2_048;

function imageBytes(records: readonly DecodedRecord[]): number {
  const chat = createChat();
  for (const record of records) applyRecord(chat, record, quietEvents);
  let bytes = 0;
  for (const part of encodeImage({ views: [], chat })) bytes += part.length;
  return bytes;
}

function journalBytes(records: readonly DecodedRecord[]): number {
  const start = { ballot: asBallot(64), firstOp: asOp(1), chainBefore: asChain(0) };
  const { batch } = buildBatch(
    { ...start, atUsBefore: 0, wallUs: records[0]?.atUs ?? 1 },
    records.map(({ client, command }) => {
      return { client, opcode: opcodeOf(command.type), payload: encodePayload(command) };
    }),
  );
  return recordBytesOf(batch);
}

function expectFits(records: readonly DecodedRecord[]): void {
  const [image, journal] = [imageBytes(records), journalBytes(records)];
  ok(
    image <= journal * imagePerJournalByteMax + fixedBytes,
    `an image of ${image} bytes from a journal of ${journal}`,
  );
}

test("an image of accounts and their sessions", () => {
  const script = new ChatScript();
  for (let number = 1; number <= 2_000; number += 1) script.register(number, `user${number}`);
  expectFits(script.records);
});

test("an image of the shortest messages between the longest names", () => {
  const script = new ChatScript();
  const names = [1, 2, 3].map((number) => `${number}`.repeat(50));
  names.forEach((name, index) => script.register(index + 1, name));
  for (let count = 0; count < 20_000; count += 1) {
    script.send(1 + (count % 3), names[(count + 1) % 3] ?? "", "x");
  }
  expectFits(script.records);
});

test("an image of the shortest messages to the shortest name, each marked for itself", () => {
  const script = new ChatScript();
  script.register(1, "a");
  for (let count = 1; count <= 20_000; count += 1) {
    script.send(1, "a", "x");
    if (count % 2 === 0) script.mark(1, "read", count);
  }
  expectFits(script.records);
});

for (const seed of [1, 2, 3]) {
  test(`an image of a random history (${seed})`, () => expectFits(randomHistory(seed, 20_000)));
}
