// A process that has come to rest gives back what a burst of work has left behind: once, when it is
// worth it, and never in the middle of work. The collection itself is tried on this very process.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { restBusyShare, restGapMs, restHeapBytesMax } from "../../src/base/limits.ts";
import { restSampleMs, restSamples, restYoungBytesMin } from "../../src/base/limits.ts";
import { collectGarbage, RestWatch, type RestSample } from "../../src/node/restCollection.ts";

const idle = { busyShare: 0, youngBytes: restYoungBytesMin, heapBytes: restHeapBytesMax };

/** At which of these samples, one after the other, a collection is due. */
function dueAt(samples: readonly Partial<RestSample>[]): readonly number[] {
  const watch = new RestWatch();
  const due = samples.map((sample, at) => {
    return watch.isDue({ ...idle, nowMs: at * restSampleMs, ...sample });
  });
  return due.flatMap((isDue, at) => (isDue ? [at] : []));
}

const quietly = (count: number): readonly Partial<RestSample>[] => Array<object>(count).fill({});

test("memory is given back when there was nothing to do for a while, and not again at once", () => {
  const gap = Math.ceil(restGapMs / restSampleMs);
  assert.deepEqual(dueAt(quietly(restSamples - 1)), []);
  const first = restSamples - 1;
  assert.deepEqual(dueAt(quietly(first + gap)), [first]);
  assert.deepEqual(dueAt(quietly(first + gap + 1)), [first, first + gap]);
});

test("who has work is left alone, and rest begins anew behind it", () => {
  const busy = { busyShare: restBusyShare };
  const quiet = quietly(restSamples - 1);
  assert.deepEqual(dueAt([...quiet, busy, ...quiet, busy, ...quiet]), []);
  assert.deepEqual(dueAt([...quiet, busy, ...quiet, {}]), [2 * restSamples - 1]);
});

test("nothing is collected where little is to be had, or the pause would be felt", () => {
  const little = { youngBytes: restYoungBytesMin - 1 };
  const large = { heapBytes: restHeapBytesMax + 1 };
  for (const kind of [little, large]) {
    assert.deepEqual(dueAt(Array<object>(3 * restSamples).fill(kind)), []);
  }
});

test("a collection frees what nobody holds, and leaves no way to collect behind", async () => {
  const held: object[] = [];
  for (let count = 0; count < 300_000; count += 1) held.push({ count });
  const gone = new WeakRef(Buffer.alloc(1_000_000).buffer);
  held.length = 0;
  await sleep(0);
  collectGarbage();
  assert.equal(gone.deref(), undefined);
  assert.equal((globalThis as { gc?: unknown }).gc, undefined);
});
