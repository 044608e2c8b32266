// A set of whole numbers as sorted intervals: which requests of a client were executed. Intervals
// never touch, so equal sets have equal encodings. Adding at the end is O(1); a hole in the middle
// (a request merged after a fork) costs a search. Of very many holes the lowest count as filled.
// It knows nothing of requests.

import { executedIntervalsMax } from "../base/doubtLimits.ts";

export class IntervalSet {
  /** The highest interval, itself included; last < first while the set is empty. */
  private topFirst = 0;
  private topLast = -1;
  /** Those below it, rising; null for none, as it nearly always is. */
  private lower: { readonly starts: number[]; readonly ends: number[] } | null = null;
  private count = 0;

  /** How many numbers are in the set. */
  get size(): number {
    return this.count;
  }

  /** The highest number in the set; 0 when it is empty. */
  get last(): number {
    return Math.max(0, this.topLast);
  }

  has(value: number): boolean {
    if (value >= this.topFirst) return value <= this.topLast;
    if (this.lower === null) return false;
    const at = indexAtOrBefore(this.lower.starts, value);
    return at >= 0 && value <= (this.lower.ends[at] as number);
  }

  /** False when it was there already. */
  add(value: number): boolean {
    if (value === this.topLast + 1 && this.count > 0) this.topLast = value;
    else if (this.has(value)) return false;
    else if (value > this.topLast) this.pushTop({ first: value, last: value });
    else this.insertBelow(value);
    this.count += 1;
    const { lower } = this;
    if (lower !== null && lower.starts.length >= executedIntervalsMax) this.fillLowest(lower);
    return true;
  }

  /** Adds first, first + 1, … last behind all that is there; false when they do not lie there. */
  addRangeAtEnd(range: { readonly first: number; readonly last: number }): boolean {
    if (range.last < range.first || range.first < 0) return false;
    if (this.count > 0 && range.first <= this.topLast + 1) return false;
    this.pushTop(range);
    this.count += range.last - range.first + 1;
    return true;
  }

  /** First and last of each interval, in order, at most `intervalsMax` intervals an item. */
  pairs(intervalsMax: number): readonly (readonly number[])[] {
    if (this.count === 0) return none;
    if (this.lower === null) return [[this.topFirst, this.topLast]];
    const items: number[][] = [];
    const starts = [...this.lower.starts, this.topFirst];
    const ends = [...this.lower.ends, this.topLast];
    for (let from = 0; from < starts.length; from += intervalsMax) {
      const pairs: number[] = [];
      const to = Math.min(from + intervalsMax, starts.length);
      for (let at = from; at < to; at += 1) pairs.push(starts[at] as number, ends[at] as number);
      items.push(pairs);
    }
    return items;
  }

  private pushTop({ first, last }: { readonly first: number; readonly last: number }): void {
    if (this.count > 0) {
      this.lower ??= { starts: [], ends: [] };
      this.lower.starts.push(this.topFirst);
      this.lower.ends.push(this.topLast);
    }
    this.topFirst = first;
    this.topLast = last;
  }

  /** The value lies in no interval, and below the highest one. */
  private insertBelow(value: number): void {
    if (value + 1 === this.topFirst) {
      this.topFirst = value;
      return this.joinTop();
    }
    const { starts, ends } = (this.lower ??= { starts: [], ends: [] });
    const at = indexAtOrBefore(starts, value);
    const joinsLeft = at >= 0 && value === (ends[at] as number) + 1;
    const joinsRight = value + 1 === starts[at + 1];
    if (joinsLeft && joinsRight) {
      ends[at] = ends[at + 1] as number;
      starts.splice(at + 1, 1);
      ends.splice(at + 1, 1);
    } else if (joinsLeft) {
      ends[at] = value;
    } else if (joinsRight) {
      starts[at + 1] = value;
    } else {
      starts.splice(at + 1, 0, value);
      ends.splice(at + 1, 0, value);
    }
  }

  /** Else whoever leaves gaps on purpose would have a set that grows without end. */
  private fillLowest({ starts, ends }: { starts: number[]; ends: number[] }): void {
    this.count += (starts[1] as number) - (ends[0] as number) - 1;
    starts.splice(1, 1);
    ends.splice(0, 1);
  }

  /** The highest interval may touch the one below it by now. */
  private joinTop(): void {
    if (this.lower === null || this.lower.ends.at(-1) !== this.topFirst - 1) return;
    this.topFirst = this.lower.starts.pop() as number;
    this.lower.ends.pop();
    if (this.lower.starts.length === 0) this.lower = null;
  }
}

const none: readonly (readonly number[])[] = [];

/** Index of the last interval that starts at or before the value; -1 for none. */
function indexAtOrBefore(starts: readonly number[], value: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
