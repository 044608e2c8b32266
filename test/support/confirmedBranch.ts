// The newest history of which something was confirmed as verified. Whatever history would win
// against it when the two meet (REPLICATION §5) must hold all of it: else what was confirmed is
// lost as soon as they do, though nobody may have noticed yet.

import { asOp, noBallot, noOp, type Ballot, type ServerId } from "../../src/base/ids.ts";
import { forkPoint, isBetter } from "../../src/replica/histories.ts";
import type { View } from "../../src/replica/types.ts";
import type { Inspection } from "../../src/server/inspection.ts";

export class ConfirmedBranch {
  readonly #configured: readonly ServerId[];
  /** Through the view in which it was confirmed. */
  #views: readonly View[] = [];
  #confirmedOp = noOp;

  constructor(configured: readonly ServerId[]) {
    this.#configured = configured;
  }

  /** It counts as verified: all that it has committed is confirmed, in a view that was active. */
  note({ views, active, committed }: Inspection): void {
    const at = views.findLastIndex(({ ballot }) => ballot <= active);
    const ballot = views[at]?.ballot ?? noBallot;
    const known = this.#ballot();
    if (ballot < known || (ballot === known && committed <= this.#confirmedOp)) return;
    if (committed >= (views[at + 1]?.startOp ?? Infinity)) return;
    if (ballot > known) this.#views = views.slice(0, at + 1);
    this.#confirmedOp = committed;
  }

  /** Whether it would win, and lacks something; to be asked when its views or the branch change. */
  losesTo({ views, lastOp }: Inspection): boolean {
    // Nothing that is older wins.
    if ((views.at(-1)?.ballot ?? noBallot) <= this.#ballot()) return false;
    const other = { views, lastOp };
    const startOp = this.#views.at(-1)?.startOp ?? noOp;
    const branch = { views: this.#views, lastOp: asOp(Math.max(this.#confirmedOp, startOp)) };
    if (forkPoint(other, branch) >= this.#confirmedOp) return false;
    return isBetter(other, branch, this.#configured);
  }

  words({ id, views }: Inspection): string {
    const view = `view ${views.at(-1)?.ballot ?? noBallot} of server ${id}`;
    const lost = `op ${this.#confirmedOp}, confirmed in view ${this.#ballot()}`;
    return `${view} would win, and its history lacks ${lost}`;
  }

  #ballot(): Ballot {
    return this.#views.at(-1)?.ballot ?? noBallot;
  }
}
