// Whether the next group of commands waits a little for more. Clients that send again as soon as
// they are answered fall into groups that take turns on a slow disk: each waits for the others'
// syncs. If those who have just been answered come back within a part of the time that a group
// takes, all go in one, and each sync confirms as many more. If they do not (they think first, or
// come one by one), nobody is waited for, and that is tried again only now and then.

import { gatherCameBack, gatherGroupMsMin, gatherMsMax, gatherPart } from "../base/gatherLimits.ts";
import { gatherPauseMax, gatherPauseMin, gatherTrustMax } from "../base/gatherLimits.ts";

/** Of the mean, the newest group counts so much. */
const newestCounts = 1 / 8;

export class Gathering {
  /** From the log, or from the commit before, to the commit: of the last groups. */
  #groupMs = 0;
  /** How many there will be once all have come back; 0 while nobody is waited for. */
  #expected = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** How often of late they came back, less how often they did not. */
  #trust = 0;
  /** So many groups go as they are. */
  #pause = 0;
  #nextPause = gatherPauseMin;

  /** One group at a time is under way, and the next one may be waited for. */
  isOn(): boolean {
    return this.#pause === 0 && this.#groupMs >= gatherGroupMsMin;
  }

  /** A group of so many has been committed, while others wait here. */
  noteCommitted(
    group: { readonly count: number; readonly tookMs: number },
    waiting: number,
    nowMs: number,
  ): void {
    // One that was held up for long says little of those to come.
    const tookMs = Math.min(group.tookMs, 2 * Math.max(this.#groupMs, gatherGroupMsMin / 2));
    this.#groupMs += (tookMs - this.#groupMs) * newestCounts;
    if (!this.isOn()) return;
    this.#expected = group.count + waiting;
    this.#untilMs = nowMs + Math.min(gatherMsMax, this.#groupMs * gatherPart);
  }

  /** For how long the next group, of so many by now, is to wait still. */
  waitMs(waiting: number, nowMs: number): number {
    return waiting < this.#expected && this.#expected > 1 ? Math.max(0, this.#untilMs - nowMs) : 0;
  }

  /** A group of so many has gone into the log. */
  noteTaken(count: number): void {
    if (this.#pause > 0) this.#pause -= 1;
    if (this.#expected <= 1) return;
    const haveComeBack = count >= this.#expected * gatherCameBack;
    this.#expected = 0;
    if (haveComeBack) {
      this.#trust = Math.min(gatherTrustMax, this.#trust + 1);
      this.#nextPause = gatherPauseMin;
    } else if (this.#trust > 0) {
      // Something else may have kept them.
      this.#trust = Math.max(0, this.#trust - gatherTrustMax / 2);
    } else {
      this.#pause = this.#nextPause;
      this.#nextPause = Math.min(gatherPauseMax, 2 * this.#nextPause);
    }
  }

  /** Nothing is known any more of what is under way. */
  forget(): void {
    this.#expected = 0;
  }
}
