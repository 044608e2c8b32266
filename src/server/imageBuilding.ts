// Builds the next base image from a folder's files alone: old image, sealed records, the chat's own
// apply. Runs in a worker thread beside a live server; changes nothing but its temporary file. Who
// has the state at a fork read back while it serves rests after each piece of the work.

import type { Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { imagePartBytes as partBytes, imageSyncBytes } from "../base/imageLimits.ts";
import { applySliceRecords } from "../base/limits.ts";
import { applyRecord } from "../chat/apply.ts";
import { nobody } from "../chat/nobody.ts";
import type { Disk } from "../ports.ts";
import type { View } from "../replica/types.ts";
import type { CompactedImage } from "../store/offline.ts";
import { readImageParts } from "../store/imageFile.ts";
import { readFolder, writeCompacted } from "../store/offline.ts";
import type { StateSink } from "../store/survey.ts";
import type { Batch } from "../wire/batch.ts";
import { loggedRecordAt } from "../wire/record.ts";
import { noRest, type Rest } from "./backgroundPace.ts";
import { emptyImage, encodeImage, expectDecoded, ImageDecoder } from "./image.ts";
import type { DecodedImage, ImageContent } from "./image.ts";
import { viewsIn } from "./restore.ts";

/** The state as of `throughOp`, or in words why it cannot be had. */
export async function readState(
  disk: Disk,
  throughOp?: Op,
  rest: Rest = noRest,
): Promise<
  | ({ readonly ok: true; readonly chain: CompactedImage["chain"] } & ImageContent)
  | { readonly ok: false; readonly message: string }
> {
  const sink = new StateReader(rest);
  const folder = await readFolder(disk, { ...(throughOp !== undefined && { throughOp }), sink });
  if (!folder.ok) return folder;
  const state = sink.finish();
  return state.ok ? { chain: folder.lastChain, ...state } : state;
}

/** Holds no more than the state itself, and the piece that is being read. */
class StateReader implements StateSink {
  readonly #rest: Rest;
  #decoder: ImageDecoder | null = null;
  /** Once the image has come whole. */
  #base: DecodedImage | null = null;
  /** Of the records behind it. */
  #views: View[] = [];

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  begin(imageOp: Op | null): void {
    this.#decoder = imageOp === null ? null : new ImageDecoder(imageOp);
    this.#base = null;
    this.#views = [];
  }

  async image(part: Buffer): Promise<void> {
    this.#decoder?.take(part);
    await this.#rest();
  }

  async records(batch: Batch): Promise<void> {
    const base = this.#wholeBase();
    if (!base.ok) return;
    await applyAll(base.chat, batch, this.#rest);
    this.#views.push(...viewsIn(batch));
  }

  finish(): DecodedImage {
    const base = this.#wholeBase();
    return base.ok ? { ...base, views: [...base.views, ...this.#views] } : base;
  }

  #wholeBase(): DecodedImage {
    this.#base ??= this.#decoder?.finish() ?? { ok: true, ...emptyImage() };
    return this.#base;
  }
}

export interface BuildPace {
  readonly reading: Rest;
  readonly writing: Rest;
}

/** The image as of `throughOp`, in a temporary file for the store to adopt. */
export async function buildImage(
  disk: Disk,
  { throughOp, atMs }: { readonly throughOp: Op; readonly atMs: number },
  pace: BuildPace = { reading: noRest, writing: noRest },
): Promise<CompactedImage> {
  const image = await writeState(disk, { throughOp, atMs }, pace);
  await readBack(disk, image, pace.reading);
  return image;
}

async function writeState(
  disk: Disk,
  { throughOp, atMs }: { readonly throughOp: Op; readonly atMs: number },
  pace: BuildPace,
): Promise<CompactedImage> {
  const state = await readState(disk, throughOp, pace.reading);
  if (!state.ok) throw new Error(state.message);
  const { views, chat, chain } = state;
  const content = paced(encodeImage({ views, chat }), pace.writing);
  return writeCompacted(disk, { op: chat.op, chain, atMs, content });
}

/** As it stands on the disk. */
async function readBack(disk: Disk, image: CompactedImage, rest: Rest): Promise<void> {
  const decoder = new ImageDecoder(image.op);
  const take = async (part: Buffer): Promise<void> => {
    decoder.take(part);
    await rest();
  };
  const reading = await readImageParts(disk, image.temporaryName, { partBytes, take });
  if (reading.kind !== "ok") throw new Error("what was written does not read back");
  expectDecoded(decoder);
}

/** A rest whenever so much more has been written and synced. */
async function* paced(parts: Iterable<Buffer>, rest: Rest): AsyncGenerator<Buffer> {
  let bytes = 0;
  for (const part of parts) {
    yield part;
    bytes += part.length;
    if (bytes < imageSyncBytes) continue;
    bytes = 0;
    await rest();
  }
}

async function applyAll(chat: ImageContent["chat"], batch: Batch, rest: Rest): Promise<void> {
  for (let op = batch.firstOp; op <= batch.lastOp; op = asOp(op + 1)) {
    const record = loggedRecordAt(batch, op);
    if ("ok" in record) throw new Error(`Record ${op} cannot be read: ${record.message}`);
    applyRecord(chat, record, nobody);
    if (op % applySliceRecords === 0) await rest();
  }
}
