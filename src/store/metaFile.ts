// Saves the meta file, one save at a time, the newest value always last; what came meanwhile is
// saved together. A save is durable, folder included, before its callback. A promise or an
// incarnation that would fall is a bug and throws.

import { assert } from "../base/assert.ts";
import type { Clock, Disk } from "../ports.ts";
import { createAnew, moveDurably, syncFile, withFile, writeFile } from "./files.ts";
import { encodeMeta, type Meta } from "./meta.ts";
import { metaName, temporaryNames } from "./names.ts";

export interface MetaFile {
  save(meta: Meta, done: () => void): void;
  /** The newest value given; null before the first. */
  current(): Meta | null;
  /** How long the save under way has been going on; 0 when there is none. */
  saveAgeMs(nowMs: number): number;
  /** Nothing is being saved any more, or never will be. */
  quiet(): Promise<void>;
}

export interface MetaFileOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly start: Meta | null;
  failed(error: Error): void;
  hasFailed(): boolean;
}

export function makeMetaFile(options: MetaFileOptions): MetaFile {
  const { disk, clock } = options;
  let current = options.start;
  let waiting: (() => void)[] = [];
  let saving: Promise<void> | null = null;
  let savingSinceMs = 0;
  async function saveAll(): Promise<void> {
    while (waiting.length > 0 && current !== null && !options.hasFailed()) {
      const done = waiting;
      waiting = [];
      savingSinceMs = clock.nowMs();
      try {
        await replaceMeta(disk, current);
      } catch (error) {
        options.failed(error instanceof Error ? error : new Error(String(error)));
        break;
      }
      if (options.hasFailed()) break;
      for (const call of done) call();
    }
    saving = null;
  }
  return {
    save: (meta, done) => {
      assert(meta.promised >= (current?.promised ?? 0), "promised never falls");
      assert(meta.incarnation >= (current?.incarnation ?? 0), "an incarnation never falls");
      current = meta;
      waiting.push(done);
      saving ??= saveAll();
    },
    current: () => current,
    saveAgeMs: (nowMs) => (saving === null ? 0 : nowMs - savingSinceMs),
    quiet: async () => {
      await saving;
    },
  };
}

async function replaceMeta(disk: Disk, meta: Meta): Promise<void> {
  await withFile(createAnew(disk, temporaryNames.meta), async (file) => {
    await writeFile(file, encodeMeta(meta), 0);
    await syncFile(file);
  });
  await moveDurably(disk, temporaryNames.meta, metaName);
}
