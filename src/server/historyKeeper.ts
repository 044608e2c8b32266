// Keeps histories bounded where the operator wants it (`--keep N`): the primary looks through one
// stretch of one mailbox at a time, and has the log let go what is read and beyond the bound. What
// may go is decided in chat/trimming.ts, and once more when the record is applied.

import { serverClientId } from "../base/ids.ts";
import { trimGapMs } from "../base/limits.ts";
import { TrimCursor } from "../chat/trimming.ts";
import type { Clock } from "../ports.ts";
import { encodePayload, opcodeOf } from "../wire/codec.ts";
import type { Driver } from "./wiring.ts";

export class HistoryKeeper {
  readonly #clock: Clock;
  readonly #driver: Driver;
  readonly #keep: number;
  readonly #cursor = new TrimCursor();
  #isStopped = false;

  constructor(parts: { readonly clock: Clock; readonly driver: Driver; readonly keep: number }) {
    this.#clock = parts.clock;
    this.#driver = parts.driver;
    this.#keep = parts.keep;
  }

  /** Does nothing when all is to be kept. */
  start(): void {
    if (this.#keep === 0 || this.#isStopped) return;
    this.#clock.after(trimGapMs, () => {
      if (this.#isStopped) return;
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  #look(): void {
    if (!this.#driver.canWrite() || !this.#driver.canRead()) return;
    const trim = this.#driver.chat().nextTrim(this.#cursor, this.#keep);
    if (trim === null) return;
    const command = { opcode: opcodeOf("trim"), payload: encodePayload(trim) };
    this.#driver.submit({ client: serverClientId, ...command });
  }
}
