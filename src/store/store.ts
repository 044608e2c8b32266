// One server's state folder: opens and recovers it, appends to its journal, keeps its meta file and
// base images. What is reported durable is on the medium. It knows bytes, ops and chains, but not
// what a record says. After any disk error it does nothing more; the owner ends the server.

import { assert } from "../base/assert.ts";
import type { Chain, Op, ServerId } from "../base/ids.ts";
import { noOp } from "../base/ids.ts";
import { imagePerJournalByteMax } from "../base/limits.ts";
import type { Clock, Disk, Log } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { readBatch, type ReadRequest } from "./catchUp.ts";
import type { ImageHeader, NewImage } from "./imageFile.ts";
import { makeImages, type AdoptedImage, type HeldImage, type Images } from "./images.ts";
import { beginInstall, type ImageOffer, type Install } from "./install.ts";
import { openJournal, type Journal } from "./journal.ts";
import type { Meta } from "./meta.ts";
import { makeMetaFile, type MetaFile } from "./metaFile.ts";
import { listOrphans, readOrphans, removeOrphans, writeMerge, type Orphans } from "./orphans.ts";
import { recoverFolder, type OpenRefusal, type Recovered } from "./recovery.ts";
import { saveBranch, truncateJournal, type SavedBranch, type Truncation } from "./truncate.ts";

export interface Store {
  /** Set by the owner before the first append; called once per group that has become durable. */
  onDurable: (op: Op) => void;
  /** Called once, for the first error of a write or sync; nothing is accepted any more. */
  onFailure: (error: Error) => void;
  /** Queues records that follow the last one; `flush`, once per turn, starts writing them. */
  append(batch: Batch): void;
  flush(): void;
  readonly durableOp: Op;
  /** Appended, durable or not. */
  readonly lastOp: Op;
  readonly lastChain: Chain;
  /** Size of the journal's durable records on disk that no image has made superfluous. */
  readonly journalBytes: number;
  /** How long a write or sync (of journal or meta) has been under way; 0 when none is. */
  syncAgeMs(nowMs: number): number;
  /** `done` when it is durable; saves are done in order. */
  saveMeta(meta: Meta, done: () => void): void;
  /** Ends the journal's segment; returns the last op in it. */
  seal(): Promise<Op>;
  readBatch(request: ReadRequest): Promise<Batch | "compacted" | null>;
  /** No append until it has returned. */
  truncateAfter(op: Op, options: { readonly orphanName: string }): Promise<Truncation>;
  /** Copies what is here of a branch that an image is about to replace; nothing is changed. */
  saveBranch(after: Op, options: { readonly orphanName: string }): Promise<SavedBranch>;
  /** What was set aside of lost branches, oldest first. */
  orphans(): Promise<readonly Orphans[]>;
  /** The records of one of its two files, in order; throws in words where it is damaged. */
  readOrphans(orphans: Orphans, which: "records" | "merge"): AsyncGenerator<Batch>;
  /** What its records have become, durably. */
  writeMerge(orphans: Orphans, batches: AsyncIterable<Batch>): Promise<Orphans>;
  /** Only when every record in it has been confirmed elsewhere. */
  removeOrphans(orphans: Orphans): Promise<void>;
  writeImage(image: NewImage): Promise<ImageHeader>;
  /** Takes over an image made by a worker with `writeCompacted`. */
  adoptImage(temporaryName: string, expected: AdoptedImage): Promise<ImageHeader>;
  /** All servers share the history through there: what lies before may be compacted away. */
  noteShared(op: Op): void;
  /** As of which op the newest base image is; 0 without one. */
  readonly imageOp: Op;
  /** The newest base image, held for a transfer until `release`. */
  latestImage(): HeldImage | null;
  /** No append between the install's `finish` and its return. */
  beginInstall(offer: ImageOffer): Promise<Install>;
  freeBytes(): Promise<number>;
  /** What the next base image takes at most: what the newest one does, and what follows it. */
  readonly nextImageBytesMax: number;
  /** The folder, for the operator. */
  readonly path: string;
  /** Finishes what was appended, then gives the folder free. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly serverId: ServerId;
  readonly segmentBytes?: number;
  readonly zerosAhead?: number;
}

export type OpenResult =
  | { readonly ok: true; readonly store: Store; readonly recovered: Recovered }
  | { readonly ok: false; readonly refusal: OpenRefusal; readonly message: string };

export async function openStore(options: StoreOptions): Promise<OpenResult> {
  const { disk, log, serverId } = options;
  let isLocked = false;
  try {
    isLocked = await disk.lock();
    if (!isLocked) {
      const message = `Another server uses ${disk.path}. Stop it first, or choose another --state.`;
      return { ok: false, refusal: "locked", message };
    }
    const recovery = await recoverFolder(disk, serverId);
    if (!recovery.ok) {
      await disk.unlock();
      return recovery;
    }
    const { recovered } = recovery;
    if (recovered.quarantined !== null) {
      log.write("error", "state-quarantined", { why: recovered.quarantined });
    }
    for (const note of recovered.notes) log.write("warn", "state-repaired", { what: note });
    return { ok: true, store: await makeStore(options, recovery), recovered };
  } catch (error) {
    // Whatever has a name of its own is a bug, not the disk's word.
    if (!(error instanceof Error) || error.name !== "Error") throw error;
    if (isLocked) await disk.unlock().catch(() => undefined);
    return { ok: false, refusal: "unusable", message: error.message };
  }
}

interface Parts {
  readonly options: StoreOptions;
  readonly journal: Journal;
  readonly images: Images;
  readonly metaFile: MetaFile;
}

async function makeStore(
  options: StoreOptions,
  start: Extract<Awaited<ReturnType<typeof recoverFolder>>, { readonly ok: true }>,
): Promise<Store> {
  const { disk, clock, log } = options;
  const journal: Journal = await openJournal(
    {
      ...options,
      durable: (op) => store.onDurable(op),
      failed: (error) => {
        log.write("error", "disk-failed", { why: error.message });
        store.onFailure(error);
      },
    },
    start.journal,
  );
  const images = makeImages(disk, journal, start.images);
  await images.tidy();
  const metaFile = makeMetaFile({
    disk,
    clock,
    start: start.recovered.meta,
    failed: (error) => journal.fail(error),
    hasFailed: () => journal.hasFailed(),
  });
  const store = storeOf({ options, journal, images, metaFile });
  return store;
}

function storeOf(parts: Parts): Store {
  const { journal, images, metaFile } = parts;
  const { disk } = parts.options;
  return {
    onDurable: () => undefined,
    onFailure: () => undefined,
    append: (batch) => {
      assert(metaFile.current() !== null, "the meta file is saved before the first record");
      journal.append(batch);
    },
    flush: () => journal.flush(),
    ...branchActions(parts),
    get durableOp() {
      return journal.durable().op;
    },
    get lastOp() {
      return journal.last().op;
    },
    get lastChain() {
      return journal.last().chain;
    },
    get journalBytes() {
      return journalBytesBehind(journal, images);
    },
    syncAgeMs: (nowMs) => Math.max(journal.syncAgeMs(nowMs), metaFile.saveAgeMs(nowMs)),
    saveMeta: (meta, done) => {
      assert(meta.serverId === parts.options.serverId, "a meta file names its own server");
      if (!journal.hasFailed()) metaFile.save(meta, done);
    },
    seal: () => journal.seal(),
    readBatch: (request) => orFail(journal, () => readBatch(disk, journal, request)),
    writeImage: (image) => images.write(image),
    adoptImage: (temporaryName, expected) => images.adopt(temporaryName, expected),
    noteShared: (op) => images.noteShared(op),
    get imageOp() {
      return images.kept()[0]?.op ?? noOp;
    },
    latestImage: () => images.latest(),
    beginInstall: (offer) => startInstall(parts, offer),
    freeBytes: () => disk.freeBytes(),
    get nextImageBytesMax() {
      const newestBytes = images.kept()[0]?.sizeBytes ?? 0;
      return newestBytes + Math.ceil(this.journalBytes * imagePerJournalByteMax);
    },
    path: disk.path,
    close: () => close(parts),
  };
}

async function close({ metaFile, journal, options }: Parts): Promise<void> {
  await metaFile.quiet();
  await journal.close();
  await options.disk.unlock();
}

type BranchActions = Pick<
  Store,
  "truncateAfter" | "saveBranch" | "orphans" | "readOrphans" | "writeMerge" | "removeOrphans"
>;

/** Branches that were lost: cut off, kept, and given up. */
function branchActions({ options: { disk }, journal, images }: Parts): BranchActions {
  return {
    truncateAfter: (after, { orphanName }) =>
      orFail(journal, () => truncateJournal({ disk, journal, images }, { after, orphanName })),
    saveBranch: (after, { orphanName }) =>
      orFail(journal, () => saveBranch({ disk, journal, images }, { after, orphanName })),
    orphans: () => listOrphans(disk),
    readOrphans: (orphans, which) => readOrphans(disk, orphans, which),
    writeMerge: (orphans, batches) => orFail(journal, () => writeMerge(disk, orphans, batches)),
    removeOrphans: (orphans) => orFail(journal, () => removeOrphans(disk, orphans)),
  };
}

/** Whether to make the next image: what the journal holds beyond the newest one. */
function journalBytesBehind(journal: Journal, images: Images): number {
  const imageOp = images.kept()[0]?.op ?? 0;
  let bytes = 0;
  const segments = journal.segments();
  segments.forEach(({ sizeBytes }, index) => {
    const next = segments[index + 1];
    if (next === undefined || next.firstOp > imageOp + 1) bytes += sizeBytes;
  });
  return bytes;
}

/** After an error in the middle nobody knows what the files hold: the server stops. */
async function orFail<T>(journal: Journal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    journal.fail(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** Throws in words when it would not fit: the old state stays until the new one is whole. */
async function startInstall(parts: Parts, offer: ImageOffer): Promise<Install> {
  const { options, journal, images } = parts;
  const { disk, clock } = options;
  const freeBytes = await disk.freeBytes();
  if (freeBytes < offer.sizeBytes) {
    const sizes = `it has ${offer.sizeBytes} bytes, and ${freeBytes} are free`;
    throw new Error(`${sizes} in ${disk.path}. Make room there, then start the server again.`);
  }
  const atMs = Math.floor(clock.wallUs() / 1000);
  return beginInstall({
    disk,
    offer,
    atMs,
    commit: (run) => orFail(journal, run),
    quiet: () => journal.quiet(),
    replaced: async (name) => {
      await journal.restart({ end: { op: offer.op, chain: offer.chain }, segments: [] });
      images.restart([{ ...offer, atMs, name }]);
    },
  });
}
