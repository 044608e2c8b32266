// Reads a state folder and judges it, changing nothing: the newest whole base image, and the
// journal after it. A damaged image is passed over for an older one when the journal reaches back
// that far. Both recovery and those who only look (inspection, compaction) start here.

import type { Op } from "../base/ids.ts";
import { asOp, noChain, noOp } from "../base/ids.ts";
import { imagePartBytes } from "../base/imageLimits.ts";
import type { Disk } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { readImageFile, readImageParts } from "./imageFile.ts";
import type { ImageHeader, ImageReading } from "./imageFile.ts";
import { scanJournal, type SoundJournal } from "./journalScan.ts";
import type { Folder, ImageName } from "./names.ts";

export interface LoadedImage extends ImageName {
  readonly header: ImageHeader;
  readonly content: Buffer[];
}

export interface DamagedImage {
  readonly name: string;
  readonly words: string;
}

export interface SoundFolder extends SoundJournal {
  readonly image: LoadedImage | null;
  readonly damagedImages: readonly DamagedImage[];
}

export type Survey =
  SoundFolder | { readonly kind: "corrupt" | "newer" | "compacted"; readonly words: string };

/** Takes the state piece by piece, so that it is nowhere whole; the next piece waits for it. */
export interface StateSink {
  /** It begins, or begins anew: what came before counts for nothing. Null: without an image. */
  begin(imageOp: Op | null): void;
  image(part: Buffer): Promise<void>;
  records(batch: Batch): Promise<void>;
}

export interface SurveyOptions {
  /** The state as of this op is wanted, not the newest. */
  readonly throughOp?: Op;
  /** Then what is returned holds neither the image's content nor records. */
  readonly sink?: StateSink;
}

export async function surveyFolder(
  disk: Disk,
  folder: Folder,
  options: SurveyOptions = {},
): Promise<Survey> {
  const through = options.throughOp ?? null;
  const isReplaced = folder.installed.length > 0;
  const images = isReplaced ? folder.installed : folder.images;
  const segments = isReplaced ? [] : folder.segments;
  const { sink } = options;
  const choice = await chooseImage(disk, images, { through, sink });
  if (choice.kind !== "chosen") return choice;
  const { image, damagedImages } = choice;
  const from = image?.header ?? { op: noOp, chain: noChain };
  const first = segments[0];
  if (image === null && damagedImages.length > 0 && (first?.firstOp ?? Infinity) > 1) {
    const words = damagedImages.map((damaged) => damaged.words).join(" ");
    return { kind: "corrupt", words: `${words} The journal does not reach back far enough.` };
  }
  if (image === null && through !== null && images.length > 0 && (first?.firstOp ?? 2) > 1) {
    const words = `The state as of op ${through} is no longer kept; the oldest is that of op`;
    return { kind: "compacted", words: `${words} ${images.at(-1)?.op ?? 0}.` };
  }
  const scan = await scanJournal({
    disk,
    segments,
    from: { op: from.op, chain: from.chain },
    knownDurable: asOp(images[0]?.op ?? 0),
    through,
    ...(sink && { take: (batch) => sink.records(batch) }),
  });
  return scan.kind === "sound" ? { ...scan, image, damagedImages } : scan;
}

type Choice =
  | {
      readonly kind: "chosen";
      readonly image: LoadedImage | null;
      readonly damagedImages: readonly DamagedImage[];
    }
  | { readonly kind: "newer"; readonly words: string };

async function chooseImage(
  disk: Disk,
  images: readonly ImageName[],
  { through, sink }: { readonly through: Op | null; readonly sink: StateSink | undefined },
): Promise<Choice> {
  const damagedImages: DamagedImage[] = [];
  for (const candidate of images) {
    if (through !== null && candidate.op > through) continue;
    const { name } = candidate;
    const reading = await readImage(disk, candidate, sink);
    if (reading.kind === "newer") {
      const words = `${name} has format ${reading.format}, newer than this program reads.`;
      return { kind: "newer", words: `${words} Start it with the newer program.` };
    }
    if (reading.kind === "ok" && reading.header.op === candidate.op) {
      const { header, content } = reading;
      return { kind: "chosen", image: { ...candidate, header, content }, damagedImages };
    }
    const why = reading.kind === "ok" ? "its name and its header disagree" : reading.why;
    damagedImages.push({ name, words: `${name} is damaged: ${why}.` });
  }
  sink?.begin(null);
  return { kind: "chosen", image: null, damagedImages };
}

async function readImage(
  disk: Disk,
  { name, op }: ImageName,
  sink: StateSink | undefined,
): Promise<ImageReading> {
  if (sink === undefined) return readImageFile(disk, name);
  sink.begin(op);
  const take = (part: Buffer): Promise<void> => sink.image(part);
  const reading = await readImageParts(disk, name, { partBytes: imagePartBytes, take });
  return reading.kind === "ok" ? { content: [], ...reading } : reading;
}
