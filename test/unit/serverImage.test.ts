// The sender's side of carrying a base image to a joiner: there is one to send, it is given up when
// it is not taken, and nothing of a transfer outlives its link.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asChain, asOp, asServerId } from "../../src/base/ids.ts";
import { imageStallMs } from "../../src/base/limits.ts";
import { makeImageTransfer, type ImageTransfer } from "../../src/server/imageTransfer.ts";
import type { HeldImage } from "../../src/store/images.ts";

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
