// From what recovery found on the disk to a replica and a chat: the image's state, the records
// behind it (not applied: nobody knows yet which of them are committed), and a new incarnation.

import { assert } from "../base/assert.ts";
import type { Chain } from "../base/ids.ts";
import { asIncarnation, noBallot, noChain, noOp } from "../base/ids.ts";
import type { ChatState } from "../chat/state.ts";
import { lastLifeIn } from "../replica/histories.ts";
import { isOfFolderBefore } from "../replica/membership.ts";
import type { Recovered, View } from "../replica/types.ts";
import type { Recovered as RecoveredFolder } from "../store/recovery.ts";
import type { Batch } from "../wire/batch.ts";
import { decodeRecordAt, isViewAt, lastAtUsOf } from "../wire/record.ts";
import { asOp } from "../base/ids.ts";
import { decodeBase } from "./image.ts";

export interface Restored {
  readonly chat: ChatState;
  /** After the chat's last op. */
  readonly chain: Chain;
  readonly batches: readonly Batch[];
  readonly replica: Recovered;
}

export type Restoration =
  ({ readonly ok: true } & Restored) | { readonly ok: false; readonly message: string };

/**
 * `wallMs` numbers the first life of a folder that remembers none: whoever was wiped must not come
 * back under a number that others hold for dead. It orders nothing else.
 */
export function restore(folder: RecoveredFolder, wallMs: number): Restoration {
  const { image, meta, batches } = folder;
  const decoded = decodeBase(image);
  if (!decoded.ok) return decoded;
  const views = [...decoded.views];
  let lastAtUs = decoded.chat.atUs;
  for (const batch of batches) {
    views.push(...viewsIn(batch));
    lastAtUs = lastAtUsOf(batch);
  }
  const lived = meta === null ? Math.max(0, wallMs) : meta.incarnation;
  const told = meta === null ? 0 : lastLifeIn(views, meta.serverId);
  const incarnation = asIncarnation(Math.max(lived, told) + 1);
  // A history that was put aside is forgotten as one that was wiped. A history that has been fed
  // since may tell of lives of the folder before: it died before it had stored the one that follows
  // them (outgrowOldLife).
  const isNew =
    meta === null ||
    folder.quarantined !== null ||
    told > lived ||
    views.some((view) => isOfFolderBefore(view, meta.serverId, meta));
  return {
    ok: true,
    chat: decoded.chat,
    chain: image?.chain ?? noChain,
    batches,
    replica: {
      cluster: meta?.clusterId ?? "",
      incarnation,
      born: isNew ? incarnation : meta.born,
      promised: meta?.promised ?? noBallot,
      views,
      lastOp: folder.lastOp,
      lastChain: folder.lastChain,
      lastAtUs,
      committed: image?.op ?? noOp,
    },
  };
}

/** The views among a batch's records. */
export function viewsIn(batch: Batch): View[] {
  const views: View[] = [];
  for (let op = batch.firstOp; op <= batch.lastOp; op = asOp(op + 1)) {
    if (!isViewAt(batch, op)) continue;
    const record = decodeRecordAt(batch, op);
    assert(!("ok" in record) && record.command.type === "view", `op ${op} is a view's record`);
    const { type: _, ...fields } = record.command;
    views.push({ ballot: record.ballot, startOp: op, ...fields });
  }
  return views;
}
