// What a server that catches up is handed in one piece: never more records than the other side
// takes, however small they are, or it would refuse the piece and could never come back.

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { asOp } from "../../src/base/ids.ts";
import { batchRecordsMax } from "../../src/base/limits.ts";
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
