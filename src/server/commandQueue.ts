// Commands on their way into the log. While one group is being synced everywhere and another waits
// right behind it, what comes is gathered: it could not be durable any sooner, and fewer, larger
// groups cost every server less. It does not know what a command says.

import { asOp, type Op } from "../base/ids.ts";
import { groupsInFlightMax, inFlightBytesMax } from "../base/limits.ts";
import type { CommandBytes } from "../wire/record.ts";

/** What a record in the log counts for, where only their number is known. */
const recordBytesGuess = 256;

export class CommandQueue {
  #commands: CommandBytes[] = [];
  #bytes = 0;
  /** Where the groups end that are in the log and not known committed. */
  #groups: Op[] = [];

  add(command: CommandBytes): void {
    this.#commands.push(command);
    this.#bytes += command.payload.length;
  }

  /** Where what waits here will end at the latest, behind a log that ends there. */
  endBehind(lastOp: Op): Op {
    return asOp(lastOp + this.#commands.length);
  }

  /** False when too much waits, here and in the log; whoever asks should stop reading. */
  hasRoom(uncommittedRecords: number): boolean {
    return this.#bytes + uncommittedRecords * recordBytesGuess < inFlightBytesMax;
  }

  /** The next group; null while there is none, or enough are under way. */
  take(committed: Op): readonly CommandBytes[] | null {
    if (!this.isDue(committed)) return null;
    const commands = this.#commands.splice(0, this.#endOfClient(this.#fairShare(committed)));
    for (const { payload } of commands) this.#bytes -= payload.length;
    return commands;
  }

  /**
   * Groups of one size: of a large and a small one, everybody would wait for the large one while
   * nobody has anything to do.
   */
  #fairShare(committed: Op): number {
    const underWay = (this.#groups.at(-1) ?? committed) - committed;
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

  /** Whether `take` would give a group. */
  isDue(committed: Op): boolean {
    while (this.#groups.length > 0 && (this.#groups[0] as Op) <= committed) this.#groups.shift();
    return this.#commands.length > 0 && this.#groups.length < groupsInFlightMax;
  }

  /** The group taken last ends there in the log. */
  noteGroup(lastOp: Op): void {
    this.#groups.push(lastOp);
  }

  /** The log may have changed under the groups: what was under way is not waited for any more. */
  forgetGroups(): void {
    this.#groups = [];
  }

  clear(): void {
    this.#commands = [];
    this.#bytes = 0;
  }
}
