// What a folder remembers of its lives: from which on it can vouch for what was promised, after a
// usual start, a wipe, damage, or a start by a program that did not write that down yet.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asOp, noChain, noOp, serverClientId } from "../../src/base/ids.ts";
import { restore } from "../../src/server/restore.ts";
import { decodeMeta, encodeMeta } from "../../src/store/meta.ts";
import type { Recovered } from "../../src/store/recovery.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { Batch } from "../../src/wire/batch.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { viewOf } from "../support/histories.ts";
import { metaWith } from "../support/storeBench.ts";
import { metaOfFormat } from "../support/storePatients.ts";

const wallMs = 1_767_225_600_000;
const empty: Recovered = {
  meta: null,
  image: null,
  batches: [],
  lastOp: noOp,
  lastChain: noChain,
  tornBytes: 0,
  quarantined: null,
  notes: [],
};

function livesOf(folder: Partial<Recovered>): { incarnation: number; born: number } {
  const restored = restore({ ...empty, ...folder }, wallMs);
  assert.ok(restored.ok);
  const { incarnation, born } = restored.replica;
  return { incarnation, born };
}

test("a folder with a meta file was born when that says so", () => {
  assert.deepEqual(livesOf({ meta: metaWith(64, 7) }), { incarnation: 8, born: 1 });
});

test("a folder without a meta file, wiped or damaged, is born now", () => {
  assert.deepEqual(livesOf({}), { incarnation: wallMs + 1, born: wallMs + 1 });
});

test("a folder whose history was put aside is born now, for all that its promises are kept", () => {
  const damaged = { meta: metaWith(64, 7), quarantined: "base-9-9 is damaged" };
  assert.deepEqual(livesOf(damaged), { incarnation: 8, born: 8 });
});

test("the life in which a folder was born is written down, and 1 where an older program did not", () => {
  const meta = { ...metaWith(64, 7), born: metaWith(64, 5).incarnation };
  const written = encodeMeta(meta);
  assert.deepEqual(decodeMeta(written), { kind: "ok", meta, promiseFile: "filled" });
  const older = metaOfFormat(1, meta, /born 5\n/);
  assert.deepEqual(decodeMeta(older), { kind: "ok", meta: metaWith(64, 7), promiseFile: "none" });
});

test("a history that tells of later lives of this server than its meta file is one it was fed", () => {
  const fed = { meta: metaWith(64, 7), batches: [viewOfLife(64, 9)], lastOp: asOp(1) };
  assert.deepEqual(livesOf(fed), { incarnation: 10, born: 10 }, "it is server 1");
});

test("a life that stands in a view which the folder never promised was that of a folder before", () => {
  const fed = { meta: metaWith(64, 7), batches: [viewOfLife(128, 7)], lastOp: asOp(1) };
  assert.deepEqual(livesOf(fed), { incarnation: 8, born: 8 }, "it died before it had outgrown it");
  const own = { meta: metaWith(128, 7), batches: [viewOfLife(128, 7)], lastOp: asOp(1) };
  assert.deepEqual(livesOf(own), { incarnation: 8, born: 1 }, "a member that merely restarted");
});

/** Server 1 is a member in that life. */
function viewOfLife(ballotOfView: number, life: number): Batch {
  const incarnations = [3, life, 4];
  const view = viewOf({ ballot: ballotOfView, at: 1, members: [0, 1, 2], incarnations });
  const { startOp: _, ballot, ...fields } = view;
  const payload = encodePayload({ type: "view", ...fields });
  const { batch } = buildBatch(
    { ballot, firstOp: asOp(1), atUsBefore: 0, chainBefore: noChain, wallUs: 1 },
    [{ client: serverClientId, opcode: opcodeOf("view"), payload }],
  );
  return batch;
}
