// Saves what must never be forgotten, one save at a time, the newest value always last; what came
// meanwhile is saved together. A promise alone goes to the promise file, everything else makes the
// meta file anew. A save is durable, folder included, before its callback. A promise or an
// incarnation that would fall is a bug and throws.

import { assert, present } from "../base/assert.ts";
import { noBallot } from "../base/ids.ts";
import type { Clock, Disk } from "../ports.ts";
import { createAnew, moveDurably, syncFile, withFile, writeFile } from "./files.ts";
import { encodeMeta, differsByPromise, type Meta } from "./meta.ts";
import { metaName, temporaryNames } from "./names.ts";
import { openPromiseFile, type PromiseFile } from "./promiseFile.ts";

export interface MetaFile {
  save(meta: Meta, done: () => void): void;
  /** The newest value given; null before the first. */
  current(): Meta | null;
  /** How long the save under way has been going on; 0 when there is none. */
  saveAgeMs(nowMs: number): number;
  /** Nothing is being saved any more, or never will be; the files are given free. */
  close(): Promise<void>;
}

export interface MetaFileOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly start: Meta | null;
  failed(error: Error): void;
  hasFailed(): boolean;
}

export function makeMetaFile(options: MetaFileOptions): MetaFile {
  return new SavedMeta(options);
}

class SavedMeta implements MetaFile {
  readonly #options: MetaFileOptions;
  #current: Meta | null;
  /** On disk, since this start. */
  #saved: Meta | null = null;
  #promises: PromiseFile | null = null;
  #waiting: (() => void)[] = [];
  #saving: Promise<void> | null = null;
  #savingSinceMs = 0;

  constructor(options: MetaFileOptions) {
    this.#options = options;
    this.#current = options.start;
  }

  save(meta: Meta, done: () => void): void {
    assert(meta.promised >= (this.#current?.promised ?? 0), "promised never falls");
    assert(meta.incarnation >= (this.#current?.incarnation ?? 0), "an incarnation never falls");
    this.#current = meta;
    this.#waiting.push(done);
    this.#saving ??= this.#saveAll();
  }

  current(): Meta | null {
    return this.#current;
  }

  saveAgeMs(nowMs: number): number {
    return this.#saving === null ? 0 : nowMs - this.#savingSinceMs;
  }

  async close(): Promise<void> {
    await this.#saving;
    await this.#promises?.close();
  }

  async #saveAll(): Promise<void> {
    this.#savingSinceMs = this.#options.clock.nowMs();
    // A meta file says that there is one.
    const isOpen = this.#promises !== null || (await this.#isDone(() => this.#openPromises()));
    while (isOpen && this.#waiting.length > 0 && this.#current !== null) {
      const done = this.#waiting;
      const meta = this.#current;
      this.#waiting = [];
      this.#savingSinceMs = this.#options.clock.nowMs();
      if (!(await this.#isDone(() => this.#write(meta)))) break;
      for (const call of done) call();
    }
    this.#saving = null;
  }

  async #write(meta: Meta): Promise<void> {
    const saved = this.#saved;
    if (saved === null || !differsByPromise(meta, saved)) {
      await replaceMeta(this.#options.disk, meta);
    } else if (meta.promised > saved.promised) {
      await present(this.#promises, "the promise file, open").write(meta.promised);
    }
    this.#saved = meta;
  }

  async #openPromises(): Promise<void> {
    const { disk, start } = this.#options;
    this.#promises = await openPromiseFile(disk, start?.promised ?? noBallot);
  }

  /** False after any failure, be it another file's: nothing more is done then. */
  async #isDone(run: () => Promise<void>): Promise<boolean> {
    const { failed, hasFailed } = this.#options;
    if (hasFailed()) return false;
    try {
      await run();
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)));
    }
    return !hasFailed();
  }
}

/** In place of the one before, also where that one was cut short. */
export async function replaceMeta(disk: Disk, meta: Meta): Promise<void> {
  await withFile(createAnew(disk, temporaryNames.meta), async (file) => {
    await writeFile(file, encodeMeta(meta), 0);
    await syncFile(file);
  });
  await moveDurably(disk, temporaryNames.meta, metaName);
}
