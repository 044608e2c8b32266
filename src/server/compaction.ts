// When the next base image is made, and by whom: a worker thread builds it from the files (old base
// and sealed segments), so that the event loop never stops for it; with `--snapshot-every N` the
// server writes the image of its own state after every N mutations. Staggered by server id.

import type { ServerId } from "../base/ids.ts";
import { compactionJournalBytesMin } from "../base/limits.ts";
import type { Log } from "../ports.ts";
import type { View } from "../replica/types.ts";
import type { CompactedImage } from "../store/offline.ts";
import type { Store } from "../store/store.ts";
import type { Op } from "../base/ids.ts";
import type { Applier } from "./applier.ts";
import { encodeImage } from "./image.ts";

export interface Compaction {
  /** Called after every turn; cheap when nothing is due. */
  consider(applier: Applier, views: readonly View[]): void;
  /** There is an image, if one can be made: a joiner waits for it. */
  demand(applier: Applier): Promise<void>;
  /** No image is being made any more: the log may be rewritten. */
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
  readonly wallMs: () => number;
  readonly journalBytesMin?: number;
}

export function makeCompaction(options: CompactionOptions): Compaction {
  const { store, id, snapshotEvery } = options;
  let work: Promise<void> | null = null;
  let imageOp = 0;
  let imageBytes = 0;

  function run(job: () => Promise<void>): void {
    work = job()
      .catch((error: Error) => options.failed(`No base image could be made: ${error.message}`))
      .finally(() => (work = null));
  }

  async function fromOwnState(applier: Applier, views: readonly View[]): Promise<void> {
    const { chat, chain } = applier;
    imageOp = chat.op;
    const content = [...encodeImage({ views, chat })];
    await store.writeImage({ op: chat.op, chain, atMs: options.wallMs(), content });
  }

  async function fromFiles(applier: Applier): Promise<void> {
    const sealed = await store.seal();
    const through = Math.min(sealed, applier.chat.op) as Op;
    const image = await options.builder.build(through);
    const header = await store.adoptImage(image.temporaryName, image);
    imageOp = header.op;
    imageBytes = header.sizeBytes;
    options.log.write("info", "image-made", { op: header.op, digest: header.digest.slice(0, 16) });
  }

  return {
    consider(applier, views) {
      if (work !== null || !isReady(store, applier)) return;
      if (snapshotEvery > 0) {
        if (applier.chat.op - imageOp < snapshotEvery) return;
        return run(() => fromOwnState(applier, views));
      }
      const limitBytes = Math.max(bytesMin(options), imageBytes) * (1 + id / 4);
      if (store.journalBytes > limitBytes) run(() => fromFiles(applier));
    },
    async demand(applier) {
      if (work === null) run(() => fromFiles(applier));
      await work;
    },
    quiet: async () => void (await work),
    stop: async () => {
      await options.builder.stop();
      await work;
    },
  };
}

/** Something is applied, all of it durable: who is fed may know of commits before its disk does. */
function isReady(store: Store, applier: Applier): boolean {
  return applier.isCaughtUp() && applier.chat.op > 0 && applier.chat.op <= store.durableOp;
}

function bytesMin({ journalBytesMin }: CompactionOptions): number {
  return journalBytesMin ?? compactionJournalBytesMin;
}
