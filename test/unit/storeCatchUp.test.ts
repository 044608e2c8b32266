// What a server that catches up is handed in one piece: never more records than the other side
// takes, however small they are, or it would refuse the piece and could never come back; and
// nothing at all while the log is being cut or replaced, which is no damage.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { asChain, asOp } from "../../src/base/ids.ts";
import { batchRecordsMax } from "../../src/base/limits.ts";
import type { Store } from "../../src/store/store.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import * as bench from "../support/storeBench.ts";

test("a piece of the journal holds no more records than a batch may announce", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  const count = batchRecordsMax + 50;
  await bench.appendDurably(place, store, count);
  const maxBytes = 100_000_000;
  const first = await place.run(store.readBatch({ after: asOp(0), maxBytes }));
  ok(first !== null && first !== "compacted");
  equal(first.ends.length, batchRecordsMax);
  const rest = await place.run(store.readBatch({ after: first.lastOp, maxBytes }));
  ok(rest !== null && rest !== "compacted");
  equal(rest.lastOp, count);
  bench.checkBatches([first, rest], 0);
});

async function cutBack(store: Store): Promise<void> {
  await store.truncateAfter(asOp(10), { orphanName: "orphans-64-10" });
}

async function replace(store: Store): Promise<void> {
  const content = Buffer.from("another history");
  const [sizeBytes, digest] = [content.length, digestOf([content])];
  const install = await store.beginInstall({ op: asOp(9), chain: asChain(9), sizeBytes, digest });
  await install.write(content);
  await install.whole(() => undefined);
  await install.finish();
}

/** A piece is asked for so many milliseconds after that has begun; what came, or what failed. */
async function askedFor(
  rewrite: (store: Store) => Promise<void>,
  afterMs: number,
): Promise<string> {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 2_000);
  let failure = "";
  store.onFailure = (error) => void (failure = error.message);
  for (const action of ["read", "open", "cut", "sync", "syncFolder", "remove"] as const) {
    place.disk.setLatencyMs(action, 4);
  }
  const rewriting = rewrite(store);
  await place.clock.runFor(afterMs);
  const asked = store.readBatch({ after: asOp(1_500), maxBytes: 1_000 });
  const piece = await place.run(asked.catch((error: Error) => error.message));
  await place.run(rewriting.catch((error: Error) => (failure ||= error.message)));
  if (failure !== "" || piece === null || typeof piece === "string") return failure || `${piece}`;
  equal(piece.firstOp, 1_501);
  return "records";
}

for (const [what, rewrite] of [
  ["cut", cutBack],
  ["replaced by an image", replace],
] as const) {
  test(`a piece that is asked for while the log is being ${what} ends no server`, async () => {
    const seen = new Set<string>();
    for (let afterMs = 0; afterMs < 80; afterMs += 1) seen.add(await askedFor(rewrite, afterMs));
    seen.delete("records");
    deepEqual([...seen], ["null"]);
  });
}
