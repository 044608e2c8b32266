// From a folder in whatever state to a known history (DESIGN §5): refuses what is not ours to
// touch, finishes what was interrupted, cuts a torn tail, and puts corruption aside instead of
// guessing. Nothing is served from here; the caller gets what was found, and words for what was
// amiss.

import type { Op, ServerId } from "../base/ids.ts";
import type { Disk } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { completeInstall } from "./install.ts";
import { readImageHeader } from "./imageFile.ts";
import type { KeptImage } from "./images.ts";
import type { JournalSegment, JournalState } from "./journal.ts";
import type { HistoryPoint } from "./journalScan.ts";
import type { Meta } from "./meta.ts";
import { replaceMeta } from "./metaFile.ts";
import { metaName, promisedName, readFolderNames, type Folder } from "./names.ts";
import { readMeta } from "./promiseFile.ts";
import { putAside, quarantineFolder, secureTail } from "./repair.ts";
import { surveyFolder, type LoadedImage, type SoundFolder } from "./survey.ts";

export interface Recovered {
  /** Null in a new folder, and after its meta file was damaged. */
  readonly meta: Meta | null;
  readonly image: (HistoryPoint & { readonly content: Buffer[] }) | null;
  /** Everything after the image, in order. */
  readonly batches: readonly Batch[];
  readonly lastOp: Op;
  readonly lastChain: HistoryPoint["chain"];
  /** Cut off: never confirmed by this server. */
  readonly tornBytes: number;
  /**
   * Not null: the folder's history was damaged and has been put aside, here or at an earlier start.
   * What it held must come from the others; it counts as forgotten, promises excepted.
   */
  readonly quarantined: string | null;
  /** Whatever else the operator should know, in words. */
  readonly notes: readonly string[];
}

export type OpenRefusal = "locked" | "other-server" | "newer-format" | "unusable";

export type Recovery =
  | {
      readonly ok: true;
      readonly recovered: Recovered;
      readonly journal: JournalState;
      readonly images: readonly KeptImage[];
    }
  | { readonly ok: false; readonly refusal: OpenRefusal; readonly message: string };

/** The folder must be locked. Disk errors come out as they are. */
export async function recoverFolder(disk: Disk, serverId: ServerId): Promise<Recovery> {
  const folder = readFolderNames(await disk.list());
  const strange = refuseStrange(disk, folder);
  if (strange !== null) return strange;
  const meta = folder.hasMeta ? await readMeta(disk, folder) : null;
  if (meta?.kind === "newer") {
    const words = `${metaName} has format ${meta.format}, newer than this program reads.`;
    return refusal("newer-format", `${disk.path}: ${words} Start it with the newer program.`);
  }
  if (meta !== null && meta.meta !== null && meta.meta.serverId !== serverId) {
    const words = `belongs to server ${meta.meta.serverId}, but this is server ${serverId}`;
    return refusal("other-server", `${disk.path} ${words}. Check the id, or --state.`);
  }
  const known = meta?.kind === "ok" ? meta.meta : null;
  if (meta?.kind === "damaged") {
    const isMissing = meta.meta !== null && !folder.hasPromised;
    const refused = isMissing ? refuseWithout(disk, folder, promisedName) : null;
    if (refused !== null) return refused;
    await settleNames(disk, folder);
    const words = `${meta.what}, so what this server promised is not known.`;
    return quarantine(disk, folder, { words, meta: null });
  }
  const survey = await surveyFolder(disk, folder);
  if (survey.kind === "newer") return refusal("newer-format", `${disk.path}: ${survey.words}`);
  await settleNames(disk, folder);
  if (known !== null && meta?.isAhead === true) await replaceMeta(disk, known);
  if (survey.kind !== "sound") {
    return quarantine(disk, folder, { words: survey.words, meta: known });
  }
  return takeUp(disk, folder, { survey, meta: known });
}

/** What is seen may be merely cached; nothing is built on a name that a power cut takes back. */
async function settleNames(disk: Disk, folder: Folder): Promise<void> {
  await disk.syncFolder();
  for (const name of folder.temporaries) await disk.remove(name);
}

function refuseStrange(disk: Disk, folder: Folder): Recovery | null {
  if (folder.hasMeta || folder.quarantineMax > 0) return null;
  const [foreign] = folder.foreign;
  if (foreign !== undefined) {
    const words = `holds files that are not a server's (${foreign}), and no state of one`;
    return refusal("unusable", `${disk.path} ${words}. Give --state a folder of its own.`);
  }
  return refuseWithout(disk, folder, metaName);
}

/** Somebody's doing more likely than the disk's: with that file all of the history is here. */
function refuseWithout(disk: Disk, folder: Folder, missing: string): Recovery | null {
  const orphaned = [...folder.images, ...folder.installed, ...folder.segments][0];
  if (orphaned === undefined) return null;
  const holds = `holds ${orphaned.name} but no ${missing} file`;
  const words = `${holds}, without which promises are forgotten`;
  const next = `Restore ${missing}, or start in an empty folder.`;
  return refusal("unusable", `${disk.path} ${words}. ${next}`);
}

async function quarantine(
  disk: Disk,
  folder: Folder,
  { words, meta }: { readonly words: string; readonly meta: Meta | null },
): Promise<Recovery> {
  await quarantineFolder(disk, folder, { withMeta: meta === null && folder.hasMeta });
  const place = `The files were put aside as quarantine-${folder.quarantineMax + 1}-*`;
  return empty(meta, `${disk.path}: ${words} ${place}; the state is fetched from the others.`);
}

function empty(meta: Meta | null, quarantined: string | null): Recovery {
  const end = { op: 0 as Op, chain: 0 as HistoryPoint["chain"] };
  const recovered: Recovered = {
    meta,
    image: null,
    batches: [],
    lastOp: end.op,
    lastChain: end.chain,
    tornBytes: 0,
    quarantined,
    notes: [],
  };
  return { ok: true, recovered, journal: { end, segments: [] }, images: [] };
}

async function takeUp(
  disk: Disk,
  folder: Folder,
  { survey, meta }: { readonly survey: SoundFolder; readonly meta: Meta | null },
): Promise<Recovery> {
  const { image, torn, end } = survey;
  const [installed] = folder.installed;
  if (installed !== undefined) await completeInstall(disk, installed);
  const damaged = survey.damagedImages.map(({ name }) => name);
  await putAside(disk, folder, damaged);
  await secureTail(disk, survey);
  const notes = survey.damagedImages.map(({ words }) => `${words} An older state is used instead.`);
  if (torn !== null) {
    const { name, bytes, offset } = torn;
    notes.push(`${name}: a torn tail of ${bytes} bytes was cut at byte ${offset}.`);
  }
  const recovered: Recovered = {
    meta,
    image: image && { op: image.op, chain: image.header.chain, content: image.content },
    batches: survey.batches,
    lastOp: end.op,
    lastChain: end.chain,
    tornBytes: torn?.bytes ?? 0,
    quarantined: end.op === 0 && folder.quarantineMax > 0 ? stillQuarantined(disk) : null,
    notes,
  };
  const now = readFolderNames(await disk.list());
  const segments = await journalSegments(disk, now, survey);
  const images = await keptImages(disk, now, image);
  return { ok: true, recovered, journal: { end, segments }, images };
}

function stillQuarantined(disk: Disk): string {
  const words = "was damaged and put aside at an earlier start (quarantine-*)";
  return `The history in ${disk.path} ${words}, and nothing has replaced it yet.`;
}

async function journalSegments(
  disk: Disk,
  folder: Folder,
  survey: SoundFolder,
): Promise<JournalSegment[]> {
  const read = new Map(survey.segments.map((segment) => [segment.name, segment]));
  const segments: JournalSegment[] = [];
  for (const { name, firstOp } of folder.segments) {
    const known = read.get(name);
    const sizeBytes = known?.sizeBytes ?? (await disk.sizeBytes(name));
    segments.push({ name, firstOp, sizeBytes, fileBytes: sizeBytes, marks: known?.marks ?? [] });
  }
  return segments;
}

/** The loaded image has been read whole; of older ones the header alone is looked at. */
async function keptImages(
  disk: Disk,
  folder: Folder,
  loaded: LoadedImage | null,
): Promise<KeptImage[]> {
  const kept: KeptImage[] = [];
  for (const { name, op, atMs } of folder.images) {
    if (loaded !== null && loaded.op === op && loaded.atMs === atMs) {
      kept.push({ name, ...loaded.header });
      continue;
    }
    const reading = await readImageHeader(disk, name);
    if (reading.kind === "ok" && reading.header.op === op) kept.push({ name, ...reading.header });
  }
  return kept;
}

function refusal(kind: OpenRefusal, message: string): Recovery {
  return { ok: false, refusal: kind, message };
}

/** Why a folder cannot be opened that another process has locked. */
export async function lockedWords(disk: Disk): Promise<string> {
  const pid = (await disk.lockedBy?.()) ?? null;
  const by = pid === null ? "" : ` (process ${pid})`;
  return `Another server uses ${disk.path}${by}. Stop it first, or choose another --state.`;
}
