// The state read back from a folder's files, piece by piece: the newest sound image and the records
// behind it, or an older image and more records, and never anything of an image that was damaged.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asOp, noChain } from "../../src/base/ids.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { buildImage, readState } from "../../src/server/imageBuilding.ts";
import { writeFile } from "../../src/store/files.ts";
import { temporaryNames } from "../../src/store/names.ts";
import type { Store } from "../../src/store/store.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { ChatScript } from "../support/chatScript.ts";
import * as bench from "../support/storeBench.ts";

/** So many letters of the same people, in the journal. */
async function talk(place: bench.SimPlace, store: Store, letters: number): Promise<void> {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  const already = store.lastOp;
  for (let count = 2; count < already + letters; count += 1) {
    script.send(1, "bob", `letter ${count} ${"x".repeat(300)}`);
  }
  const commands = script.records.slice(already).map(({ client, command }) => {
    return { client, opcode: opcodeOf(command.type), payload: encodePayload(command) };
  });
  const start = { ballot: asBallot(64), firstOp: asOp(already + 1), wallUs: 1 };
  const { batch } = buildBatch(
    { ...start, atUsBefore: already, chainBefore: already === 0 ? noChain : store.lastChain },
    commands,
  );
  store.append(batch);
  const durable = bench.durably(store);
  store.flush();
  await place.run(durable);
}

async function makeImage(place: bench.SimPlace, store: Store): Promise<string> {
  const throughOp = await place.run(store.seal());
  const image = await place.run(buildImage(place.disk, { throughOp, atMs: throughOp }));
  await place.run(store.adoptImage(image.temporaryName, image));
  const names = await place.run(place.disk.list());
  const name = names.find((one) => one.startsWith(`base-${throughOp}-`));
  assert.ok(name !== undefined);
  return name;
}

test("an image that does not stand on the disk as it was made is not handed on", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await talk(place, store, 3_000);
  const throughOp = await place.run(store.seal());
  let hasRotted = false;
  const reading = async (): Promise<void> => {
    const written = (await place.disk.list()).find((name) => name === temporaryNames.compacted);
    if (written === undefined || hasRotted) return;
    hasRotted = true;
    const file = await place.disk.open(written);
    await writeFile(file, Buffer.from("rot"), (await place.disk.sizeBytes(written)) - 9_000);
    await file.close();
  };
  const pace = { reading, writing: async () => undefined };
  const building = buildImage(place.disk, { throughOp, atMs: 1 }, pace);
  await assert.rejects(place.run(building), /^Error: what was written does not read back$/);
  assert.ok(hasRotted);
});

async function digestIn(place: bench.SimPlace): Promise<string> {
  const state = await place.run(readState(place.disk));
  assert.ok(state.ok);
  return `${state.chat.op} ${chatDigest(state.chat)} ${state.chain}`;
}

test("with an image and without, and when an image has rotted, the state is the same", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await talk(place, store, 3_000);
  const first = await makeImage(place, store);
  await talk(place, store, 2_000);
  const digest = await digestIn(place);
  assert.match(digest, /^5000 /);
  const second = await makeImage(place, store);
  assert.equal(await digestIn(place), digest);
  // Near its end: by then nearly all of it has been taken.
  for (const name of [second, first]) {
    const sizeBytes = await place.run(place.disk.sizeBytes(name));
    const file = await place.run(place.disk.open(name));
    await place.run(writeFile(file, Buffer.from("rot"), sizeBytes - 9_000));
    await place.run(file.close());
    assert.equal(await digestIn(place), digest, `${name} is damaged`);
  }
});

test("as of an older op there is just what was there then", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await talk(place, store, 40);
  await makeImage(place, store);
  await talk(place, store, 40);
  for (const op of [40, 41, 79, 80]) {
    const state = await place.run(readState(place.disk, asOp(op)));
    assert.deepEqual(state.ok && state.chat.op, op);
  }
});
