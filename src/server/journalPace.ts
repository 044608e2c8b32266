// How fast the journal grows. While people are in a rush, what can wait leaves them the processors
// and the disk. It decides nothing.

import { rushBytesPerSecond, rushSampleMs } from "../base/imageLimits.ts";

export class JournalPace {
  #sampledAtMs: number;
  #sampledBytes: number;
  #bytesPerSecond = 0;

  constructor(journalBytes: number, nowMs: number) {
    this.#sampledBytes = journalBytes;
    this.#sampledAtMs = nowMs;
  }

  note(journalBytes: number, nowMs: number): void {
    const passedMs = nowMs - this.#sampledAtMs;
    if (passedMs < rushSampleMs) return;
    // It has become shorter when an image took its place.
    const grownBytes = Math.max(0, journalBytes - this.#sampledBytes);
    this.#bytesPerSecond = (grownBytes / passedMs) * 1_000;
    this.#sampledBytes = journalBytes;
    this.#sampledAtMs = nowMs;
  }

  isRush(): boolean {
    return this.#bytesPerSecond > rushBytesPerSecond;
  }
}
