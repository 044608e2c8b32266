// What an unfinished frame keeps alive: whoever sends frames in tiny pieces must not hold more of
// the server's memory than has come.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { framePayloadBytesMax } from "../../src/base/limits.ts";
import { collectGarbage } from "../../src/node/restCollection.ts";
import { opcodeOf } from "../../src/wire/codec.ts";
import { makeFrameReader, type FrameReader } from "../../src/wire/frameReader.ts";

test("half a frame keeps no more memory than it takes", async () => {
  const chunk = Buffer.from([opcodeOf("send"), 0x01]);
  const readers: FrameReader[] = [];
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 1_000; count += 1) {
    const reader = makeFrameReader(framePayloadBytesMax);
    reader.push(chunk, () => assert.fail("no frame is whole"));
    readers.push(reader);
    // What is short and lives short, in between: it fills the memory that all such share.
    Buffer.from("x".repeat(2_000));
  }
  let kept = Infinity;
  // What has been collected is given back a little later.
  for (let tries = 0; tries < 100 && kept >= 500_000; tries += 1) {
    collectGarbage();
    await wait(10);
    kept = process.memoryUsage().arrayBuffers - before;
  }
  assert.ok(kept < 500_000, `${kept} bytes for ${2 * readers.length}`);
});
