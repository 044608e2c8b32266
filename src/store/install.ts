// Receives another server's base image and makes it this folder's only state. Until the file is
// whole and durable, and its owner could read what it says, nothing old is touched. Then its name
// changes to `installed-…`, which is the moment of truth: from there on recovery finishes the work,
// however often it is interrupted.

import { createHash, type Hash } from "node:crypto";
import { assert } from "../base/assert.ts";
import type { Chain, Op } from "../base/ids.ts";
import { imagePartBytes, imageSyncBytes } from "../base/imageLimits.ts";
import type { Clock, Disk, DiskFile } from "../ports.ts";
import { createAnew, moveDurably, orFail, removeIfThere, syncFile, writeFile } from "./files.ts";
import { encodeImageHeader, imageHeaderBytes, readImageParts } from "./imageFile.ts";
import type { TakePart } from "./imageFile.ts";
import type { Images } from "./images.ts";
import type { Journal } from "./journal.ts";
import { imageNameOf, installedNameOf, readFolderNames, temporaryNames } from "./names.ts";
import type { ImageName } from "./names.ts";

export interface ImageOffer {
  readonly op: Op;
  readonly chain: Chain;
  /** Of the content. */
  readonly sizeBytes: number;
  readonly digest: string;
}

/** What was offered, or came, is no image that can be taken here; the disk is in order. */
export class BadImage extends Error {
  override readonly name = "BadImage";
}

export interface Install {
  /** Chunks in order; one at a time. */
  write(chunk: Buffer): Promise<void>;
  /**
   * Durable; `take` is given all of it in order as it reads back from the disk, a small part at a
   * time. Throws in words, the old state untouched, when what came is not what was offered.
   */
  whole(take: TakePart): Promise<void>;
  /** Behind `whole`: it replaces the old state. */
  finish(): Promise<void>;
  /** Leaves everything as it was; without effect behind `finish`. */
  abort(): Promise<void>;
}

export interface InstallOptions {
  readonly disk: Disk;
  readonly offer: ImageOffer;
  readonly atMs: number;
  /** Runs what must not fail halfway: an error in it ends the store. */
  commit(run: () => Promise<void>): Promise<void>;
  /** No record may be on its way to the disk from here on, nor is any read. */
  quiet(): Promise<void>;
  /** The folder holds the new image and nothing else. */
  replaced(name: string): Promise<void>;
}

/** Whose state is replaced. */
export interface Folder {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly images: Images;
}

interface State {
  readonly options: InstallOptions;
  readonly file: DiskFile;
  readonly hash: Hash;
  receivedBytes: number;
  syncedBytes: number;
  phase: "receiving" | "whole" | "over";
}

/** Throws in words when it would not fit: the old state stays until the new one is whole. */
export async function startInstall(
  { disk, clock, journal, images }: Folder,
  offer: ImageOffer,
): Promise<Install> {
  const freeBytes = await disk.freeBytes();
  if (freeBytes < offer.sizeBytes) {
    const sizes = `it has ${offer.sizeBytes} bytes, and ${freeBytes} are free`;
    throw new BadImage(`${sizes} in ${disk.path}. Make room there; it is tried again.`);
  }
  const atMs = Math.floor(clock.wallUs() / 1000);
  return beginInstall({
    disk,
    offer,
    atMs,
    commit: (run) => orFail(journal, run),
    quiet: async () => {
      await journal.quiet();
      journal.handOver();
    },
    replaced: async (name) => {
      await journal.restart({ end: { op: offer.op, chain: offer.chain }, segments: [] });
      images.restart([{ ...offer, atMs, name }]);
    },
  });
}

async function beginInstall(options: InstallOptions): Promise<Install> {
  const file = await createAnew(options.disk, temporaryNames.received);
  const state: State = {
    options,
    file,
    hash: createHash("sha256"),
    receivedBytes: 0,
    syncedBytes: 0,
    phase: "receiving",
  };
  return {
    write: async (chunk) => {
      assert(state.phase === "receiving", "nothing more is received");
      const offset = imageHeaderBytes + state.receivedBytes;
      state.receivedBytes += chunk.length;
      state.hash.update(chunk);
      await writeFile(file, chunk, offset);
      if (state.receivedBytes - state.syncedBytes < imageSyncBytes) return;
      // All at once at the end would keep other servers' syncs of the same disk waiting behind it.
      await syncFile(file);
      state.syncedBytes = state.receivedBytes;
    },
    whole: (take) => whole(state, take),
    finish: () => finish(state),
    abort: () => abandon(state),
  };
}

async function whole(state: State, take: TakePart): Promise<void> {
  assert(state.phase === "receiving", "nothing more is received");
  const { disk, offer, atMs } = state.options;
  const difference = differenceOf(state, offer);
  if (difference !== null) {
    await abandon(state);
    throw new BadImage(`The base image of op ${offer.op} did not arrive whole: ${difference}.`);
  }
  await writeFile(state.file, encodeImageHeader({ ...offer, atMs }), 0);
  await syncFile(state.file);
  await state.file.close();
  state.phase = "whole";
  const parts = { partBytes: imagePartBytes, take };
  const reading = await readImageParts(disk, temporaryNames.received, parts);
  if (reading.kind === "ok") return;
  await abandon(state);
  throw new Error(`${disk.path} does not give back what was written to it.`);
}

async function finish(state: State): Promise<void> {
  assert(state.phase === "whole", "only what has come whole is installed");
  const { disk, offer, atMs, quiet, replaced, commit } = state.options;
  state.phase = "over";
  await quiet();
  const name = installedNameOf({ op: offer.op, atMs });
  await commit(async () => {
    await moveDurably(disk, temporaryNames.received, name);
    await replaced(await completeInstall(disk, { name, op: offer.op, atMs }));
  });
}

function differenceOf(state: State, offer: ImageOffer): string | null {
  if (state.receivedBytes !== offer.sizeBytes) {
    return `${state.receivedBytes} bytes of ${offer.sizeBytes}`;
  }
  return state.hash.digest("hex") === offer.digest ? null : "its digest differs";
}

async function abandon(state: State): Promise<void> {
  const { phase } = state;
  state.phase = "over";
  if (phase === "over") return;
  if (phase === "receiving") await state.file.close();
  await removeIfThere(state.options.disk, temporaryNames.received);
}

/** Removes what the installed image replaces and gives it its final name, which it returns. */
export async function completeInstall(disk: Disk, installed: ImageName): Promise<string> {
  const folder = readFolderNames(await disk.list());
  for (const { name } of [...folder.images, ...folder.segments]) await disk.remove(name);
  await disk.syncFolder();
  const name = imageNameOf(installed);
  await moveDurably(disk, installed.name, name);
  return name;
}
