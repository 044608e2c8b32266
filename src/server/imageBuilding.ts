// Builds the next base image from a folder's files alone: old image, sealed records, the chat's own
// apply. Runs in a worker thread beside a live server; changes nothing but its temporary file.

import type { Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { applyRecord } from "../chat/apply.ts";
import { nobody } from "../chat/nobody.ts";
import type { Disk } from "../ports.ts";
import type { CompactedImage } from "../store/offline.ts";
import { readFolder, writeCompacted } from "../store/offline.ts";
import type { Batch } from "../wire/batch.ts";
import { loggedRecordAt } from "../wire/record.ts";
import { decodeBase, encodeImage, type ImageContent } from "./image.ts";
import { viewsIn } from "./restore.ts";

/** The state as of `throughOp`, or in words why it cannot be had. */
export async function readState(
  disk: Disk,
  throughOp?: Op,
): Promise<
  | ({ readonly ok: true; readonly chain: CompactedImage["chain"] } & ImageContent)
  | { readonly ok: false; readonly message: string }
> {
  const folder = await readFolder(disk, throughOp === undefined ? {} : { throughOp });
  if (!folder.ok) return folder;
  const base = decodeBase(folder.image);
  if (!base.ok) return base;
  const views = [...base.views];
  for (const batch of folder.batches) {
    applyAll(base.chat, batch);
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

function applyAll(chat: ImageContent["chat"], batch: Batch): void {
  for (let op = batch.firstOp; op <= batch.lastOp; op = asOp(op + 1)) {
    const record = loggedRecordAt(batch, op);
    if ("ok" in record) throw new Error(`Record ${op} cannot be read: ${record.message}`);
    applyRecord(chat, record, nobody);
  }
}
