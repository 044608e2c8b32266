// Makes of a lost branch's records what can be merged anywhere: the state at the fork is read back
// from the folder, the branch is lived through once more, and the commands of its merge are written
// beside it. Done right after a cut (before the log goes on, so that the state at the fork is still
// there), and at a start for what a crash has left undone.

import type { Chain, Op } from "../base/ids.ts";
import { asOp, noBallot, noChain } from "../base/ids.ts";
import { takeOrphan } from "../chat/orphanedOps.ts";
import type { ChatState } from "../chat/state.ts";
import type { Log } from "../ports.ts";
import type { Orphans } from "../store/orphans.ts";
import type { Store } from "../store/store.ts";
import type { Batch } from "../wire/batch.ts";
import { encodePayload, opcodeOf } from "../wire/codec.ts";
import { serverClientId } from "../base/ids.ts";
import type { MergeCommand } from "../wire/messages.ts";
import type { CommandBytes } from "../wire/record.ts";
import { chainAt } from "../wire/batch.ts";
import { buildBatch, decodeRecordAt, isViewAt } from "../wire/record.ts";

/** The state as of an op of the folder's history, or in words why it cannot be had. */
export type ReadState = (
  op: Op,
) => Promise<
  | { readonly ok: true; readonly chat: ChatState; readonly chain: Chain }
  | { readonly ok: false; readonly message: string }
>;

export interface OrphanageOptions {
  readonly store: Store;
  readonly log: Log;
  readonly readState: ReadState;
}

/** Of everything that was set aside and is not ready to be merged yet. */
export async function prepareMerges(options: OrphanageOptions): Promise<void> {
  for (const orphans of await options.store.orphans()) {
    if (orphans.merge === null) await prepare(options, orphans);
  }
}

async function prepare(options: OrphanageOptions, orphans: Orphans): Promise<void> {
  const { store, log, readState } = options;
  const { recordFile: file, firstOp, stream } = orphans;
  try {
    if (!(await hasRequests(store, orphans))) return await store.removeOrphans(orphans);
  } catch (error) {
    return refuse(log, file, wordsOf(error));
  }
  const state = await readState(asOp(firstOp - 1));
  if (!state.ok) return refuse(log, file, state.message);
  const { merge } = await store.writeMerge(orphans, mergeBatches(store, orphans, state.chat));
  log.write("info", "merge-prepared", { stream, commands: merge?.count ?? 0 });
}

/** It stays where it is, and this server stays unverified until somebody looks after it. */
function refuse(log: Log, file: string | null, why: string): void {
  log.write("error", "orphans-cannot-be-merged", { file: file ?? "", why });
}

/** Views are most of what is ever set aside, and nothing of theirs is to be merged. */
async function hasRequests(store: Store, orphans: Orphans): Promise<boolean> {
  let found = false;
  for await (const batch of store.readOrphans(orphans, "records")) {
    for (let op = batch.firstOp; op <= batch.lastOp; op = asOp(op + 1)) {
      found ||= !isViewAt(batch, op);
    }
  }
  return found;
}

async function* mergeBatches(
  store: Store,
  orphans: Orphans,
  chat: ChatState,
): AsyncGenerator<Batch> {
  let firstOp = asOp(1);
  let chainBefore: Chain = noChain;
  let atUsBefore = 0;
  for await (const records of store.readOrphans(orphans, "records")) {
    const commands = commandsOf(chat, records, orphans.confirmed);
    if (commands.length === 0) continue;
    const start = { ballot: noBallot, firstOp, atUsBefore, chainBefore, wallUs: 0 };
    const { batch, lastAtUs } = buildBatch(start, commands);
    yield batch;
    firstOp = asOp(batch.lastOp + 1);
    chainBefore = chainAt(batch, batch.lastOp);
    atUsBefore = lastAtUs;
  }
}

function commandsOf(chat: ChatState, batch: Batch, confirmed: Op): readonly CommandBytes[] {
  const commands: CommandBytes[] = [];
  for (let op = batch.firstOp; op <= batch.lastOp; op = asOp(op + 1)) {
    const record = decodeRecordAt(batch, op);
    if ("ok" in record) throw new Error(`Orphaned record ${op} cannot be read: ${record.message}`);
    for (const command of takeOrphan(chat, record, op <= confirmed)) {
      commands.push(commandBytesOf(command));
    }
  }
  return commands;
}

/** A command of a merge on its way into a record: servers alone make it. */
export function commandBytesOf(command: MergeCommand): CommandBytes {
  const opcode = opcodeOf(command.type);
  return { client: serverClientId, opcode, payload: encodePayload(command), command };
}

function wordsOf(error: unknown): string {
  if (error instanceof Error && error.name === "Error") return error.message;
  throw error;
}
