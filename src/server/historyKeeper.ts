// Keeps histories bounded where the operator wants it (`--keep N`): the primary looks through a
// stretch of mailboxes at a time, and has the log let go what is read and beyond the bound; sooner
// again while there is such. What may go is decided in chat/trimming.ts, and once more when the
// record is applied.

import { type Ballot, noBallot, serverClientId } from "../base/ids.ts";
import { trimBusyGapMs, trimGapMs, trimLookLetters } from "../base/talkLimits.ts";
import { TrimCursor } from "../chat/trimming.ts";
import type { Clock } from "../ports.ts";
import { encodePayload, opcodeOf } from "../wire/codec.ts";
import type { Driver } from "./wiring.ts";

export class HistoryKeeper {
  readonly #clock: Clock;
  readonly #driver: Driver;
  readonly #keep: number;
  #cursor = new TrimCursor();
  /** Until all accounts have been looked through again. */
  #busyThroughRound = -1;
  /** What was found to go stands in its mailbox until this op has been applied. */
  #saidThrough = 0;
  /** Of the view in which all that was found. */
  #ballot: Ballot = noBallot;
  #isStopped = false;

  constructor(parts: { readonly clock: Clock; readonly driver: Driver; readonly keep: number }) {
    this.#clock = parts.clock;
    this.#driver = parts.driver;
    this.#keep = parts.keep;
  }

  /** Does nothing when all is to be kept. */
  start(): void {
    if (this.#keep === 0 || this.#isStopped) return;
    const isBusy = this.#cursor.round <= this.#busyThroughRound;
    this.#clock.after(isBusy ? trimBusyGapMs : trimGapMs, () => {
      if (this.#isStopped) return;
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** At each account once, and at none before what was found last has gone. */
  #look(): void {
    if (!this.#driver.canWrite() || !this.#driver.canRead()) return;
    this.#beginInView(this.#driver.status().ballot);
    if (this.#driver.chat().op < this.#saidThrough) return;
    const through = this.#cursor.looked + trimLookLetters;
    const { round } = this.#cursor;
    while (this.#cursor.looked < through && this.#cursor.round === round) {
      const trim = this.#driver.chat().nextTrim(this.#cursor, this.#keep);
      if (trim === null) continue;
      this.#busyThroughRound = this.#cursor.round + 1;
      const command = { opcode: opcodeOf("trim"), payload: encodePayload(trim) };
      this.#driver.submit({ client: serverClientId, ...command });
      this.#saidThrough = this.#driver.logEnd();
    }
  }

  /** Between two views the state may have been replaced: what was counted in it means nothing. */
  #beginInView(ballot: Ballot): void {
    if (ballot === this.#ballot) return;
    this.#ballot = ballot;
    this.#cursor = new TrimCursor();
    this.#busyThroughRound = -1;
    this.#saidThrough = 0;
  }
}
