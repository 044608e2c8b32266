// What verified views have confirmed, op by op, in one cluster: no two of them may confirm other
// records as one op. A chain value stands for the whole history before it, so that what lies below
// an op that is known already is not looked at again.

import type { Ballot, Chain, Op } from "../../src/base/ids.ts";
import type { Inspection } from "../../src/server/inspection.ts";

export interface Confirmation {
  readonly op: number;
  readonly chain: Chain;
  /** The newest view of who confirmed it. */
  readonly ballot: Ballot;
}

/** The op was confirmed as another record before. */
export type Differ = (known: Confirmation, now: Confirmation) => void;

export class ConfirmedOps {
  readonly #byOp = new Map<number, Confirmation>();
  /** From here to there everything is known, and on one chain. */
  #low = 0;
  #high = -1;

  get size(): number {
    return this.#byOp.size;
  }

  /** All that the server has committed behind `from`, as far back as it can tell. */
  note(
    now: Inspection,
    by: { readonly from: number; readonly ballot: Ballot },
    differ: Differ,
  ): void {
    const { from, ballot } = by;
    let isOneChain = true;
    let isJoined = false;
    let op = now.committed as number;
    for (; op > from; op -= 1) {
      const chain = now.chainAt(op as Op);
      if (chain === null) break;
      const known = this.#byOp.get(op);
      if (known === undefined) {
        this.#byOp.set(op, { op, chain, ballot });
      } else if (known.chain !== chain) {
        isOneChain = false;
        differ(known, { op, chain, ballot });
      } else if (this.#isInRange(op)) {
        isJoined = true;
        op = this.#low;
      }
    }
    if (!isOneChain) return;
    isJoined ||= this.#isKnown(now, op);
    this.#extend({ low: op + 1, high: now.committed }, isJoined);
  }

  #isInRange(op: number): boolean {
    return op >= this.#low && op <= this.#high;
  }

  #isKnown(now: Inspection, op: number): boolean {
    return this.#isInRange(op) && this.#byOp.get(op)?.chain === now.chainAt(op as Op);
  }

  #extend(seen: { readonly low: number; readonly high: number }, isJoined: boolean): void {
    if (isJoined) {
      this.#low = Math.min(this.#low, seen.low);
      this.#high = Math.max(this.#high, seen.high);
    } else if (seen.high - seen.low > this.#high - this.#low) {
      this.#low = seen.low;
      this.#high = seen.high;
    }
  }
}
