// The base images of a folder: making one, taking over one that a worker has made, handing out the
// newest for transfer, and keeping two. Journal segments go only when the OLDER kept image covers
// them, so that a damaged newer image can be passed over, and only up to where all servers share
// one history: the state at any fork can be had again, and all records since. An image that
// somebody holds stays.

import { assert } from "../base/assert.ts";
import type { Chain, Op } from "../base/ids.ts";
import { noOp } from "../base/ids.ts";
import { imagesKept, removalStepBytes } from "../base/imageLimits.ts";
import type { Disk } from "../ports.ts";
import { locate, stops } from "./catchUp.ts";
import { moveDurably, removeBitByBit } from "./files.ts";
import type { ImageHeader, NewImage } from "./imageFile.ts";
import { imageHeaderBytes, readImageHeader, writeImageFile } from "./imageFile.ts";
import type { Journal } from "./journal.ts";
import { imageNameOf, temporaryNames } from "./names.ts";

export interface KeptImage extends ImageHeader {
  readonly name: string;
}

/** The newest image, held until `release`: it stays readable though newer ones come. */
export interface HeldImage {
  readonly op: Op;
  readonly chain: Chain;
  /** Of the content. */
  readonly sizeBytes: number;
  readonly digest: string;
  /** Of the content; fewer bytes only at its end. */
  read(range: { readonly offset: number; readonly length: number }): Promise<Buffer>;
  release(): void;
}

export interface AdoptedImage {
  readonly op: Op;
  readonly chain: Chain;
  readonly digest: string;
}

export interface Images {
  write(image: NewImage): Promise<ImageHeader>;
  /** Puts a file made by `writeImageFile` in its place after checking that it is the one meant. */
  adopt(temporaryName: string, expected: AdoptedImage): Promise<ImageHeader>;
  latest(): HeldImage | null;
  /** Finishes a removal that a crash has cut short. */
  tidy(): Promise<void>;
  /** Newest first. */
  kept(): readonly KeptImage[];
  /** All servers share the history through there. */
  noteShared(op: Op): void;
  /** Others have changed the files. */
  restart(kept: readonly KeptImage[]): void;
}

interface State {
  readonly disk: Disk;
  readonly journal: Journal;
  readonly removalStepBytes: number;
  readonly holds: Map<string, number>;
  kept: readonly KeptImage[];
  shared: Op;
  isWriting: boolean;
}

export function makeImages(
  disk: Disk,
  journal: Journal,
  kept: readonly KeptImage[],
  stepBytes = removalStepBytes,
): Images {
  const start = { shared: noOp, isWriting: false, removalStepBytes: stepBytes };
  const state: State = { disk, journal, holds: new Map(), kept, ...start };
  return {
    write: (image) =>
      exclusively(state, async () => {
        const header = await writeImageFile(disk, temporaryNames.image, image);
        await place(state, temporaryNames.image, header);
        return header;
      }),
    adopt: (temporaryName, expected) =>
      exclusively(state, async () => {
        const reading = await readImageHeader(disk, temporaryName);
        const isMeant =
          reading.kind === "ok" &&
          reading.header.op === expected.op &&
          reading.header.chain === expected.chain &&
          reading.header.digest === expected.digest;
        if (!isMeant)
          throw new Error(`${disk.path}/${temporaryName} is not the image of op ${expected.op}.`);
        await place(state, temporaryName, reading.header);
        return reading.header;
      }),
    latest: () => hold(state),
    tidy: () => dropOld(state),
    kept: () => state.kept,
    noteShared: (op) => {
      state.shared = op;
    },
    restart: (next) => {
      state.kept = next;
    },
  };
}

async function exclusively<T>(state: State, run: () => Promise<T>): Promise<T> {
  assert(!state.isWriting, "one base image is made at a time");
  state.isWriting = true;
  try {
    return await run();
  } finally {
    state.isWriting = false;
  }
}

async function place(state: State, temporaryName: string, header: ImageHeader): Promise<void> {
  const { disk, journal } = state;
  assert(header.op <= journal.durable().op, "a base image holds nothing that is not durable");
  if ((await chainInJournal(state, header.op)) !== header.chain) {
    await disk.remove(temporaryName);
    throw new Error(`The base image of op ${header.op} is not of the history in ${disk.path}.`);
  }
  const name = imageNameOf(header);
  await moveDurably(disk, temporaryName, name);
  const others = state.kept.filter((image) => image.name !== name);
  state.kept = [{ name, ...header }, ...others].sort(newestFirst);
  await dropOld(state);
}

/** A cut may have come between the making of an image and its taking its place. */
async function chainInJournal({ disk, journal, kept }: State, op: Op): Promise<Chain | undefined> {
  const durable = journal.durable();
  if (durable.op === op) return durable.chain;
  const segment = journal.segments().findLast(({ firstOp }) => firstOp <= op);
  if (segment !== undefined) {
    const located = await locate(disk, segment, op);
    if ("damagedOp" in located) throw new Error(`${located.words} ${stops}`);
    return located.chain;
  }
  return kept.find((image) => image.op === op)?.chain;
}

function newestFirst(left: KeptImage, right: KeptImage): number {
  return right.op - left.op || right.atMs - left.atMs;
}

async function dropOld(state: State): Promise<void> {
  const { disk, journal, holds, kept, shared } = state;
  const older = kept[imagesKept - 1];
  if (older === undefined) return;
  const base = kept.find(({ op }) => op <= shared);
  const needed = (base ?? kept.at(-1))?.name;
  state.kept = kept.filter(({ name }, index) => {
    return index < imagesKept || holds.has(name) || name === needed;
  });
  const dropped = kept.filter((image) => !state.kept.includes(image)).map(({ name }) => name);
  const segments = journal.segments();
  const covered = segments.filter((_, index) => {
    const next = segments[index + 1];
    return next !== undefined && next.firstOp <= Math.min(older.op, base?.op ?? -1) + 1;
  });
  journal.forget(new Set(covered.map(({ name }) => name)));
  // Images first: what is left after a crash in between reads as well as before it.
  for (const name of [...dropped, ...covered.map((segment) => segment.name)]) {
    await removeBitByBit(disk, name, state.removalStepBytes);
  }
  if (dropped.length + covered.length > 0) await disk.syncFolder();
}

function hold(state: State): HeldImage | null {
  const newest = state.kept[0];
  if (newest === undefined) return null;
  const { name, op, chain, sizeBytes, digest } = newest;
  state.holds.set(name, (state.holds.get(name) ?? 0) + 1);
  let isHeld = true;
  return {
    op,
    chain,
    sizeBytes,
    digest,
    read: ({ offset, length }) => {
      assert(isHeld, "a released image is not read");
      return state.disk.read(name, { offset: offset + imageHeaderBytes, length });
    },
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (state.holds.get(name) ?? 1) - 1;
      if (left > 0) state.holds.set(name, left);
      else state.holds.delete(name);
    },
  };
}
