// Reads a state folder and judges it, changing nothing: the newest whole base image, and the
// journal after it. A damaged image is passed over for an older one when the journal reaches back
// that far. Both recovery and those who only look (inspection, compaction) start here.

import type { Op } from "../base/ids.ts";
import { asOp, noChain, noOp } from "../base/ids.ts";
import type { Disk } from "../ports.ts";
import { readImageFile, type ImageHeader } from "./imageFile.ts";
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

export interface SurveyOptions {
  /** The state as of this op is wanted, not the newest. */
  readonly throughOp?: Op;
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
  const choice = await chooseImage(disk, images, through);
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
  through: Op | null,
): Promise<Choice> {
  const damagedImages: DamagedImage[] = [];
  for (const candidate of images) {
    if (through !== null && candidate.op > through) continue;
    const { name } = candidate;
    const reading = await readImageFile(disk, name);
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
  return { kind: "chosen", image: null, damagedImages };
}
