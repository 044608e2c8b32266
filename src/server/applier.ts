// Applies committed records to the chat, in order and each once; keeps those that are not committed
// yet. Nothing beyond the committed op is ever applied. Long stretches are applied in slices, so
// that the event loop goes on turning; where nobody waits, short ones are gathered, since what many
// records touch is fetched into the processor's caches once for all of them.

import { assert } from "../base/assert.ts";
import type { Chain, ClientId, Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { applyBesideRecords, applyLaterMs, applySliceRecords } from "../base/limits.ts";
import { applyRecord } from "../chat/apply.ts";
import type { ChatEvents, Reply } from "../chat/contract.ts";
import type { ChatState } from "../chat/state.ts";
import type { Clock, Timer } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import type { MessageOf } from "../wire/messages.ts";
import { chainAt } from "../wire/batch.ts";
import { batchThrough, loggedRecordAt } from "../wire/record.ts";

export interface Applier {
  readonly chat: ChatState;
  /** Of the last op applied. */
  readonly chain: Chain;
  /** Records that follow the last ones added. */
  add(batch: Batch): void;
  /**
   * Applies through here: the first slice now if somebody waits for the replies, else all later.
   */
  commit(through: Op, isAwaited: boolean): void;
  /** From now on somebody waits. */
  hurry(): void;
  /** The log was cut behind `keep`; false when more than that has been applied. */
  cut(keep: Op): boolean;
  /** Starts anew from another state. */
  reset(chat: ChatState, chain: Chain): void;
  /** Everything committed has been applied. */
  isCaughtUp(): boolean;
}

export interface ApplierOptions {
  readonly clock: Clock;
  readonly chat: ChatState;
  readonly chain: Chain;
  readonly events: ChatEvents;
  /** Also of the servers' own commands, of which nobody is told. */
  readonly reply: (client: ClientId, reply: Reply) => void;
  /** All of a merge that stands before this record has been applied. */
  readonly merged: (end: MessageOf<"orphans">) => void;
  /** A slice, through here, has been applied outside any input. */
  readonly progressed: (op: Op) => void;
}

export function makeApplier(options: ApplierOptions): Applier {
  return new QueueApplier(options);
}

class QueueApplier implements Applier {
  chat: ChatState;
  chain: Chain;
  readonly #options: ApplierOptions;
  #queue: Batch[] = [];
  #head = 0;
  #through: Op;
  /** The next slice: in the next round, or when enough has come, or at the latest then. */
  #isNext = false;
  #later: Timer | null = null;
  /** What is applied may have the driver look up, and ask for haste. */
  #isApplying = false;

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.chat = options.chat;
    this.chain = options.chain;
    this.#through = options.chat.op;
  }

  add(batch: Batch): void {
    this.#queue.push(batch);
  }

  commit(through: Op, isAwaited: boolean): void {
    if (through <= this.#through) return;
    this.#through = through;
    if (isAwaited) this.hurry();
    else if (through - this.chat.op >= applySliceRecords) this.#applyNext();
    else this.#later ??= this.#options.clock.after(applyLaterMs, () => this.#applyNext());
  }

  hurry(): void {
    if (!this.#isNext && !this.#isApplying) this.#applySlice(applySliceRecords);
  }

  cut(keep: Op): boolean {
    const queue: Batch[] = [];
    for (let at = this.#head; at < this.#queue.length; at += 1) {
      const batch = this.#queue[at] as Batch;
      if (batch.firstOp <= keep) queue.push(batchThrough(batch, keep));
    }
    this.#queue = queue;
    this.#head = 0;
    if (this.#through > keep) this.#through = asOp(Math.max(keep, this.chat.op));
    return this.chat.op <= keep;
  }

  reset(chat: ChatState, chain: Chain): void {
    this.chat = chat;
    this.chain = chain;
    this.#queue = [];
    this.#head = 0;
    this.#through = chat.op;
  }

  isCaughtUp(): boolean {
    return this.chat.op === this.#through;
  }

  #applySlice(records: number): void {
    this.#later?.cancel();
    this.#later = null;
    this.#isApplying = true;
    let left = records;
    while (left > 0 && this.chat.op < this.#through) {
      const batch = this.#queue[this.#head];
      assert(batch !== undefined, "what is committed is at hand, behind op", this.chat.op);
      const last = Math.min(batch.lastOp, this.#through, this.chat.op + left);
      left -= last - this.chat.op;
      this.#applyFrom(batch, asOp(last));
      if (batch.lastOp === last) this.#dropHead();
    }
    this.#isApplying = false;
    if (this.chat.op < this.#through) this.#applyNext();
  }

  #applyFrom(batch: Batch, last: Op): void {
    const { events, reply, merged } = this.#options;
    for (let op = asOp(this.chat.op + 1); op <= last; op = asOp(op + 1)) {
      const record = batch.records?.[op - batch.firstOp] ?? loggedRecordAt(batch, op);
      assert(!("ok" in record), "what is committed can be read: op", op);
      const answer = applyRecord(this.chat, record, events);
      reply(record.client, answer);
      if (record.command.type === "orphans") merged(record.command);
    }
    this.chain = chainAt(batch, last);
  }

  #dropHead(): void {
    this.#head += 1;
    if (this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** What has just come goes to the disk first. */
  #applyNext(): void {
    if (this.#isNext) return;
    this.#isNext = true;
    this.#options.clock.soon(() => {
      this.#isNext = false;
      this.#applySlice(applyBesideRecords);
      this.#options.progressed(this.chat.op);
    });
  }
}
