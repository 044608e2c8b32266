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
    while (this.#groups.length > 0 && (this.#groups[0] as Op) <= committed) this.#groups.shift();
    if (this.#commands.length === 0 || this.#groups.length >= groupsInFlightMax) return null;
    const commands = this.#commands;
    this.#commands = [];
    this.#bytes = 0;
    return commands;
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
