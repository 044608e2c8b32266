// A journal that is written in blocks, where records end right at a block's edge or beside it: what
// is cut, added, sealed and read again there is what it was. On a real disk and on a simulated one.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { asOp } from "../../src/base/ids.ts";
import { recordExtraBytes } from "../../src/store/record.ts";
import { openStore } from "../../src/store/store.ts";
import type { Batch } from "../../src/wire/batch.ts";
import { batchAfter, durably, endOf, frameOf, metaWith } from "../support/storeBench.ts";
import { realPlace, saveMeta, server, silentLog, simPlace } from "../support/storeBench.ts";
import type { Opened, Place } from "../support/storeBench.ts";

const places: readonly (readonly [kind: string, make: () => Promise<Place>])[] = [
  ["a real disk", realPlace],
  ["a simulated disk", async () => simPlace(2)],
];
/** Of the first record's end, from a block's edge: with room for half a mark behind it as well. */
const distances = [-1, 0, 1, recordExtraBytes - 1, recordExtraBytes];

for (const [kind, make] of places) {
  for (const distance of distances) {
    for (const isMarked of [false, true]) {
      const marked = isMarked ? ", marked" : "";
      test(`a cut ${distance} bytes from a block's edge, on ${kind}${marked}`, async () => {
        const place = await make();
        try {
          await cutThere(place, distance, isMarked);
        } finally {
          await place.remove();
        }
      });
    }
  }
}

async function cutThere(place: Place, distance: number, isMarked: boolean): Promise<void> {
  const { blockBytes } = place.disk;
  const edge = 2 * Math.max(blockBytes, 64);
  const first = frameOfBytes(edge + distance - recordExtraBytes);
  const frame = (op: number): Buffer => (op === 1 ? first : frameOf(op));
  const { store } = await opened(place);
  await saveMeta(place, store, metaWith(1));
  const add = async (count: number): Promise<void> => {
    store.append(batchAfter(endOf(store), count, frame), isMarked);
    store.flush();
    await place.run(durably(store));
  };
  await add(1);
  await add(3);
  await place.run(store.truncateAfter(asOp(1), { orphanName: "orphans-1" }));
  await add(5);
  const back = await place.run(store.readBatch({ after: asOp(0), maxBytes: 100_000 }));
  ok(back !== null && back !== "compacted");
  equal(back.lastOp, 6);
  await place.run(store.seal());
  await add(2);
  await place.run(store.close());
  const next = await place.next();
  const again = await opened(next);
  const frames = again.recovered.batches.flatMap(framesOf);
  deepEqual(
    frames,
    Array.from({ length: 8 }, (_, at) => frame(at + 1)),
  );
  await next.run(again.store.close());
}

async function opened(place: Place): Promise<Opened> {
  const { disk, clock } = place;
  const options = { disk, clock, log: silentLog, serverId: server, zerosAhead: 0 };
  const result = await place.run(openStore(options));
  ok(result.ok);
  equal(result.recovered.tornBytes, 0);
  equal(result.recovered.quarantined, null);
  return result;
}

function frameOfBytes(length: number): Buffer {
  const frame = Buffer.alloc(length, "A");
  frame[0] = 0x80;
  frame.writeUInt16BE(length - 3, 1);
  return frame;
}

function framesOf({ bytes, ends }: Batch): readonly Buffer[] {
  return [...ends].map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1], end));
}
