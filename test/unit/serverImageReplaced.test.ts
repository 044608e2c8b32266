// Who sends its base image to a joiner, and takes one of another server's meanwhile: the own one is
// gone with all that is replaced, and is sent no further.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { asBallot, asChain, asOp, asServerId } from "../../src/base/ids.ts";
import { createChat } from "../../src/chat/state.ts";
import { encodeImage } from "../../src/server/image.ts";
import { makeImageTransfer } from "../../src/server/imageTransfer.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import * as bench from "../support/storeBench.ts";

const joiner = asServerId(0);
const primary = asServerId(2);
const ballot = asBallot(64);

test("whoever takes an image sends the own one, which it replaces, no further", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  const own = await bench.writeImage(place, store, 5);
  const said: string[] = [];
  const transfer = makeImageTransfer({
    clock: place.clock,
    store,
    send: (peer, message) => void said.push(`${message.type} to ${peer}`),
    sent: (peer, op) => assert.fail(`server ${peer} has the image of op ${op}`),
    makeImage: () => Promise.resolve(),
    accepts: () => true,
    begins: () => Promise.resolve(),
    installed: ({ op }) => void said.push(`installed ${op}`),
    failed: (message) => assert.fail(message),
    peers: { refuse: (_, message) => assert.fail(message) },
  });
  transfer.send(joiner, ballot);
  await place.clock.runFor(100);
  assert.deepEqual(said, ["joinImage to 0", "imageChunk to 0"]);
  const chat = createChat();
  chat.op = asOp(9);
  const content = Buffer.concat([...encodeImage({ views: [], chat })]);
  const [sizeBytes, digest] = [content.length, digestOf([content])];
  const offer = { op: chat.op, chain: asChain(9), sizeBytes, digest };
  transfer.take(primary, { type: "joinImage", ballot, ...offer });
  const crc = asChain(crc32(content, 0));
  transfer.take(primary, { type: "imageChunk", offset: 0, crc, content });
  await place.clock.runFor(1_000);
  assert.equal(said.includes("installed 9"), true);
  transfer.take(joiner, { type: "imageTaken", offset: own.sizeBytes });
});
