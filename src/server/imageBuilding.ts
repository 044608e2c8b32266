// Builds the next base image from a folder's files alone: old image, sealed records, the chat's own
// apply. Runs in a worker thread beside a live server; changes nothing but its temporary file. Who
// has the state at a fork read back while it serves rests after each piece of the work.

import type { Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { imagePartBytes } from "../base/imageLimits.ts";
import { applySliceRecords } from "../base/limits.ts";
import { applyRecord } from "../chat/apply.ts";
import { nobody } from "../chat/nobody.ts";
import type { Disk } from "../ports.ts";
import type { CompactedImage, FolderContent } from "../store/offline.ts";
import { readFolder, writeCompacted } from "../store/offline.ts";
import type { Batch } from "../wire/batch.ts";
import { loggedRecordAt } from "../wire/record.ts";
import { emptyImage, encodeImage, ImageDecoder } from "./image.ts";
import type { DecodedImage, ImageContent } from "./image.ts";
import { viewsIn } from "./restore.ts";

/** Between two pieces of work of a few milliseconds each. */
export type Rest = () => Promise<void>;

/** The state as of `throughOp`, or in words why it cannot be had. */
export async function readState(
  disk: Disk,
  throughOp?: Op,
  rest: Rest = noRest,
): Promise<
  | ({ readonly ok: true; readonly chain: CompactedImage["chain"] } & ImageContent)
  | { readonly ok: false; readonly message: string }
> {
  const folder = await readFolder(disk, throughOp === undefined ? {} : { throughOp });
  if (!folder.ok) return folder;
  const base = await decodeInParts(folder.image, rest);
  if (!base.ok) return base;
  const views = [...base.views];
  for (const batch of folder.batches) {
    await applyAll(base.chat, batch, rest);
    views.push(...viewsIn(batch));
  }
  return { ok: true, chain: folder.lastChain, views, chat: base.chat };
}

/** The image as of `throughOp`, in a temporary file for the store to adopt. */
export async function buildImage(disk: Disk, throughOp: Op, atMs: number): Promise<CompactedImage> {
  const state = await readState(disk, throughOp);
  if (!state.ok) throw new Error(state.message);
  const { views, chat, chain } = state;
  return writeCompacted(disk, { op: chat.op, chain, atMs, content: encodeImage({ views, chat }) });
}

async function decodeInParts(image: FolderContent["image"], rest: Rest): Promise<DecodedImage> {
  if (image === null) return { ok: true, ...emptyImage() };
  const decoder = new ImageDecoder(image.op);
  for (const bytes of image.content) {
    for (let at = 0; at < bytes.length; at += imagePartBytes) {
      decoder.take(bytes.subarray(at, at + imagePartBytes));
      await rest();
    }
  }
  return decoder.finish();
}

async function applyAll(chat: ImageContent["chat"], batch: Batch, rest: Rest): Promise<void> {
  for (let op = batch.firstOp; op <= batch.lastOp; op = asOp(op + 1)) {
    const record = loggedRecordAt(batch, op);
    if ("ok" in record) throw new Error(`Record ${op} cannot be read: ${record.message}`);
    applyRecord(chat, record, nobody);
    if (op % applySliceRecords === 0) await rest();
  }
}

async function noRest(): Promise<void> {
  // Nobody waits for this thread.
}
