// Where a promise that has risen goes at once: one write in place instead of a whole meta file,
// since everybody waits for it when a primary has died. Two pairs of places take turns, so that a
// write that was torn leaves the promise before; both places of a pair say the same, so that damage
// to one of them forgets nothing. What the meta file says counts as well: the higher one.

import { crc32 } from "node:zlib";
import type { Ballot } from "../base/ids.ts";
import { asBallot, noBallot } from "../base/ids.ts";
import { promisePlaceBytes } from "../base/limits.ts";
import type { Disk, DiskFile } from "../ports.ts";
import { createAnew, moveDurably, syncFile, withFile, writeFile } from "./files.ts";
import { writeFileDurably } from "./files.ts";
import { decodeMeta, type Meta } from "./meta.ts";
import { metaName, promisedName, temporaryNames, type Folder } from "./names.ts";

const placesPerPair = 2;
const pairCount = 2;
const pairBytes = placesPerPair * promisePlaceBytes;
const fileBytes = pairCount * pairBytes;

export interface PromiseFile {
  /** Durable once it returns; one at a time, and never lower than the one before. */
  write(promised: Ballot): Promise<void>;
  close(): Promise<void>;
}

/**
 * Made anew at every start, so that whatever a write or the disk has spoilt is whole again.
 * `promised`: what the meta file says, and the promise file before.
 */
export async function openPromiseFile(disk: Disk, promised: Ballot): Promise<PromiseFile> {
  await makeFile(disk, promised);
  const file: DiskFile = await disk.open(promisedName);
  let pair = 0;
  return {
    write: (higher) => {
      pair = (pair + 1) % pairCount;
      return writeFileDurably(file, encodePair(higher), pair * pairBytes);
    },
    close: () => file.close(),
  };
}

export type FolderMeta =
  | { readonly kind: "ok"; readonly meta: Meta; readonly isAhead: boolean }
  | { readonly kind: "newer"; readonly format: number }
  /**
   * What was promised is not known. `what`: in words that go on with what follows from it; `meta`:
   * what is known all the same.
   */
  | { readonly kind: "damaged"; readonly what: string; readonly meta: Meta | null };

/**
 * What a folder that has a meta file must never forget, with the higher promise of both files;
 * `isAhead`: that is not the meta file's.
 */
export async function readMeta(disk: Disk, folder: Folder): Promise<FolderMeta> {
  const length = await disk.sizeBytes(metaName);
  const reading = decodeMeta(await disk.read(metaName, { offset: 0, length }));
  if (reading.kind === "newer") return reading;
  if (reading.kind === "damaged") return damaged(null, `the ${metaName} file does not check`);
  const { meta, promiseFile } = reading;
  if (!folder.hasPromised) {
    if (promiseFile === "none") return { kind: "ok", meta, isAhead: false };
    return damaged(meta, `the file ${promisedName} is missing`);
  }
  const promised = await readPromised(disk, { mayBeBlank: promiseFile !== "filled" });
  if (promised === null) return damaged(meta, `the file ${promisedName} does not check`);
  if (promised <= meta.promised) return { kind: "ok", meta, isAhead: false };
  return { kind: "ok", meta: { ...meta, promised }, isAhead: true };
}

function damaged(meta: Meta | null, what: string): FolderMeta {
  return { kind: "damaged", what, meta };
}

/**
 * The highest that checks; null when the file says nothing that can be believed. What does not
 * check was never told to anybody, or stands beside another: a torn write spoils one pair, and none
 * makes the file shorter.
 */
async function readPromised(
  disk: Disk,
  { mayBeBlank }: { readonly mayBeBlank: boolean },
): Promise<Ballot | null> {
  const bytes = await disk.read(promisedName, { offset: 0, length: fileBytes });
  const parts = [bytes.subarray(0, pairBytes), bytes.subarray(pairBytes)];
  const pairs = parts.map((pair) => readPair(pair, mayBeBlank));
  if (bytes.length < fileBytes || pairs.every((pair) => pair === null)) return null;
  return asBallot(Math.max(...pairs.map((pair) => pair ?? noBallot)));
}

/** The promise that it says; null where nothing checks. Older programs left unused ones blank. */
function readPair(pair: Buffer, mayBeBlank: boolean): Ballot | null {
  const places = [pair.subarray(0, promisePlaceBytes), pair.subarray(promisePlaceBytes)];
  const found = places.map(decodePlace).filter((promised) => promised !== null);
  if (found.length > 0) return asBallot(Math.max(...found));
  return mayBeBlank && pair.every((byte) => byte === 0) ? noBallot : null;
}

/** Whole, so that a write changes nothing but what it says. */
async function makeFile(disk: Disk, promised: Ballot): Promise<void> {
  const pairs = Array.from({ length: pairCount }, () => encodePair(promised));
  await withFile(createAnew(disk, temporaryNames.promised), async (file) => {
    await writeFile(file, Buffer.concat(pairs), 0);
    await syncFile(file);
  });
  await moveDurably(disk, temporaryNames.promised, promisedName);
}

function encodePair(promised: Ballot): Buffer {
  const bytes = Buffer.alloc(pairBytes);
  const words = `promised ${promised}`;
  for (let offset = 0; offset < pairBytes; offset += promisePlaceBytes) {
    bytes.write(`${words} check ${checkOf(words)}\n`, offset, "latin1");
  }
  return bytes;
}

function decodePlace(place: Buffer): Ballot | null {
  const text = place.subarray(0, place.indexOf(10) + 1).toString("latin1");
  const parts = /^(promised (\d{1,16})) check ([0-9a-f]{8})\n$/.exec(text);
  const promised = Number(parts?.[2]);
  const isSound = parts?.[1] !== undefined && checkOf(parts[1]) === parts[3];
  return isSound ? asBallot(promised) : null;
}

function checkOf(words: string): string {
  return crc32(words).toString(16).padStart(8, "0");
}
