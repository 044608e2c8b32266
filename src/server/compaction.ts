// When the next base image is made, and by whom: a worker thread builds it from the files (old base
// and sealed segments), so that the event loop never stops for it; with `--snapshot-every N` the
// server writes the image of its own state, while that is small, after every N mutations. Staggered
// by server id, and put off while people are in a rush, though not for ever.

import type { ServerId } from "../base/ids.ts";
import { compactionJournalBytesMin, compactionPutOffTimes } from "../base/imageLimits.ts";
import { compactionRetryMs, ownImageBytesMax } from "../base/imageLimits.ts";
import { inFlightBytesMax } from "../base/limits.ts";
import type { Clock, Log } from "../ports.ts";
import type { View } from "../replica/types.ts";
import type { CompactedImage } from "../store/offline.ts";
import type { Store } from "../store/store.ts";
import type { Op } from "../base/ids.ts";
import type { Applier } from "./applier.ts";
import { turnOf } from "./backgroundPace.ts";
import { encodeImage, expectReadable } from "./image.ts";
import { JournalPace } from "./journalPace.ts";

export interface Compaction {
  /** Called after every turn; cheap when nothing is due. */
  consider(applier: Applier, views: readonly View[]): void;
  /** There is an image, if one can be made: a joiner waits for it. */
  demand(applier: Applier): Promise<void>;
  /**
   * No image is being made any more: the log may be rewritten. One that somebody builds is given
   * up, since others may wait for this server meanwhile; it is made again when it is due.
   */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

/** Builds the image of the state as of `throughOp` from the folder's files, elsewhere. */
export interface ImageBuilder {
  build(throughOp: Op): Promise<CompactedImage>;
  stop(): Promise<void>;
}

export interface CompactionOptions {
  readonly store: Store;
  readonly log: Log;
  readonly id: ServerId;
  /** 0: by the journal's size alone. */
  readonly snapshotEvery: number;
  readonly builder: ImageBuilder;
  readonly failed: (message: string) => void;
  readonly clock: Clock;
  readonly journalBytesMin?: number;
}

interface State {
  readonly options: CompactionOptions;
  work: Promise<void> | null;
  /** What is being built is given up. */
  isEnding: boolean;
  /** Of the newest image made here. */
  imageBytes: number;
  retryAtMs: number;
}

export function makeCompaction(options: CompactionOptions): Compaction {
  const { store, id, snapshotEvery } = options;
  const state: State = {
    options,
    work: null,
    isEnding: false,
    imageBytes: 0,
    retryAtMs: -Infinity,
  };
  const pace = new JournalPace(store.journalBytes, options.clock.nowMs());
  return {
    consider(applier, views) {
      pace.note(store.journalBytes, options.clock.nowMs());
      if (!mayRun(state) || !isDurable(store, applier)) return;
      const newsCount = applier.chat.op - store.imageOp;
      if (snapshotEvery > 0) {
        if (!applier.isCaughtUp() || newsCount < snapshotEvery) return;
        // Writing out the own state is one turn of the event loop: only while that is a short one.
        const isSmall = store.nextImageBytesMax <= ownImageBytesMax;
        const job = isSmall
          ? () => fromOwnState(state, applier, views)
          : () => fromFiles(state, applier);
        return run(state, job);
      }
      // What is not committed makes the journal longer, but no new image.
      if (newsCount <= 0) return;
      const dueBytes = Math.max(bytesMin(options), state.imageBytes) * (1 + id / 4);
      const limitBytes = dueBytes * (pace.isRush() ? compactionPutOffTimes : 1);
      if (store.journalBytes > limitBytes) run(state, () => fromFiles(state, applier));
    },
    async demand(applier) {
      if (mayRun(state)) run(state, () => fromFiles(state, applier));
      await state.work;
    },
    quiet: () => endWork(state),
    stop: () => endWork(state),
  };
}

async function endWork(state: State): Promise<void> {
  state.isEnding = true;
  await state.options.builder.stop();
  await state.work;
  state.isEnding = false;
}

function mayRun({ options, work, retryAtMs }: State): boolean {
  return work === null && options.clock.nowMs() >= retryAtMs;
}

function run(state: State, job: () => Promise<void>): void {
  const { store, clock, failed, log } = state.options;
  state.work = expectRoom(store)
    .then(job)
    .catch((error: Error) => {
      if (state.isEnding) return log.write("debug", "image-given-up", { why: error.message });
      state.retryAtMs = clock.nowMs() + compactionRetryMs;
      failed(`No base image could be made: ${error.message}`);
    })
    .finally(() => (state.work = null));
}

async function fromOwnState(state: State, applier: Applier, views: readonly View[]): Promise<void> {
  const { store, clock } = state.options;
  const { chat, chain } = applier;
  // Looking for room took a moment.
  if (!applier.isCaughtUp() || !isDurable(store, applier)) return;
  const { op } = chat;
  const atMs = Math.floor(clock.wallUs() / 1_000);
  const content = [...encodeImage({ views, chat })];
  await expectReadable(content, op, turnOf(clock));
  await store.writeImage({ op, chain, atMs, content });
}

async function fromFiles(state: State, applier: Applier): Promise<void> {
  const { store, builder, log } = state.options;
  const sealed = await store.seal();
  if (state.isEnding) return;
  const through = Math.min(sealed, applier.chat.op) as Op;
  const image = await builder.build(through);
  const header = await store.adoptImage(image.temporaryName, image);
  state.imageBytes = header.sizeBytes;
  log.write("info", "image-made", { op: header.op, digest: header.digest.slice(0, 16) });
}

/** The journal must not fail for want of what an image took. */
async function expectRoom(store: Store): Promise<void> {
  const neededBytes = store.nextImageBytesMax + inFlightBytesMax;
  const freeBytes = await store.freeBytes();
  if (freeBytes >= neededBytes) return;
  throw new Error(
    `it may need ${neededBytes} bytes, and ${freeBytes} are free in ${store.path}. ` +
      "The journal goes on growing until there is room.",
  );
}

/** Something is applied, all of it durable: who is fed may know of commits before its disk does. */
function isDurable(store: Store, applier: Applier): boolean {
  return applier.chat.op > 0 && applier.chat.op <= store.durableOp;
}

function bytesMin({ journalBytesMin }: CompactionOptions): number {
  return journalBytesMin ?? compactionJournalBytesMin;
}
