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
import { decodeMeta, type MetaReading } from "./meta.ts";
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

/** `isNew`: whatever is there is of a folder before. Else the meta file's promise is no lower. */
export async function openPromiseFile(
  disk: Disk,
  { isNew }: { readonly isNew: boolean },
): Promise<PromiseFile> {
  const isThere = !isNew && (await disk.list()).includes(promisedName);
  if (!isThere) await makeFile(disk);
  const file: DiskFile = await disk.open(promisedName);
  let pair = 0;
  return {
    write: (promised) => {
      pair = (pair + 1) % pairCount;
      return writeFileDurably(file, encodePair(promised), pair * pairBytes);
    },
    close: () => file.close(),
  };
}

/**
 * What a folder that has a meta file must never forget, with the higher promise of both files;
 * `isAhead`: that is not the meta file's.
 */
export async function readMeta(
  disk: Disk,
  folder: Folder,
): Promise<MetaReading & { readonly isAhead: boolean }> {
  const length = await disk.sizeBytes(metaName);
  const reading = decodeMeta(await disk.read(metaName, { offset: 0, length }));
  if (reading.kind !== "ok" || !folder.hasPromised) return { ...reading, isAhead: false };
  const promised = await readPromised(disk);
  if (promised <= reading.meta.promised) return { ...reading, isAhead: false };
  return { kind: "ok", meta: { ...reading.meta, promised }, isAhead: true };
}

/** The highest that checks. What does not was never told to anybody, or stands beside another. */
async function readPromised(disk: Disk): Promise<Ballot> {
  const bytes = await disk.read(promisedName, { offset: 0, length: fileBytes });
  let promised = noBallot;
  for (let offset = 0; offset < bytes.length; offset += promisePlaceBytes) {
    const found = decodePlace(bytes.subarray(offset, offset + promisePlaceBytes));
    if (found > promised) promised = found;
  }
  return promised;
}

/** With room for all, so that a write changes nothing but what it says. */
async function makeFile(disk: Disk): Promise<void> {
  await withFile(createAnew(disk, temporaryNames.promised), async (file) => {
    await writeFile(file, Buffer.alloc(fileBytes), 0);
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

function decodePlace(place: Buffer): Ballot {
  const text = place.subarray(0, place.indexOf(10) + 1).toString("latin1");
  const parts = /^(promised (\d{1,16})) check ([0-9a-f]{8})\n$/.exec(text);
  const promised = Number(parts?.[2]);
  const isSound = parts?.[1] !== undefined && checkOf(parts[1]) === parts[3];
  return isSound ? asBallot(promised) : noBallot;
}

function checkOf(words: string): string {
  return crc32(words).toString(16).padStart(8, "0");
}
