// When the next base image is made: when the journal has outgrown the newest one and more has been
// applied since. The store is played by the test, which counts the images that it is given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asChain, asOp, asServerId } from "../../src/base/ids.ts";
import {
  compactionPutOffTimes,
  ownImageBytesMax,
  rushBytesPerSecond,
} from "../../src/base/imageLimits.ts";
import { createChat, type ChatState } from "../../src/chat/state.ts";
import type { Applier } from "../../src/server/applier.ts";
import { makeCompaction, type Compaction } from "../../src/server/compaction.ts";
import type { Store } from "../../src/store/store.ts";
import { ChatScript } from "../support/chatScript.ts";
import { makeSimClock } from "../support/simClock.ts";

const journalBytesMin = 1_000;

class Scene {
  readonly images: number[] = [];
  failed: (message: string) => void = (message) => assert.fail(message);
  /** How many of them elsewhere than on the event loop. */
  built = 0;
  /** From now on none is ready before the builder is stopped. */
  takesLong = false;
  #giveUp: (error: Error) => void = () => undefined;
  readonly #clock = makeSimClock();
  readonly #chat: ChatState;
  readonly #compaction: Compaction;
  readonly #store: { imageOp: number; journalBytes: number };

  /** Of a journal that is too large, whatever is done. */
  constructor(
    snapshotEvery = 0,
    bytesMin = journalBytesMin,
    imageBytes = 0,
    chat: ChatState = createChat(),
  ) {
    this.#chat = chat;
    const header = { sizeBytes: 10, digest: "00" };
    const store = {
      journalBytes: 2 * journalBytesMin,
      durableOp: asOp(100),
      nextImageBytesMax: imageBytes,
      freeBytes: async () => Infinity,
      seal: async () => asOp(100),
      adoptImage: async (_: string, { op }: { readonly op: number }) => this.#note(op),
      writeImage: async ({ op }: { readonly op: number }) => this.#note(op),
      imageOp: 0,
    };
    this.#store = store;
    const build = async (op: number) => {
      this.built += 1;
      if (this.takesLong) await new Promise((_, reject) => (this.#giveUp = reject));
      return { temporaryName: "new", op, chain: asChain(1), ...header };
    };
    this.#compaction = makeCompaction({
      store: store as unknown as Store,
      log: { write: () => undefined },
      id: asServerId(0),
      snapshotEvery,
      builder: { build, stop: async () => this.#giveUp(new Error("ended")) } as never,
      failed: (message) => this.failed(message),
      clock: this.#clock,
      journalBytesMin: bytesMin,
    });
  }

  /** Many turns in which nothing is applied beyond `op`. */
  async turnsAt(op: number, turns = 20): Promise<void> {
    this.#chat.op = asOp(op);
    const applier = { chat: this.#chat, chain: asChain(1), isCaughtUp: () => true };
    for (let turn = 0; turn < turns; turn += 1) {
      this.#compaction.consider(applier as unknown as Applier, []);
      await this.#clock.runFor(1);
    }
  }

  /** The log is to be rewritten right behind a turn. */
  async quietAt(op: number): Promise<void> {
    await this.turnsAt(op, 1);
    await this.#compaction.quiet();
  }

  /** For two seconds the journal grows at this pace, a little in each turn. */
  async grow(bytesPerSecond: number): Promise<void> {
    const applier = { chat: this.#chat, chain: asChain(1), isCaughtUp: () => true };
    for (let turn = 0; turn < 200; turn += 1) {
      this.#chat.op = asOp(Math.min(100, this.#chat.op + 1));
      this.#store.journalBytes += bytesPerSecond / 100;
      this.#compaction.consider(applier as unknown as Applier, []);
      await this.#clock.runFor(10);
    }
  }

  #note(op: number): { readonly op: number; readonly sizeBytes: number; readonly digest: string } {
    this.images.push(op);
    this.#store.imageOp = op;
    return { op, sizeBytes: 10, digest: "00" };
  }
}

test("of one state one image is made, however long its journal is of what is not committed", async () => {
  const scene = new Scene();
  await scene.turnsAt(37);
  assert.deepEqual(scene.images, [37]);
  await scene.turnsAt(38);
  assert.deepEqual(scene.images, [37, 38]);
});

test("with a snapshot every three mutations there is one every three", async () => {
  const scene = new Scene(3);
  for (const op of [1, 2, 3, 4, 5, 6]) await scene.turnsAt(op);
  assert.deepEqual(scene.images, [3, 6]);
});

test("an image that could not be read back is not kept, and that is said", async () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const { chat } = script;
  // A state that no history comes to: more accounts than were ever made.
  chat.accounts.lastId = 0;
  const scene = new Scene(3, journalBytesMin, 0, chat);
  const failures: string[] = [];
  scene.failed = (message) => void failures.push(message);
  await scene.turnsAt(3);
  assert.deepEqual(scene.images, []);
  const [said = ""] = failures;
  assert.match(said, /^No base image could be made: what was made cannot be read: /);
});

test("of a large state each snapshot is made beside the event loop", async () => {
  const small = new Scene(3, journalBytesMin, ownImageBytesMax);
  await small.turnsAt(3);
  assert.deepEqual([small.images, small.built], [[3], 0]);
  const large = new Scene(3, journalBytesMin, ownImageBytesMax + 1);
  await large.turnsAt(3);
  assert.deepEqual([large.images, large.built], [[3], 1]);
});

test("an image that is due is put off while people are in a rush, and made when it is over", async () => {
  const dueBytes = 4 * rushBytesPerSecond;
  const scene = new Scene(0, dueBytes);
  for (let times = 0; times < 3; times += 1) await scene.grow(1.5 * rushBytesPerSecond);
  assert.deepEqual(scene.images, [], "due since the second time");
  await scene.grow(0);
  assert.equal(scene.images.length, 1);
});

test("an image is not put off for ever", async () => {
  const dueBytes = 16 * rushBytesPerSecond;
  const scene = new Scene(0, dueBytes);
  const seconds = (compactionPutOffTimes * dueBytes) / (4 * rushBytesPerSecond);
  for (let passed = 0; passed < seconds - 2; passed += 2) await scene.grow(4 * rushBytesPerSecond);
  assert.deepEqual(scene.images, []);
  for (let times = 0; times < 2; times += 1) await scene.grow(4 * rushBytesPerSecond);
  assert.ok(scene.images.length > 0);
});

test("an image that takes long is given up when the log is to be rewritten, and made later", async () => {
  const scene = new Scene();
  scene.takesLong = true;
  await scene.quietAt(37);
  assert.deepEqual([scene.built, scene.images], [1, []]);
  scene.takesLong = false;
  await scene.turnsAt(38);
  assert.deepEqual(scene.images, [38]);
});
