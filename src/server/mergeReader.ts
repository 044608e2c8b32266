// Reads a merge file from its beginning to its end, a chunk of commands at a time. What was handed
// out and not taken is never read again: whoever starts anew makes a new reader.

import { assert, present } from "../base/assert.ts";
import { asOp } from "../base/ids.ts";
import type { Orphans } from "../store/orphans.ts";
import type { Store } from "../store/store.ts";
import type { Batch } from "../wire/batch.ts";
import type { MergeCommand } from "../wire/messages.ts";
import { isMergeCommand } from "../wire/messages.ts";
import { decodeRecordAt, frameAt } from "../wire/record.ts";

export class MergeReader {
  readonly stream: string;
  /** How many commands it holds. */
  readonly count: number;
  /** It has been said how many there are. */
  isAnnounced = false;
  readThrough = 0;
  #takenThrough = 0;
  #batch: Batch | null = null;
  readonly #batches: AsyncGenerator<Batch>;

  constructor(store: Store, orphans: Orphans) {
    this.stream = orphans.stream;
    this.count = present(orphans.merge, "a merge file").count;
    this.#batches = store.readOrphans(orphans, "merge");
  }

  /** The next commands, one at least unless there are none. */
  async next(limits: {
    readonly commands: number;
    readonly bytes: number;
  }): Promise<readonly MergeCommand[]> {
    const commands: MergeCommand[] = [];
    let bytes = 0;
    while (this.readThrough < this.count) {
      const batch = await this.#batchOf(this.readThrough + 1);
      const op = asOp(this.readThrough + 1);
      bytes += frameAt(batch, op).length;
      if (commands.length >= limits.commands || (bytes > limits.bytes && commands.length > 0))
        break;
      const record = decodeRecordAt(batch, op);
      if ("ok" in record) throw new Error(`command ${op} of ${this.stream}: ${record.message}`);
      const { command } = record;
      assert(isMergeCommand(command), "a merge file holds commands of a merge alone");
      commands.push(command);
      this.readThrough = op;
    }
    return commands;
  }

  /** These are in the history. */
  take(through: number): void {
    this.isAnnounced = true;
    this.#takenThrough = through;
  }

  isDone(): boolean {
    return this.isAnnounced && this.#takenThrough >= this.count;
  }

  close(): void {
    void this.#batches.return(undefined);
  }

  async #batchOf(op: number): Promise<Batch> {
    while (this.#batch === null || this.#batch.lastOp < op) {
      const { value, done } = await this.#batches.next();
      if (done === true) throw new Error(`${this.stream} ends before command ${op}.`);
      this.#batch = value;
    }
    return this.#batch;
  }
}
