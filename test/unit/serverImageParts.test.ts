// A base image is read part by part, so that whoever takes one in, or has a state read back while
// it serves, never stands still for the whole of it: any cut into parts gives the same state, the
// parts are small however large the image, and other work gets its turn between two of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { asBallot, asChain, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import { imageChunkBytes, imagePartBytes, imageSyncBytes } from "../../src/base/imageLimits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import type { View } from "../../src/replica/types.ts";
import { decodeImage, encodeImage, ImageDecoder } from "../../src/server/image.ts";
import { readState } from "../../src/server/imageBuilding.ts";
import { ImageReceiver } from "../../src/server/imageReceiver.ts";
import type { Disk, DiskFile } from "../../src/ports.ts";
import { imageHeaderBytes } from "../../src/store/imageFile.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import { ChatScript } from "../support/chatScript.ts";
import * as bench from "../support/storeBench.ts";

const primary = asServerId(0);
const ballot = asBallot(64);
const view: View = {
  ballot,
  startOp: asOp(1),
  primary,
  verified: true,
  parent: asBallot(0),
  parentActive: false,
  members: [primary, asServerId(1)],
  incarnations: [asIncarnation(1), asIncarnation(1)],
};

function chatOf(letters: number): ChatScript["chat"] {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  for (let count = 0; count < letters; count += 1) {
    script.send(1, "bob", "x".repeat((count * 31) % 1_000));
  }
  return script.chat;
}

function imageOf(chat: ChatScript["chat"]): Buffer {
  const views = [view, { ...view, ballot: asBallot(128), startOp: asOp(2) }];
  return Buffer.concat([...encodeImage({ views, chat })]);
}

test("an image says the same however it is cut into parts", () => {
  const chat = chatOf(200);
  const content = imageOf(chat);
  const whole = decodeImage([content], chat.op);
  assert.ok(whole.ok);
  assert.equal(chatDigest(whole.chat), chatDigest(chat));
  for (const bytesMax of [1, 3, 40, 5_000]) {
    const decoder = new ImageDecoder(chat.op);
    const prng = makePrng(bytesMax);
    for (let at = 0; at < content.length;) {
      const size = 1 + prng.below(bytesMax);
      // What was taken may be overwritten at once.
      const part = Buffer.from(content.subarray(at, at + size));
      decoder.take(part);
      part.fill(0);
      at += size;
    }
    const decoded = decoder.finish();
    assert.ok(decoded.ok, `parts of at most ${bytesMax} bytes`);
    assert.deepEqual(decoded.views, whole.views);
    assert.equal(chatDigest(decoded.chat), chatDigest(chat));
  }
});

test("an image cut short at any byte is refused, in whatever parts it came", () => {
  const chat = chatOf(3);
  const content = imageOf(chat);
  for (let length = 0; length < content.length; length += 1) {
    const cut = content.subarray(0, length);
    const whole = decodeImage([cut], chat.op);
    const bytewise = decodeImage(
      [...cut].map((byte) => Buffer.of(byte)),
      chat.op,
    );
    assert.ok(!whole.ok && !bytewise.ok, `cut at ${length}`);
    assert.equal(whole.message, bytewise.message);
  }
});

const readMs = 3;

interface Watched {
  readonly place: bench.SimPlace;
  /** Of each reading, and `turn` for each turn of the other work. */
  readonly reads: (number | "turn")[];
  /** Of what was written between two syncs of the image that is received. */
  readonly unsynced: number[];
  stop(): void;
}

/** Other work wants a turn of the event loop all the time. */
function watched(): Watched {
  const place = bench.simPlace();
  const reads: Watched["reads"] = [];
  const unsynced: number[] = [];
  const disk: Disk = {
    ...place.disk,
    read: (name, range) => {
      reads.push(range.length);
      return place.disk.read(name, range);
    },
    create: async (name) => counting(await place.disk.create(name), unsynced),
  };
  // A disk's answer is a turn of its own, and timers fire between two of them.
  place.disk.setLatencyMs("read", readMs);
  let isOver = false;
  const work = (): void => {
    reads.push("turn");
    if (!isOver) place.clock.after(0, work);
  };
  place.clock.after(0, work);
  const stop = (): void => void (isOver = true);
  return { place: { ...place, disk: disk as typeof place.disk }, reads, unsynced, stop };
}

function counting(file: DiskFile, unsynced: number[]): DiskFile {
  let bytes = 0;
  return {
    ...file,
    write: (part, offset, done) => {
      bytes += part.length;
      file.write(part, offset, done);
    },
    sync: (done) => {
      unsynced.push(bytes);
      bytes = 0;
      file.sync(done);
    },
  };
}

/** The most that was read between two turns of the other work. */
function longestTurn(reads: Watched["reads"]): number {
  let longest = 0;
  let bytes = 0;
  for (const one of reads) {
    bytes = one === "turn" ? 0 : bytes + one;
    longest = Math.max(longest, bytes);
  }
  return longest;
}

test("a large image is synced bit by bit, and read back in small parts with other work between", async () => {
  const { place, reads, unsynced, stop } = watched();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  const chat = chatOf(8_000);
  const content = imageOf(chat);
  assert.ok(content.length > 12 * imagePartBytes);
  const said: string[] = [];
  const signedMs: number[] = [];
  const receiver = new ImageReceiver({
    clock: place.clock,
    store,
    send: (_, message) => {
      said.push(message.type === "imageTaken" ? `${message.offset}` : "?");
      signedMs.push(place.clock.nowMs());
    },
    accepts: () => true,
    begins: () => Promise.resolve(),
    installed: (_, image) => said.push(chatDigest(image.chat)),
    failed: (message) => assert.fail(message),
    peers: { refuse: (_, message) => assert.fail(message) },
  });
  const digest = digestOf([content]);
  const offer = { op: chat.op, chain: asChain(9), sizeBytes: content.length, digest };
  receiver.take(primary, { type: "joinImage", ballot, ...offer });
  for (let offset = 0; offset < content.length; offset += imageChunkBytes) {
    const part = content.subarray(offset, offset + imageChunkBytes);
    const crc = asChain(crc32(part, 0));
    receiver.take(primary, { type: "imageChunk", offset, crc, content: part });
  }
  const whole = `${content.length}`;
  await place.clock.runUntil(() => said.includes(whole), { limitMs: 60_000 });
  stop();
  assert.deepEqual(said.slice(-2), [chatDigest(chat), whole]);
  const signs = said.filter((word) => word === "0").length;
  assert.ok(signs >= content.length / imagePartBytes, "signs of life while it is read back");
  const back = signedMs.slice(-signs, -1);
  const gapsMs = back.slice(1).map((atMs, index) => atMs - (back[index] ?? 0));
  const rests = gapsMs.filter((ms) => ms > 2 * readMs).length;
  assert.ok(rests >= Math.floor(content.length / imageSyncBytes) - 1, `rests: ${gapsMs}`);
  assert.ok(longestTurn(reads) <= imagePartBytes + imageHeaderBytes, `${longestTurn(reads)}`);
  assert.ok(Math.max(...unsynced) < imageSyncBytes + imageChunkBytes, `${unsynced}`);
});

test("a state is read back from the files in short pieces, with a rest after each", async () => {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 5);
  const chat = chatOf(8_000);
  const content = imageOf(chat);
  const digest = digestOf([content]);
  const offer = { op: chat.op, chain: asChain(9), sizeBytes: content.length, digest };
  const install = await place.run(store.beginInstall(offer));
  await place.run(install.write(content));
  await place.run(install.whole(() => undefined));
  await place.run(install.finish());
  let rests = 0;
  const rest = async (): Promise<void> => void (rests += 1);
  const state = await place.run(readState(place.disk, undefined, rest));
  assert.ok(state.ok);
  assert.equal(chatDigest(state.chat), chatDigest(chat));
  assert.ok(rests >= content.length / imagePartBytes, `${rests}`);
});
