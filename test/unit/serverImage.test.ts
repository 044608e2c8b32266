// Sending a base image to a joiner: there is one to send, it is given up when it is not taken, and
// nothing of a transfer outlives its link.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { asBallot, asChain, asOp, asServerId } from "../../src/base/ids.ts";
import { imageChunkBytes, imageChunksInFlight } from "../../src/base/imageLimits.ts";
import { imageChunksPerReading, imageStallMs } from "../../src/base/imageLimits.ts";
import { makeImageTransfer, type ImageTransfer } from "../../src/server/imageTransfer.ts";
import type { HeldImage } from "../../src/store/images.ts";
import type { Message } from "../../src/wire/messages.ts";
import { makeSimClock } from "../support/simClock.ts";

const joiner = asServerId(2);
const ballot = asBallot(64);

interface Scene {
  readonly transfer: ImageTransfer;
  /** Types of messages sent; `sent 7` or `sent null` where the replica was told the end. */
  readonly said: string[];
  /** Images are made when this is called. */
  readonly make: () => Promise<void>;
}

function scene(hasImage: boolean): Scene {
  const said: string[] = [];
  let image = hasImage ? held() : null;
  let made = (): void => undefined;
  const making = new Promise<void>((resolve) => (made = resolve));
  const transfer = makeImageTransfer({
    clock: makeSimClock(),
    store: {
      latestImage: () => image,
      beginInstall: () => Promise.reject(new Error("nobody sends an image here")),
    },
    send: (_, message) => void said.push(message.type),
    sent: (_, op) => void said.push(`sent ${op}`),
    makeImage: () => making,
    accepts: () => false,
    begins: () => Promise.resolve(),
    installed: () => undefined,
    failed: (message) => assert.fail(message),
    peers: { refuse: (_, message) => assert.fail(message) },
  });
  const make = async (): Promise<void> => {
    image = held();
    made();
    await turn();
  };
  return { transfer, said, make };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function held(): HeldImage {
  return {
    op: asOp(7),
    chain: asChain(7),
    sizeBytes: 10,
    digest: "00",
    read: () => Promise.resolve(Buffer.alloc(10)),
    release: () => undefined,
  };
}

test("a joiner that needs an image gets one, though none had been made yet", async () => {
  const { transfer, said, make } = scene(false);
  transfer.send(joiner, ballot);
  assert.deepEqual(said, []);
  await make();
  assert.deepEqual(said, ["joinImage", "imageChunk"]);
  transfer.take(joiner, { type: "imageTaken", offset: 10 });
  assert.equal(said.at(-1), "sent 7");
});

test("an image is not sent to who has gone while it was made", async () => {
  const { transfer, said, make } = scene(false);
  transfer.send(joiner, ballot);
  transfer.forget(joiner);
  await make();
  assert.deepEqual(said, ["sent null"]);
});

test("an image that is not taken any further is given up", () => {
  const { transfer, said } = scene(true);
  transfer.send(joiner, ballot);
  transfer.tick(1_000);
  transfer.tick(1_000 + imageStallMs);
  assert.deepEqual(said, ["joinImage"]);
  transfer.tick(1_001 + imageStallMs);
  assert.deepEqual(said, ["joinImage", "sent null"]);
});

test("a large image is read in long pieces, and sent in chunks that fit frames, within a window", async () => {
  const content = Buffer.from(Array.from({ length: 1_500_000 }, (_, at) => at * 7));
  const reads: number[] = [];
  const image: HeldImage = {
    ...held(),
    sizeBytes: content.length,
    read: async ({ offset, length }) => {
      reads.push(length);
      return content.subarray(offset, offset + length);
    },
  };
  const got: Buffer[] = [];
  let [sentBytes, takenBytes, inFlightMax] = [0, 0, 0];
  const sent = (): void => void got.push(Buffer.from("sent"));
  const transfer = senderOf(image, sent, (message) => {
    if (message.type !== "imageChunk") return;
    assert.equal(message.offset, sentBytes);
    assert.equal(message.crc, crc32(message.content, 0));
    assert.ok(message.content.length <= imageChunkBytes);
    got.push(message.content);
    sentBytes += message.content.length;
    inFlightMax = Math.max(inFlightMax, sentBytes - takenBytes);
  });
  transfer.send(joiner, ballot);
  while (takenBytes < content.length) {
    await turn();
    assert.ok(sentBytes > takenBytes, "it goes on");
    takenBytes = sentBytes;
    transfer.take(joiner, { type: "imageTaken", offset: takenBytes });
  }
  assert.deepEqual(Buffer.concat(got), Buffer.concat([content, Buffer.from("sent")]));
  const pieceBytes = imageChunkBytes * imageChunksPerReading;
  assert.equal(reads.length, Math.ceil(content.length / pieceBytes));
  assert.ok(inFlightMax < imageChunkBytes * imageChunksInFlight + pieceBytes, `${inFlightMax}`);
});

test("a piece is read once, however much is taken while it is on its way", async () => {
  const content = Buffer.alloc(6 * imageChunkBytes * imageChunksPerReading);
  const offsets: number[] = [];
  const image: HeldImage = {
    ...held(),
    sizeBytes: content.length,
    read: async ({ offset, length }) => {
      offsets.push(offset);
      await turn();
      return content.subarray(offset, offset + length);
    },
  };
  const sent: number[] = [];
  const transfer = senderOf(
    image,
    () => undefined,
    (message) => {
      if (message.type === "imageChunk") sent.push(message.offset + message.content.length);
    },
  );
  transfer.send(joiner, ballot);
  for (let taken = 0; taken < content.length / imageChunkBytes; taken += 1) {
    while (sent.length <= taken) await turn();
    transfer.take(joiner, { type: "imageTaken", offset: sent[taken] as number });
  }
  assert.deepEqual(
    offsets,
    Array.from({ length: 6 }, (_, piece) => piece * imageChunkBytes * imageChunksPerReading),
  );
});

function senderOf(
  image: HeldImage,
  sent: () => void,
  send: (message: Message) => void,
): ImageTransfer {
  return makeImageTransfer({
    clock: makeSimClock(),
    store: {
      latestImage: () => image,
      beginInstall: () => Promise.reject(new Error("nobody sends an image here")),
    },
    send: (_, message) => send(message),
    sent,
    makeImage: () => Promise.resolve(),
    accepts: () => false,
    begins: () => Promise.resolve(),
    installed: () => undefined,
    failed: (message) => assert.fail(message),
    peers: { refuse: (_, message) => assert.fail(message) },
  });
}

test("who reads a large image back gives signs of life, and is not given up", async () => {
  const { transfer, said } = scene(true);
  transfer.send(joiner, ballot);
  await turn();
  for (let atMs = 0; atMs < 4 * imageStallMs; atMs += imageStallMs) {
    transfer.take(joiner, { type: "imageTaken", offset: 0 });
    transfer.tick(atMs);
  }
  transfer.take(joiner, { type: "imageTaken", offset: 10 });
  assert.deepEqual(said.at(-1), "sent 7");
});

test("that another image was taken whole, before this one, is not said of this one", async () => {
  const { transfer, said } = scene(true);
  transfer.send(joiner, ballot);
  await turn();
  transfer.take(joiner, { type: "imageTaken", offset: 11 });
  assert.deepEqual(said, ["joinImage", "imageChunk"]);
});

test("an image that is gone with the own log is sent no further, which ends no server", async () => {
  const reads: { fail: () => void }[] = [];
  const read = (): Promise<Buffer> => {
    return new Promise((_, reject) => reads.push({ fail: () => reject(new Error("gone")) }));
  };
  const transfer = senderOf({ ...held(), read }, assert.fail, () => undefined);
  transfer.send(joiner, ballot);
  transfer.stopSending();
  reads[0]?.fail();
  transfer.take(joiner, { type: "imageTaken", offset: 0 });
  await turn();
  assert.equal(reads.length, 1);
});
