// For those who read a folder that is not theirs, taking no lock and changing nothing: inspection
// of a (running or stopped) server's folder, and the worker that builds the next base image from
// it. The worker's file waits under a temporary name until the store adopts it.

import type { Op } from "../base/ids.ts";
import type { Disk } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { writeImageFile, type NewImage } from "./imageFile.ts";
import type { AdoptedImage } from "./images.ts";
import type { HistoryPoint } from "./journalScan.ts";
import type { Meta } from "./meta.ts";
import { readFolderNames, temporaryNames, type Folder } from "./names.ts";
import { readMeta } from "./promiseFile.ts";
import { surveyFolder, type SoundFolder, type SurveyOptions } from "./survey.ts";

export interface FolderContent {
  readonly ok: true;
  readonly meta: Meta | null;
  readonly image: (HistoryPoint & { readonly content: Buffer[] }) | null;
  /** Everything after the image, up to and with `lastOp`. */
  readonly batches: readonly Batch[];
  readonly lastOp: Op;
  readonly lastChain: HistoryPoint["chain"];
  readonly notes: readonly string[];
}

export type FolderReading =
  | FolderContent
  | {
      readonly ok: false;
      readonly refusal: "corrupt" | "newer-format" | "compacted" | "unusable";
      readonly message: string;
    };

/**
 * The state's bytes as of `throughOp`, or the newest. Disk errors come out as they are. What a
 * server is just writing may be read later part first, which looks like damage; but damage stays in
 * its place.
 */
export async function readFolder(disk: Disk, options: SurveyOptions = {}): Promise<FolderReading> {
  let reading = await readOnce(disk, options);
  for (let left = rereadingsMax; left > 0; left -= 1) {
    if (reading.ok || reading.refusal !== "corrupt") return reading;
    const again = await readOnce(disk, options);
    if (!again.ok && again.message === reading.message) return again;
    reading = again;
  }
  return reading;
}

const rereadingsMax = 8;

async function readOnce(disk: Disk, options: SurveyOptions): Promise<FolderReading> {
  const names = await disk.list();
  try {
    return await readNamed(disk, readFolderNames(names), options);
  } catch (error) {
    // The server may have removed an old file meanwhile; then there is a newer one to read.
    const namesNow = await disk.list();
    if (namesNow.join() === names.join()) throw error;
    return readNamed(disk, readFolderNames(namesNow), options);
  }
}

async function readNamed(
  disk: Disk,
  folder: Folder,
  options: SurveyOptions,
): Promise<FolderReading> {
  if (!folder.hasMeta && folder.images.length + folder.segments.length === 0) {
    return refused("unusable", `${disk.path} holds no server's state.`);
  }
  const survey = await surveyFolder(disk, folder, options);
  if (survey.kind === "newer") return refused("newer-format", `${disk.path}: ${survey.words}`);
  if (survey.kind !== "sound") return refused(survey.kind, `${disk.path}: ${survey.words}`);
  const { throughOp } = options;
  if (throughOp !== undefined && survey.end.op < throughOp) {
    const words = `The history ends at op ${survey.end.op}, before op ${throughOp}`;
    return refused("unusable", `${disk.path}: ${words}.`);
  }
  return contentOf(survey, await soundMeta(disk, folder));
}

function contentOf(survey: SoundFolder, meta: Meta | null): FolderContent {
  const { image, batches, end, damagedImages } = survey;
  return {
    ok: true,
    meta,
    image: image && { op: image.op, chain: image.header.chain, content: image.content },
    batches,
    lastOp: end.op,
    lastChain: end.chain,
    notes: damagedImages.map(({ words }) => words),
  };
}

async function soundMeta(disk: Disk, folder: Folder): Promise<Meta | null> {
  if (!folder.hasMeta) return null;
  const reading = await readMeta(disk, folder);
  return reading.kind === "ok" ? reading.meta : null;
}

function refused(
  refusal: "corrupt" | "newer-format" | "compacted" | "unusable",
  message: string,
): FolderReading {
  return { ok: false, refusal, message };
}

export interface CompactedImage extends AdoptedImage {
  readonly temporaryName: string;
}

/** Writes the next base image durably; what it returns goes to `store.adoptImage`. */
export async function writeCompacted(disk: Disk, image: NewImage): Promise<CompactedImage> {
  const temporaryName = temporaryNames.compacted;
  const { op, chain, digest } = await writeImageFile(disk, temporaryName, image);
  return { op, chain, digest, temporaryName };
}
