// Brings what this server holds of lost branches into the history that goes on, and takes such from
// others while it is primary (replica/README.md). One chunk is under way at a time; it ends with an
// `orphans` record, and only when that has been committed and applied here is the next one sent, or
// the file removed. Whoever is primary meanwhile, and however often all this begins anew, nothing
// of it takes effect twice.

import { assert } from "../base/assert.ts";
import type { ServerId } from "../base/ids.ts";
import { mergeChunkBytes, mergeChunkCommands, mergeChunkFramesMax } from "../base/limits.ts";
import { mergeRetryMs } from "../base/limits.ts";
import type { ChatState } from "../chat/state.ts";
import type { Clock, Log } from "../ports.ts";
import type { Orphans } from "../store/orphans.ts";
import type { Store } from "../store/store.ts";
import type { Message, MergeCommand, MessageOf } from "../wire/messages.ts";
import { isMergeCommand } from "../wire/messages.ts";
import type { CommandBytes } from "../wire/record.ts";
import { MergeReader } from "./mergeReader.ts";
import { commandBytesOf } from "./orphanage.ts";

export interface MergingOptions {
  readonly self: ServerId;
  readonly store: Store;
  readonly log: Log;
  readonly clock: Clock;
  /** To whom a chunk goes now: the primary, this server itself, or nobody yet. */
  readonly primary: () => ServerId | null;
  /** The log says that this server holds something. */
  readonly isCounted: () => boolean;
  readonly send: (peer: ServerId, message: Message) => void;
  /** Into the log, all or nothing: nothing when this server does not lead, or has no room. */
  readonly submit: (commands: readonly CommandBytes[]) => void;
  /** What is known to be unmerged has changed. */
  readonly changed: () => void;
  readonly failed: (message: string) => void;
}

interface Chunk {
  readonly commands: readonly MergeCommand[];
  readonly end: MessageOf<"orphans">;
}

export class Merging {
  readonly #options: MergingOptions;
  readonly #taking = new Map<ServerId, Taking>();
  /** What peers have said that they hold, until the log says otherwise. */
  readonly #heard = new Map<ServerId, number>();
  #orphans: readonly Orphans[] = [];
  #reader: MergeReader | null = null;
  #chunk: Chunk | null = null;
  #sentTo: ServerId | null = null;
  #sentMs = 0;
  /** Files that could not be read. */
  readonly #damaged = new Set<string>();
  #isBusy = false;
  #isStopped = false;

  constructor(options: MergingOptions) {
    this.#options = options;
  }

  /** Looks anew at what is kept in the folder: at the start, and after every cut. */
  async look(): Promise<void> {
    this.#orphans = await this.#options.store.orphans();
    if (this.#reader !== null && !this.#orphans.some(isOf(this.#reader.stream))) this.#drop();
    this.#options.changed();
  }

  /** Nothing is kept here, nor elsewhere by anybody's word or that of the log. */
  isAllMerged({ unmerged }: ChatState): boolean {
    return this.#orphans.length === 0 && this.#heard.size === 0 && unmerged.size === 0;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Sends the next chunk, or the same one again, when that is due. */
  tick(): void {
    if (this.#isStopped || this.#isBusy) return;
    if (this.#orphans.length === 0 && !this.#options.isCounted()) return;
    const to = this.#options.primary();
    if (to === null) return;
    const isWaiting = to === this.#sentTo && this.#nowMs() - this.#sentMs < mergeRetryMs;
    if (this.#orphans.length === 0) {
      if (!isWaiting) this.#deny(to);
      return;
    }
    if (this.#chunk !== null) {
      if (!isWaiting) this.#send(this.#chunk, to);
      return;
    }
    this.#isBusy = true;
    this.#nextChunk().then(
      (chunk) => {
        this.#isBusy = false;
        if (chunk === null || this.#reader?.stream !== chunk.end.stream) return;
        this.#chunk = chunk;
        if (!this.#isStopped) this.#send(chunk, to);
      },
      (error: unknown) => this.#noteDamage(error),
    );
  }

  /** It stays where it is, and counts as unmerged, until the operator has looked after it. */
  #noteDamage(error: unknown): void {
    if (!(error instanceof Error) || error.name !== "Error") throw error;
    const { log } = this.#options;
    const stream = this.#reader?.stream ?? "";
    log.write("error", "orphans-cannot-be-merged", { stream, why: error.message });
    this.#damaged.add(stream);
    this.#drop();
    this.#isBusy = false;
  }

  /** An `orphans` record has been applied here: all that stands before it is in the history. */
  applied(end: MessageOf<"orphans">): void {
    const { self, changed } = this.#options;
    if (end.left === 0) this.#heard.delete(end.server);
    changed();
    const { end: awaited } = this.#chunk ?? { end: null };
    if (end.server !== self || awaited === null) return;
    if (end.stream !== awaited.stream || end.through !== awaited.through) return;
    this.#chunk = null;
    const reader = this.#reader;
    assert(reader !== null, "a chunk is of a file that is being read");
    reader.take(end.through);
    if (reader.isDone()) this.#finish(reader);
    else this.tick();
  }

  /** True when the message was one of a merge's. */
  take(peer: ServerId, message: Message): boolean {
    if (message.type === "mergeChunk") {
      const isSound = message.count >= 1 && message.count <= mergeChunkFramesMax;
      if (isSound) this.#taking.set(peer, new Taking(message.count));
      else this.#taking.delete(peer);
      return true;
    }
    if (!isMergeCommand(message)) return false;
    const taking = this.#taking.get(peer);
    if (taking === undefined || !taking.add(message)) return true;
    this.#taking.delete(peer);
    if (message.type === "orphans" && message.server === peer) this.#submit(taking, message);
    return true;
  }

  /** The link broke: what had come of a chunk is worth nothing, nor what is not in the log yet. */
  forget(peer: ServerId): void {
    this.#taking.delete(peer);
    this.#heard.delete(peer);
  }

  #submit(taking: Taking, end: MessageOf<"orphans">): void {
    if (end.left > 0) this.#heard.set(end.server, end.left);
    this.#options.changed();
    // Whoever does not lead drops it whole; its owner asks the next primary.
    this.#options.submit(taking.commands.map(commandBytesOf));
  }

  /** What the log counts against this server is not there any more: its folder was wiped. */
  #deny(to: ServerId): void {
    const { self: server } = this.#options;
    const end = { type: "orphans", server, stream: "", through: 0, left: 0 } as const;
    this.#send({ commands: [], end }, to);
  }

  async #nextChunk(): Promise<Chunk | null> {
    const { store, self } = this.#options;
    const orphans = this.#orphans.find(({ merge, stream }) => {
      return merge !== null && !this.#damaged.has(stream);
    });
    if (orphans === undefined) return null;
    if (this.#reader?.stream !== orphans.stream) {
      this.#reader?.close();
      this.#reader = new MergeReader(store, orphans);
    }
    const reader = this.#reader;
    // The first one says how much there is, before any of it comes.
    const limits = { commands: mergeChunkCommands, bytes: mergeChunkBytes };
    const commands = reader.isAnnounced ? await reader.next(limits) : [];
    const through = reader.isAnnounced ? reader.readThrough : 0;
    const left = this.#leftOf(orphans, through);
    return {
      commands,
      end: { type: "orphans", server: self, stream: reader.stream, through, left },
    };
  }

  /** Of everything that is kept here, when `orphans` are merged through there. */
  #leftOf(orphans: Orphans, through: number): number {
    let left = -through;
    for (const { merge } of this.#orphans) left += merge?.count ?? 1;
    assert(left >= 0, `no more of ${orphans.stream} is merged than there is`);
    return left;
  }

  #send(chunk: Chunk, to: ServerId): void {
    const { self, send, submit } = this.#options;
    this.#sentTo = to;
    this.#sentMs = this.#nowMs();
    const commands: readonly MergeCommand[] = [...chunk.commands, chunk.end];
    if (to === self) {
      submit(commands.map(commandBytesOf));
      return;
    }
    send(to, { type: "mergeChunk", stream: chunk.end.stream, count: commands.length });
    for (const command of commands) send(to, command);
  }

  /** Everything of it is confirmed: what was kept may go. */
  #finish(reader: MergeReader): void {
    const { store, log, failed } = this.#options;
    const orphans = this.#orphans.find(isOf(reader.stream));
    this.#drop();
    if (orphans === undefined) return;
    this.#isBusy = true;
    log.write("info", "orphans-merged", { stream: reader.stream, commands: reader.count });
    const removed = store.removeOrphans(orphans).then(() => this.look());
    removed.then(
      () => {
        this.#isBusy = false;
      },
      (error: Error) => failed(`Merged orphans could not be removed: ${error.message}`),
    );
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  #drop(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#chunk = null;
  }
}

/** A chunk as it comes in. */
class Taking {
  readonly commands: MergeCommand[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  /** True when it is whole. */
  add(command: MergeCommand): boolean {
    this.commands.push(command);
    return this.commands.length >= this.#count;
  }
}

function isOf(stream: string): (orphans: Orphans) => boolean {
  return (orphans) => orphans.stream === stream;
}
