// What the driver has the disk do for the replica besides appending: storing promises, reading
// records for followers, cutting the log (and making the state anew when more had been applied).
// Each answer comes back as an input.

import { assert } from "../base/assert.ts";
import type { Ballot, Op, ServerId } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { catchUpChunkBytes } from "../base/limits.ts";
import type { Log } from "../ports.ts";
import type { Input, Meta, ReplicaConfig } from "../replica/types.ts";
import type { Store } from "../store/store.ts";
import { batchThrough, lastAtUsOf } from "../wire/record.ts";
import type { Applier } from "./applier.ts";
import type { Compaction } from "./compaction.ts";
import { restoreThrough } from "./restore.ts";
import type { DriverEvents, Peers } from "./wiring.ts";

export interface DriverDisk {
  persist(meta: Meta): void;
  saveMeta(meta: Meta, done: () => void): void;
  read(peer: ServerId, after: Op): void;
  truncate(keep: Op, ballot: Ballot): void;
}

export interface DriverDiskOptions {
  readonly config: ReplicaConfig;
  readonly knownServers: readonly string[];
  readonly store: Store;
  readonly log: Log;
  readonly peers: Peers;
  readonly events: DriverEvents;
  readonly applier: Applier;
  readonly compaction: Compaction;
  readonly input: (input: Input) => void;
}

export function makeDriverDisk(options: DriverDiskOptions): DriverDisk {
  const { store, events, input } = options;

  function saveMeta(meta: Meta, done: () => void): void {
    const { cluster: clusterId, incarnation, promised } = meta;
    const { config, knownServers } = options;
    store.saveMeta({ clusterId, serverId: config.id, incarnation, promised, knownServers }, () => {
      options.peers.setIdentity({ cluster: clusterId, incarnation });
      done();
    });
  }

  return {
    saveMeta,
    persist: (meta) => saveMeta(meta, () => input({ kind: "persisted", meta })),
    read(peer, after) {
      store.readBatch({ after, maxBytes: catchUpChunkBytes }).then(
        (batch) => input({ kind: "records", peer, batch }),
        (error: Error) => events.fatal(error.message, 1),
      );
    },
    truncate(keep, ballot) {
      cut(options, keep, `orphans-${ballot}`).then(input, (error: Error) => {
        events.fatal(`The journal could not be cut: ${error.message}`, 1);
      });
    },
  };
}

async function cut(options: DriverDiskOptions, keep: Op, orphanName: string): Promise<Input> {
  const { store, log, applier } = options;
  store.flush();
  await options.compaction.quiet();
  const truncation = await store.truncateAfter(keep, { orphanName });
  if (!truncation.ok) return { kind: "notTruncated" };
  const { orphanFile: file, count: records } = truncation;
  if (file !== null) log.write("warn", "orphans-kept", { file, records });
  const chain = store.lastChain;
  if (!applier.cut(keep)) await rebuild(options, keep);
  return { kind: "truncated", keep, chain, lastAtUs: await lastAtUs(options, keep) };
}

/** More had been applied than is kept: the state is made anew from the disk. */
async function rebuild({ store, applier }: DriverDiskOptions, keep: Op): Promise<void> {
  const state = await restoreThrough(store, keep);
  applier.reset(state.chat, state.chain);
  for (const batch of state.batches) applier.add(batch);
}

async function lastAtUs({ store, applier }: DriverDiskOptions, op: Op): Promise<number> {
  if (applier.chat.op === op) return applier.chat.atUs;
  const batch = await store.readBatch({ after: asOp(op - 1), maxBytes: 1 });
  assert(batch !== null && batch !== "compacted", "the last record kept can be read");
  return lastAtUsOf(batchThrough(batch, op));
}
