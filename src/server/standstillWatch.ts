// Watches, on the primary, whether anything is being confirmed; where that is not so for a while it
// says what is missing, once, to the log and to clients, again when something else is missing, and
// that it goes on when the first thing has been confirmed. Decides nothing.

import { standstillSaidMs } from "../base/doubtLimits.ts";
import type { Log } from "../ports.ts";
import type { Replica } from "../replica/state.ts";
import { currentView, isServing } from "../replica/state.ts";
import { copiesNeeded, isAtFullStrength, strengthOf, type Strength } from "../replica/strength.ts";
import { remedy, standstillNotice, whyStill } from "./standstillWords.ts";
import type { DriverEvents } from "./wiring.ts";

export class StandstillWatch {
  readonly #log: Log;
  readonly #tell: DriverEvents["standstill"];
  /** What is so now, since when, and what of it has been said; null while it goes on. */
  #notice: string | null = null;
  #sinceMs = 0;
  #said: string | null = null;
  #beganMs = 0;

  constructor(log: Log, tell: DriverEvents["standstill"]) {
    this.#log = log;
    this.#tell = tell;
  }

  /** Called at every tick. */
  consider(replica: Replica, nowMs: number): void {
    if (!isServing(replica)) {
      // Its clients are sent away, and hear the rest from who serves them next.
      this.#notice = this.#said = null;
      return;
    }
    const notice = isAtFullStrength(replica) ? null : standstillNotice(strengthOf(replica));
    if (notice !== this.#notice) {
      if (this.#said === null && this.#notice === null) this.#beganMs = nowMs;
      this.#notice = notice;
      this.#sinceMs = nowMs;
    }
    if (notice === null) return this.#goOn(replica, nowMs);
    if (notice === this.#said || nowMs - this.#sinceMs < standstillSaidMs) return;
    this.#said = notice;
    this.#log.write("warn", "stands-still", fieldsOf(strengthOf(replica)));
    this.#tell(notice);
  }

  #goOn(replica: Replica, nowMs: number): void {
    const startOp = currentView(replica)?.startOp ?? 0;
    if (this.#said === null || replica.committed < startOp) return;
    this.#said = null;
    const seconds = Math.round((nowMs - this.#beganMs) / 1_000);
    this.#log.write("warn", "goes-on-again", { seconds });
    this.#tell(null);
  }
}

function fieldsOf(strength: Strength): Readonly<Record<string, string | number>> {
  const { up, servers } = strength;
  const missing = servers.filter((id) => !up.includes(id)).join(",");
  const fields = { up: up.join(","), needed: copiesNeeded(strength), missing };
  return { ...fields, why: whyStill(strength), next: remedy(strength) };
}
