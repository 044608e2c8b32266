// One server's state folder: opens and recovers it, appends to its journal, keeps its meta file and
// base images. What is reported durable is on the medium. It knows bytes, ops and chains, but not
// what a record says. After any disk error it does nothing more; the owner ends the server.

import { assert } from "../base/assert.ts";
import type { Chain, Op, ServerId } from "../base/ids.ts";
import { noOp } from "../base/ids.ts";
import { imagePerJournalByteMax } from "../base/imageLimits.ts";
import type { Clock, Disk, Log } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { readBatch, type ReadRequest } from "./catchUp.ts";
import { orFail } from "./files.ts";
import type { ImageHeader, NewImage } from "./imageFile.ts";
import { makeImages, type AdoptedImage, type HeldImage, type Images } from "./images.ts";
import { startInstall, type ImageOffer, type Install } from "./install.ts";
import { openJournal, type Journal } from "./journal.ts";
import type { Meta } from "./meta.ts";
import { makeMetaFile, type MetaFile } from "./metaFile.ts";
import { listOrphans, readOrphans, removeOrphans, writeMerge, type Orphans } from "./orphans.ts";
import { lockedWords, recoverFolder, type OpenRefusal, type Recovered } from "./recovery.ts";
import { saveBranch, truncateJournal, type SavedBranch, type Truncation } from "./truncate.ts";

export interface Store {
  /** Set by the owner before the first append; called once per group that has become durable. */
  onDurable: (op: Op) => void;
  /** Called once, for the first error of a write or sync; nothing is accepted any more. */
  onFailure: (error: Error) => void;
  /**
   * Queues records that follow the last one; `flush`, once per turn, starts writing them. Damage to
   * what `isMarked` never passes for a tail that was torn off before it was durable.
   */
  append(batch: Batch, isMarked?: boolean): void;
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
  /** Of a larger file that is removed so much goes at once. */
  readonly removalStepBytes?: number;
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
      return { ok: false, refusal: "locked", message: await lockedWords(disk) };
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
      durable: (op) => store.onDurable(op),
      failed: (error) => {
        log.write("error", "disk-failed", { why: error.message });
        store.onFailure(error);
      },
      ...options,
    },
    start.journal,
  );
  const images = makeImages(disk, journal, start.images, options.removalStepBytes);
  await images.tidy();
  const metaFile = makeMetaFile({
    disk,
    clock,
    start: start.recovered.meta,
    failed: (error) => journal.fail(error),
    hasFailed: () => journal.hasFailed(),
  });
  const store: Store = new FolderStore({ options, journal, images, metaFile });
  return store;
}

/** A class: a literal with getters is a slow object, and this one is asked in every turn. */
class FolderStore implements Store {
  onDurable: Store["onDurable"] = () => undefined;
  onFailure: Store["onFailure"] = () => undefined;
  readonly path: string;
  readonly #parts: Parts;
  readonly #disk: Disk;
  readonly #journal: Journal;
  readonly #images: Images;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#disk = parts.options.disk;
    this.#journal = parts.journal;
    this.#images = parts.images;
    this.path = parts.options.disk.path;
  }

  get durableOp(): Op {
    return this.#journal.durable().op;
  }

  get lastOp(): Op {
    return this.#journal.last().op;
  }

  get lastChain(): Chain {
    return this.#journal.last().chain;
  }

  get journalBytes(): number {
    return journalBytesBehind(this.#journal, this.#images);
  }

  get imageOp(): Op {
    return this.#images.kept()[0]?.op ?? noOp;
  }

  get nextImageBytesMax(): number {
    const newestBytes = this.#images.kept()[0]?.sizeBytes ?? 0;
    return newestBytes + Math.ceil(this.journalBytes * imagePerJournalByteMax);
  }

  append(batch: Batch, isMarked = false): void {
    const { metaFile } = this.#parts;
    assert(metaFile.current() !== null, "the meta file is saved before the first record");
    this.#journal.append(batch, isMarked);
  }

  flush(): void {
    this.#journal.flush();
  }

  syncAgeMs(nowMs: number): number {
    return Math.max(this.#journal.syncAgeMs(nowMs), this.#parts.metaFile.saveAgeMs(nowMs));
  }

  saveMeta(meta: Meta, done: () => void): void {
    const { options, metaFile } = this.#parts;
    assert(meta.serverId === options.serverId, "a meta file names its own server");
    if (!this.#journal.hasFailed()) metaFile.save(meta, done);
  }

  seal(): Promise<Op> {
    return this.#journal.seal();
  }

  readBatch(request: ReadRequest): ReturnType<Store["readBatch"]> {
    return orFail(this.#journal, () => readBatch(this.#folder(), this.#parts.options.log, request));
  }

  writeImage(image: NewImage): Promise<ImageHeader> {
    return this.#images.write(image);
  }

  adoptImage(temporaryName: string, expected: AdoptedImage): Promise<ImageHeader> {
    return this.#images.adopt(temporaryName, expected);
  }

  noteShared(op: Op): void {
    this.#images.noteShared(op);
  }

  latestImage(): HeldImage | null {
    return this.#images.latest();
  }

  beginInstall(offer: ImageOffer): Promise<Install> {
    return startInstall({ ...this.#folder(), clock: this.#parts.options.clock }, offer);
  }

  freeBytes(): Promise<number> {
    return this.#disk.freeBytes();
  }

  // ---- branches that were lost: cut off, kept, and given up

  truncateAfter(after: Op, { orphanName }: { readonly orphanName: string }): Promise<Truncation> {
    return orFail(this.#journal, () => truncateJournal(this.#folder(), { after, orphanName }));
  }

  saveBranch(after: Op, { orphanName }: { readonly orphanName: string }): Promise<SavedBranch> {
    return orFail(this.#journal, () => saveBranch(this.#folder(), { after, orphanName }));
  }

  orphans(): Promise<readonly Orphans[]> {
    return listOrphans(this.#disk);
  }

  readOrphans(orphans: Orphans, which: "records" | "merge"): AsyncGenerator<Batch> {
    return readOrphans(this.#disk, orphans, which);
  }

  writeMerge(orphans: Orphans, batches: AsyncIterable<Batch>): Promise<Orphans> {
    return orFail(this.#journal, () => writeMerge(this.#disk, orphans, batches));
  }

  removeOrphans(orphans: Orphans): Promise<void> {
    return orFail(this.#journal, () => removeOrphans(this.#disk, orphans));
  }

  async close(): Promise<void> {
    await this.#parts.metaFile.close();
    await this.#journal.close();
    await this.#disk.unlock();
  }

  #folder(): { readonly disk: Disk; readonly journal: Journal; readonly images: Images } {
    return { disk: this.#disk, journal: this.#journal, images: this.#images };
  }
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
