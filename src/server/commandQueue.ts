// Commands on their way into the log. While one group is being synced everywhere and another waits
// right behind it, what comes is gathered: it could not be durable any sooner, and fewer, larger
// groups cost every server less. Where it pays to gather all, one is under way at a time
// (gathering.ts). It does not know what a command says.

import { asOp, type Op } from "../base/ids.ts";
import { groupsInFlightMax, inFlightBytesMax } from "../base/limits.ts";
import type { Clock, Timer } from "../ports.ts";
import type { CommandBytes } from "../wire/record.ts";
import { CommandMemory } from "./commandMemory.ts";
import { Gathering } from "./gathering.ts";

/** What a record in the log counts for, where only their number is known. */
const recordBytesGuess = 256;

interface Group {
  /** Where it ends in the log. */
  readonly end: Op;
  readonly count: number;
  readonly sinceMs: number;
}

export class CommandQueue {
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #gathering = new Gathering();
  #timer: Timer | null = null;
  readonly #memory = new CommandMemory();
  #commands: CommandBytes[] = [];
  #bytes = 0;
  /** In the log and not known committed. */
  #groups: Group[] = [];
  /** Of the group taken last. */
  #taken = 0;
  /** When a group last was. */
  #committedMs = Number.NEGATIVE_INFINITY;

  /** `wake`: a group that was held may be due now. */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Copies what lies in the memory of a read, which is used again. */
  add(command: CommandBytes): void {
    const { payload } = command;
    if (typeof payload !== "string") this.#memory.keep(payload, this.#commands.length === 0);
    this.#commands.push(command);
    this.#bytes += payload.length;
  }

  /** Where what waits here will end at the latest, behind a log that ends there. */
  endBehind(lastOp: Op): Op {
    return asOp(lastOp + this.#commands.length);
  }

  /** False when too much waits, here and in the log; whoever asks should stop reading. */
  hasRoom(uncommittedRecords: number): boolean {
    return this.#bytes + uncommittedRecords * recordBytesGuess < inFlightBytesMax;
  }

  /** The next group; null while there is none, enough are under way, or it is worth a wait. */
  take(committed: Op): readonly CommandBytes[] | null {
    if (!this.isDue(committed) || this.#isHeld()) return null;
    const isAll = this.#gathering.isOn();
    const share = isAll ? this.#commands.length : this.#endOfClient(this.#fairShare(committed));
    const commands = this.#commands.splice(0, share);
    for (const { payload } of commands) this.#bytes -= payload.length;
    this.#taken = commands.length;
    this.#gathering.noteTaken(this.#taken);
    return commands;
  }

  #isHeld(): boolean {
    const waitMs = this.#gathering.waitMs(this.#commands.length, this.#clock.nowMs());
    if (waitMs === 0) return false;
    this.#timer ??= this.#clock.after(waitMs, () => {
      this.#timer = null;
      this.#wake();
    });
    return true;
  }

  /**
   * Groups of one size: of a large and a small one, everybody would wait for the large one while
   * nobody has anything to do.
   */
  #fairShare(committed: Op): number {
    const underWay = (this.#groups.at(-1)?.end ?? committed) - committed;
    return Math.ceil((this.#commands.length + underWay) / groupsInFlightMax);
  }

  /**
   * What one client has sent at once stays together: it waits for all of it, and half of it would
   * be durable no sooner.
   */
  #endOfClient(share: number): number {
    const last = this.#commands[share - 1]?.client;
    let end = share;
    while (end < this.#commands.length && this.#commands[end]?.client === last) end += 1;
    return end;
  }

  /** Whether `take` would give a group, unless that is to wait for more. */
  isDue(committed: Op): boolean {
    for (let group = this.#groups[0]; group !== undefined; group = this.#groups[0]) {
      if (group.end > committed) break;
      this.#groups.shift();
      const nowMs = this.#clock.nowMs();
      const { count, sinceMs } = group;
      // Before, its turn had not come.
      const about = { count, tookMs: nowMs - Math.max(sinceMs, this.#committedMs) };
      this.#committedMs = nowMs;
      this.#gathering.noteCommitted(about, this.#commands.length, nowMs);
    }
    const groupsMax = this.#gathering.isOn() ? 1 : groupsInFlightMax;
    return this.#commands.length > 0 && this.#groups.length < groupsMax;
  }

  /** The group taken last ends there in the log. */
  noteGroup(lastOp: Op): void {
    this.#groups.push({ end: lastOp, count: this.#taken, sinceMs: this.#clock.nowMs() });
  }

  /** The log may have changed under the groups: what was under way is not waited for any more. */
  forgetGroups(): void {
    this.#groups = [];
    this.#gathering.forget();
  }

  clear(): void {
    this.#commands = [];
    this.#bytes = 0;
  }
}
