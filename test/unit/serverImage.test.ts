// Carrying a base image to a joiner. The sender: there is one to send, it is given up when it is
// not taken, and nothing of a transfer outlives its link. The joiner: its own state goes only for
// one that it can read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { asBallot, asChain, asOp, asServerId } from "../../src/base/ids.ts";
import { imageAgainMs, imageChunkBytes, imageChunksInFlight } from "../../src/base/imageLimits.ts";
import { imageChunksPerReading, imageStallMs } from "../../src/base/imageLimits.ts";
import { createChat } from "../../src/chat/state.ts";
import { encodeImage } from "../../src/server/image.ts";
import { ImageReceiver } from "../../src/server/imageReceiver.ts";
import { makeImageTransfer, type ImageTransfer } from "../../src/server/imageTransfer.ts";
import type { HeldImage } from "../../src/store/images.ts";
import type { Message } from "../../src/wire/messages.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import { makeSimClock } from "../support/simClock.ts";
import * as bench from "../support/storeBench.ts";

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
    await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return { transfer, said, make };
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
    await new Promise<void>((resolve) => setImmediate(resolve));
    assert.ok(sentBytes > takenBytes, "it goes on");
    takenBytes = sentBytes;
    transfer.take(joiner, { type: "imageTaken", offset: takenBytes });
  }
  assert.deepEqual(Buffer.concat(got), Buffer.concat([content, Buffer.from("sent")]));
  const pieceBytes = imageChunkBytes * imageChunksPerReading;
  assert.equal(reads.length, Math.ceil(content.length / pieceBytes));
  assert.ok(inFlightMax < imageChunkBytes * imageChunksInFlight + pieceBytes, `${inFlightMax}`);
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

test("who reads a large image back gives signs of life, and is not given up", () => {
  const { transfer, said } = scene(true);
  transfer.send(joiner, ballot);
  for (let atMs = 0; atMs < 4 * imageStallMs; atMs += imageStallMs) {
    transfer.take(joiner, { type: "imageTaken", offset: 0 });
    transfer.tick(atMs);
  }
  transfer.take(joiner, { type: "imageTaken", offset: 10 });
  assert.deepEqual(said.at(-1), "sent 7");
});

interface Taking {
  readonly said: string[];
  readonly files: () => Promise<readonly string[]>;
  /** The same once more, after so long. */
  readonly offerAgain: (passedMs: number) => Promise<void>;
}

/** A folder of five ops is offered this content as the image of op 9. */
async function takes(content: Buffer): Promise<Taking> {
  const said: string[] = [];
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  const receiver = new ImageReceiver({
    clock: place.clock,
    store,
    send: (_, message) => void said.push(message.type),
    accepts: () => true,
    begins: async () => void said.push("begins"),
    installed: (offer) => void said.push(`installed ${offer.op}`),
    failed: (message) => void said.push(message),
    peers: { refuse: (_, message) => void said.push(message) },
  });
  const digest = digestOf([content]);
  const offer = { op: asOp(9), chain: asChain(9), sizeBytes: content.length, digest };
  const offerAgain = async (passedMs: number): Promise<void> => {
    await place.clock.runFor(passedMs);
    receiver.take(joiner, { type: "joinImage", ballot, ...offer });
    const crc = asChain(crc32(content, 0));
    receiver.take(joiner, { type: "imageChunk", offset: 0, crc, content });
    await place.clock.runFor(1_000);
  };
  await offerAgain(0);
  return { said, offerAgain, files: () => place.run(place.disk.list()) };
}

test("a base image that can be read replaces the own state", async () => {
  const chat = createChat();
  chat.op = asOp(9);
  const { said, files } = await takes(Buffer.concat([...encodeImage({ views: [], chat })]));
  assert.deepEqual(said, ["imageTaken", "begins", "installed 9", "imageTaken"]);
  assert.equal((await files())[0]?.startsWith("base-9-"), true);
});

test("after an image that is none the server goes on, and takes none for a while", async () => {
  const { said, offerAgain } = await takes(Buffer.from("something else\n"));
  const refusals = (): number => said.filter((word) => /could not be taken in/.test(word)).length;
  assert.equal(refusals(), 1);
  await offerAgain(1_000);
  assert.equal(refusals(), 1, "it is not even looked at");
  await offerAgain(imageAgainMs);
  assert.equal(refusals(), 2);
});

for (const [what, content, words] of [
  ["of a newer format", "replichat-image 2 0\n", /has format 2; this program is older/],
  ["that is none", "something else\n", /not a base image of ours/],
  ["whose views make no sense", "replichat-image 1 1\nview\n", /holds a view that cannot be read/],
  ["that says nothing", "replichat-image 1 0\n", /./],
] as const) {
  test(`a base image ${what} is turned down in words, and the own state stays`, async () => {
    const { said, files } = await takes(Buffer.from(content, "latin1"));
    const [end = "", ...others] = said.filter((word) => word !== "imageTaken");
    assert.deepEqual(others, []);
    assert.match(end, words);
    assert.match(end, /Nothing was changed here/);
    assert.deepEqual(await files(), ["journal-1", "meta", "promised"]);
  });
}

test("a base image of another op than was offered is turned down", async () => {
  const content = Buffer.concat([...encodeImage({ views: [], chat: createChat() })]);
  const { said, files } = await takes(content);
  assert.match(said.join(), /is of op 9, and holds the state of op 0/);
  assert.deepEqual(await files(), ["journal-1", "meta", "promised"]);
});
