// Taking in a base image: the own state goes only for one that came whole and can be read. What
// does not come any further is given up, and whatever is offered after that is taken in as if
// nothing had been before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { asBallot, asChain, asOp, asServerId, type ServerId } from "../../src/base/ids.ts";
import { imageAgainMs, imageSilenceMs } from "../../src/base/imageLimits.ts";
import { createChat } from "../../src/chat/state.ts";
import type { DiskFile } from "../../src/ports.ts";
import { encodeImage } from "../../src/server/image.ts";
import { makeImageTransfer, type ImageTransfer } from "../../src/server/imageTransfer.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import * as bench from "../support/storeBench.ts";

const primary = asServerId(2);
const nextPrimary = asServerId(0);
const ballot = asBallot(64);
const ownFiles = ["journal-1", "meta", "promised"];

/** A readable image of no letters. */
function imageOf(op: number): Buffer {
  const chat = createChat();
  chat.op = asOp(op);
  return Buffer.concat([...encodeImage({ views: [], chat })]);
}

interface Taking {
  readonly place: bench.SimPlace;
  readonly receiver: ImageTransfer;
  /** What was sent, and how it ended. */
  readonly said: string[];
  readonly offer: (peer: ServerId, op: number, content: Buffer) => void;
  /** A chunk of it, from here to there. */
  readonly chunk: (peer: ServerId, content: Buffer, from: number, to?: number) => void;
  readonly passes: (ms: number) => Promise<void>;
  readonly files: () => Promise<readonly string[]>;
}

interface Wishes {
  /** Whether an image is welcome now. */
  readonly accepts?: () => boolean;
  readonly place?: bench.SimPlace;
}

/** Into a folder of five ops. */
async function taking(wishes: Wishes = {}): Promise<Taking> {
  const said: string[] = [];
  const { accepts = () => true, place = bench.simPlace() } = wishes;
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  const receiver = makeImageTransfer({
    clock: place.clock,
    store,
    send: (peer, message) => void said.push(`${message.type} to ${peer}`),
    sent: () => assert.fail("nothing is sent from here"),
    makeImage: () => Promise.resolve(),
    accepts,
    begins: async () => void said.push("begins"),
    installed: ({ op }, { chat }) => void said.push(`installed ${op}, holds ${chat.op}`),
    failed: (message) => void said.push(message),
    peers: { refuse: (peer, message) => void said.push(`to ${peer}: ${message}`) },
  });
  return {
    place,
    receiver,
    said,
    offer: (peer, op, content) => {
      const [sizeBytes, digest] = [content.length, digestOf([content])];
      const offer = { op: asOp(op), chain: asChain(9), sizeBytes, digest };
      receiver.take(peer, { type: "joinImage", ballot, ...offer });
    },
    chunk: (peer, whole, from, to) => {
      const content = whole.subarray(from, to);
      const crc = asChain(crc32(content, 0));
      receiver.take(peer, { type: "imageChunk", offset: from, crc, content });
    },
    passes: (ms) => place.clock.runFor(ms),
    files: () => place.run(place.disk.list()),
  };
}

async function takes(content: Buffer): Promise<Taking> {
  const scene = await taking();
  scene.offer(primary, 9, content);
  scene.chunk(primary, content, 0);
  await scene.passes(1_000);
  return scene;
}

const tookNine = ["begins", "installed 9, holds 9", "imageTaken to 2"];

test("a base image that can be read replaces the own state", async () => {
  const { said, files } = await takes(imageOf(9));
  assert.deepEqual(said, ["imageTaken to 2", ...tookNine]);
  assert.equal((await files())[0]?.startsWith("base-9-"), true);
});

test("after an image that is none the server goes on, and takes none for a while", async () => {
  const content = Buffer.from("something else\n");
  const { said, offer, chunk, passes } = await takes(content);
  const refusals = (): number => said.filter((word) => /could not be taken in/.test(word)).length;
  assert.equal(refusals(), 1);
  for (const [ms, expected] of [[1_000, 1] as const, [imageAgainMs, 2] as const]) {
    await passes(ms);
    offer(primary, 9, content);
    chunk(primary, content, 0);
    await passes(1_000);
    assert.equal(refusals(), expected, "while it lasts one is not even looked at");
  }
});

for (const [what, content, words] of [
  ["of a newer format", "replichat-image 2 0\n", /has format 2; this program is older/],
  ["that is none", "something else\n", /not a base image of ours/],
  ["whose views make no sense", "replichat-image 1 1\nview\n", /holds a view that cannot be read/],
  ["that says nothing", "replichat-image 1 0\n", /./],
] as const) {
  test(`a base image ${what} is turned down in words, and the own state stays`, async () => {
    const { said, files } = await takes(Buffer.from(content, "latin1"));
    const [end = "", ...others] = said.filter((word) => word !== "imageTaken to 2");
    assert.deepEqual(others, []);
    assert.match(end, words);
    assert.match(end, /Nothing was changed here/);
    assert.deepEqual(await files(), ownFiles);
  });
}

test("a base image of another op than was offered is turned down", async () => {
  const { said, files } = await takes(imageOf(0));
  assert.match(said.join(), /is of op 9, and holds the state of op 0/);
  assert.deepEqual(await files(), ownFiles);
});

/** What was said from the offer on. */
async function takesInWhole(scene: Taking, from: ServerId, op: number): Promise<string[]> {
  scene.said.length = 0;
  const content = imageOf(op);
  scene.offer(from, op, content);
  scene.chunk(from, content, 0, 10);
  await scene.passes(1_000);
  scene.chunk(from, content, 10);
  await scene.passes(1_000);
  return scene.said;
}

const first = imageOf(9);
const takesSeven = ["imageTaken to 0", "imageTaken to 0", "begins"];
const tookSeven = [...takesSeven, "installed 7, holds 7", "imageTaken to 0"];

for (const [what, breaks] of [
  ["the link broke", ({ receiver }) => receiver.forget(primary)],
  [
    "a chunk came damaged",
    ({ receiver }) => {
      const content = first.subarray(10);
      const crc = asChain(crc32(content, 0) ^ 1);
      receiver.take(primary, { type: "imageChunk", offset: 10, crc, content });
    },
  ],
  ["a chunk was left out", ({ chunk }) => chunk(primary, first, 11)],
  [
    "nothing more came of it",
    async ({ receiver, place, passes }) => {
      await passes(imageSilenceMs + 1);
      receiver.tick(place.clock.nowMs());
    },
  ],
] as [string, (scene: Taking) => unknown][]) {
  test(`of an image whose transfer ends because ${what}, nothing stays; the next is taken`, async () => {
    const scene = await taking();
    scene.offer(primary, 9, first);
    scene.chunk(primary, first, 0, 10);
    await scene.passes(1_000);
    assert.equal((await scene.files()).length, ownFiles.length + 1, "it is on its way");
    await breaks(scene);
    await scene.passes(1_000);
    scene.chunk(primary, first, 10);
    await scene.passes(1_000);
    assert.deepEqual(scene.said, ["imageTaken to 2"]);
    assert.deepEqual(await scene.files(), ownFiles);
    assert.deepEqual(await takesInWhole(scene, nextPrimary, 7), tookSeven);
  });
}

test("an image is not given up while it comes, however slowly, and is written", async () => {
  const scene = await taking();
  const { place, receiver } = scene;
  scene.offer(primary, 9, first);
  for (let at = 0; at < first.length; at += 20) {
    scene.chunk(primary, first, at, at + 20);
    await scene.passes(imageSilenceMs - 1_000);
    receiver.tick(place.clock.nowMs());
  }
  assert.deepEqual(scene.said.slice(-tookNine.length), tookNine);
});

test("an image that came at once is not given up while the disk takes long over it", async () => {
  const scene = await taking();
  const { place, receiver } = scene;
  place.disk.setLatencyMs("write", imageSilenceMs - 1_000);
  scene.offer(primary, 9, first);
  for (let at = 0; at < first.length; at += 20) scene.chunk(primary, first, at, at + 20);
  while (!scene.said.includes("begins") && place.clock.nowMs() < 60 * imageSilenceMs) {
    await scene.passes(1_000);
    receiver.tick(place.clock.nowMs());
  }
  place.disk.setLatencyMs("write", 1);
  await scene.passes(1_000);
  assert.deepEqual(scene.said.slice(-tookNine.length), tookNine);
});

test("an image offered while the last of another one is written is taken in its place", async () => {
  const scene = await taking();
  scene.place.disk.setLatencyMs("write", 100);
  scene.offer(primary, 9, first);
  scene.chunk(primary, first, 0);
  await scene.passes(50);
  const said = await takesInWhole(scene, nextPrimary, 7);
  assert.deepEqual(said, tookSeven);
});

test("an image offered while another one is turned down is taken in its place", async () => {
  const scene = await taking();
  const none = Buffer.from("something else\n");
  scene.place.disk.setLatencyMs("read", 100);
  scene.offer(primary, 9, none);
  scene.chunk(primary, none, 0);
  await scene.place.clock.runUntil(() => scene.said.length > 0, { limitMs: 5_000 });
  const said = await takesInWhole(scene, nextPrimary, 7);
  assert.match(said.join(), /to 2: A base image could not be taken in/);
  assert.deepEqual(
    said.filter((word) => !word.startsWith("to 2")),
    tookSeven,
  );
});

test("an image that is not welcome is not begun", async () => {
  const scene = await taking({ accepts: () => false });
  assert.deepEqual(await takesInWhole(scene, primary, 9), []);
  assert.deepEqual(await scene.files(), ownFiles);
});

test("an image that is not welcome any more once it is whole replaces nothing", async () => {
  let isWelcome = true;
  const scene = await taking({ accepts: () => isWelcome });
  scene.offer(primary, 9, first);
  await scene.passes(1_000);
  isWelcome = false;
  scene.chunk(primary, first, 0);
  await scene.passes(1_000);
  assert.equal(scene.said.includes("begins"), false);
  assert.deepEqual(await scene.files(), ownFiles);
});

for (const [what, disturbs] of [
  ["sends parts of an image", ({ chunk }) => chunk(nextPrimary, first, 10)],
  ["loses its link", ({ receiver }) => receiver.forget(nextPrimary)],
] as [string, (scene: Taking) => void][]) {
  test(`an image goes on to come when another server ${what}`, async () => {
    const scene = await taking();
    scene.offer(primary, 9, first);
    scene.chunk(primary, first, 0, 10);
    await scene.passes(1_000);
    disturbs(scene);
    await scene.passes(1_000);
    assert.deepEqual(scene.said, ["imageTaken to 2"]);
    scene.chunk(primary, first, 10);
    await scene.passes(1_000);
    assert.deepEqual(scene.said.slice(-tookNine.length), tookNine);
  });
}

test("the file of an image that another one is offered in place of is closed first", async () => {
  const place = bench.simPlace();
  const { disk } = place;
  const open: string[] = [];
  const create = async (name: string): Promise<DiskFile> => {
    const file = await disk.create(name);
    open.push(name);
    const close = (): Promise<void> => (open.splice(open.indexOf(name), 1), file.close());
    return { ...file, close };
  };
  const watched = { ...place, disk: { ...disk, create } as typeof disk };
  const scene = await taking({ place: watched });
  const before = [...open];
  scene.offer(primary, 9, first);
  scene.chunk(primary, first, 0, 10);
  await scene.passes(1_000);
  assert.deepEqual(open, [...before, "received.new"]);
  scene.offer(nextPrimary, 7, imageOf(7));
  await scene.passes(1_000);
  assert.deepEqual(open, [...before, "received.new"]);
});
