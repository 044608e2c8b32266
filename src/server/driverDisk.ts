// What the driver has the disk do for the replica besides appending: storing promises, reading
// records for followers, cutting the log (and making the state anew when more had been applied).
// Each answer comes back as an input.

import { assert } from "../base/assert.ts";
import type { Op, ServerId } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { catchUpChunkBytes } from "../base/limits.ts";
import type { Clock, Log } from "../ports.ts";
import { isApart } from "../replica/histories.ts";
import type { Replica } from "../replica/state.ts";
import type { Branch, Input, Meta, ReplicaConfig } from "../replica/types.ts";
import { orphanNameOf } from "../store/orphans.ts";
import type { Store } from "../store/store.ts";
import { batchThrough, lastAtUsOf } from "../wire/record.ts";
import type { Applier } from "./applier.ts";
import { FeedPace } from "./backgroundPace.ts";
import type { Compaction } from "./compaction.ts";
import type { ReadState } from "./orphanage.ts";
import type { DriverEvents, Peers } from "./wiring.ts";

export interface DriverDisk {
  persist(meta: Meta): void;
  saveMeta(meta: Meta, done: () => void): void;
  /** The history has changed: whom this server may meet may have as well. */
  identify(): void;
  read(peer: ServerId, after: Op): void;
  truncate(cut: Branch): void;
  /** Another server's image is about to replace everything; the branch is not in its history. */
  beginInstall(branchOf: () => Branch | null): Promise<void>;
}

export interface DriverDiskOptions {
  readonly config: ReplicaConfig;
  readonly knownServers: readonly string[];
  readonly clock: Clock;
  readonly store: Store;
  readonly log: Log;
  readonly peers: Peers;
  readonly events: DriverEvents;
  readonly applier: Applier;
  readonly compaction: Compaction;
  readonly readState: ReadState;
  readonly input: (input: Input) => void;
  readonly replica: Replica;
  /** Something was set aside, to be merged. */
  readonly setAside: () => Promise<void>;
}

export function makeDriverDisk(options: DriverDiskOptions): DriverDisk {
  const { store, events, input, clock, replica } = options;
  const pace = new FeedPace();

  let saved: Pick<Meta, "cluster" | "incarnation"> | null = null;
  const identify = (): void => {
    if (saved !== null) options.peers.setIdentity({ ...saved, apart: isApart(replica.views) });
  };

  function saveMeta(meta: Meta, done: () => void): void {
    const { cluster: clusterId, incarnation, born, promised } = meta;
    const { config, knownServers } = options;
    const lives = { incarnation, born };
    store.saveMeta({ clusterId, serverId: config.id, ...lives, promised, knownServers }, () => {
      saved = { cluster: clusterId, incarnation };
      identify();
      done();
    });
  }

  return {
    saveMeta,
    identify,
    persist: (meta) => saveMeta(meta, () => input({ kind: "persisted", meta })),
    read(peer, after) {
      const isJoiner = replica.followers.get(peer)?.joiner === true;
      // Whoever feeds a member waits for it.
      const delayMs = isJoiner ? pace.delayMs(clock.nowMs(), store.lastOp) : 0;
      if (delayMs > 0) clock.after(delayMs, () => readRecords(options, peer, after));
      else readRecords(options, peer, after);
    },
    truncate(wanted) {
      cut(options, wanted).then(input, (error: Error) => {
        events.fatal(`The journal could not be cut: ${error.message}`, 1);
      });
    },
    async beginInstall(branchOf) {
      input({ kind: "installing" });
      const branch = branchOf();
      await options.compaction.quiet();
      if (branch !== null) await save(options, branch);
    },
  };
}

function readRecords({ store, input, events }: DriverDiskOptions, peer: ServerId, after: Op): void {
  store.readBatch({ after, maxBytes: catchUpChunkBytes }).then(
    (batch) => input({ kind: "records", peer, batch }),
    (error: Error) => events.fatal(error.message, 1),
  );
}

/** The log cannot be cut so far back: what it holds of the branch is copied, and then replaced. */
async function save(options: DriverDiskOptions, { keep, ...branch }: Branch): Promise<void> {
  const { store, log } = options;
  const saved = await store.saveBranch(keep, { orphanName: orphanNameOf(branch) });
  log.write("warn", "orphans-kept", { file: saved.orphanFile ?? "", image: saved.image ?? "" });
  await options.setAside();
}

async function cut(options: DriverDiskOptions, { keep, ...branch }: Branch): Promise<Input> {
  const { store, log, applier } = options;
  const orphanName = orphanNameOf(branch);
  store.flush();
  await options.compaction.quiet();
  const truncation = await store.truncateAfter(keep, { orphanName });
  if (!truncation.ok) return { kind: "notTruncated" };
  const { orphanFile: file, count: records } = truncation;
  if (file !== null) {
    log.write("warn", "orphans-kept", { file, records });
    // Before the log goes on, and may lose the state at the fork to a base image.
    await options.setAside();
  }
  const chain = store.lastChain;
  if (!applier.cut(keep)) await rebuild(options, keep);
  return { kind: "truncated", keep, chain, lastAtUs: await lastAtUs(options, keep) };
}

/** More had been applied than is kept: the state is made anew from what checks on the disk. */
async function rebuild({ applier, readState }: DriverDiskOptions, keep: Op): Promise<void> {
  const state = await readState(keep);
  if (!state.ok) throw new Error(state.message);
  applier.reset(state.chat, state.chain);
}

async function lastAtUs({ store, applier }: DriverDiskOptions, op: Op): Promise<number> {
  if (applier.chat.op === op) return applier.chat.atUs;
  const batch = await store.readBatch({ after: asOp(op - 1), maxBytes: 1 });
  assert(batch !== null && batch !== "compacted", "the last record kept can be read");
  return lastAtUsOf(batchThrough(batch, op));
}
