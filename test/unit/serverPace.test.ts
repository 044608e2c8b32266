// Work that can wait leaves others their share: it rests after each piece, the longer the longer
// the piece took, but not for ever; and a server on its way in is fed evenly, though at full speed
// while nobody else has anything to say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { feedBytesPerSecond, imageSyncBytes } from "../../src/base/imageLimits.ts";
import { pieceRestMsMax, pieceRestTimes } from "../../src/base/imageLimits.ts";
import { writingRestMsMax, writingRestTimes } from "../../src/base/imageLimits.ts";
import { asOp } from "../../src/base/ids.ts";
import { catchUpChunkBytes } from "../../src/base/limits.ts";
import { FeedPace, pieceRest, writingRest, type Rest } from "../../src/server/backgroundPace.ts";
import { buildImage } from "../../src/server/imageBuilding.ts";
import { encodeImage } from "../../src/server/image.ts";
import type { Clock } from "../../src/ports.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import { ChatScript } from "../support/chatScript.ts";
import * as bench from "../support/storeBench.ts";

/** A clock that stands still but for work and rests; `rested` are the rests. */
class WorkClock implements Clock {
  readonly rested: number[] = [];
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  wallUs(): number {
    return this.#nowMs * 1_000;
  }

  work(ms: number): void {
    this.#nowMs += ms;
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    this.rested.push(delayMs);
    this.#nowMs += delayMs;
    queueMicrotask(run);
    return { cancel: () => undefined };
  }

  soon(run: () => void): void {
    queueMicrotask(run);
  }
}

async function restsAfter(makeRest: (clock: Clock) => Rest, pieces: number[]): Promise<number[]> {
  const clock = new WorkClock();
  const rest = makeRest(clock);
  for (const piece of pieces) {
    clock.work(piece);
    await rest();
  }
  return clock.rested;
}

test("a rest is as long as the piece before, and bounded", async () => {
  const endless = 1_000_000;
  assert.deepEqual(await restsAfter(pieceRest, [3, 8, endless, 3]), [
    3 * pieceRestTimes,
    8 * pieceRestTimes,
    pieceRestMsMax,
    3 * pieceRestTimes,
  ]);
  assert.deepEqual(await restsAfter(writingRest, [4, endless]), [
    4 * writingRestTimes,
    writingRestMsMax,
  ]);
});

test("a joiner is fed at an even pace while the log goes on, and at once while it rests", () => {
  const pace = new FeedPace();
  const gapMs = (catchUpChunkBytes * 1_000) / feedBytesPerSecond;
  let nowMs = 5_000;
  for (let reading = 0; reading < 10; reading += 1) {
    const delayMs = pace.delayMs(nowMs, asOp(reading));
    assert.equal(delayMs, reading === 0 ? 0 : gapMs - 1, `reading ${reading}`);
    // Each reading takes a millisecond.
    nowMs += delayMs + 1;
  }
  assert.equal(pace.delayMs(nowMs, asOp(9)), 0, "nothing was logged since");
  assert.equal(pace.delayMs(nowMs + 2 * gapMs, asOp(10)), 0, "it has been a while");
});

test("an image is built with a rest after each piece read, and after each piece written", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  const script = new ChatScript();
  script.register(1, "alice");
  for (let count = 0; count < 9_000; count += 1) script.send(1, "alice", "x".repeat(400));
  const { chat } = script;
  const content = [...encodeImage({ views: [], chat })];
  const sizeBytes = content.reduce((sum, part) => sum + part.length, 0);
  const offer = { op: chat.op, chain: bench.chainAt(5), sizeBytes, digest: digestOf(content) };
  const install = await place.run(store.beginInstall(offer));
  for (const part of content) await place.run(install.write(part));
  await place.run(install.whole(() => undefined));
  await place.run(install.finish());
  const rests = { reading: 0, writing: 0 };
  const pace = {
    reading: async () => void (rests.reading += 1),
    writing: async () => void (rests.writing += 1),
  };
  const image = await place.run(buildImage(place.disk, { throughOp: chat.op, atMs: 1 }, pace));
  assert.equal(image.digest, offer.digest);
  assert.equal(rests.writing, Math.floor(sizeBytes / imageSyncBytes));
  assert.ok(rests.reading > rests.writing, `${rests.reading} rests while reading`);
});
