// A set of whole numbers as sorted intervals: which requests of a client were executed. Intervals
// never touch, so equal sets have equal encodings. Adding at the end is O(1); a hole in the middle
// (a request merged after a fork) costs a search. It knows nothing of requests.

export class IntervalSet {
  private readonly starts: number[] = [];
  /** Last number of each interval, itself included. */
  private readonly ends: number[] = [];
  private count = 0;

  /** How many numbers are in the set. */
  get size(): number {
    return this.count;
  }

  has(value: number): boolean {
    const at = this.indexAtOrBefore(value);
    return at >= 0 && value <= (this.ends[at] as number);
  }

  /** False when it was there already. */
  add(value: number): boolean {
    const last = this.ends.length - 1;
    if (last >= 0 && value === (this.ends[last] as number) + 1) {
      this.ends[last] = value;
      this.count += 1;
      return true;
    }
    const at = this.indexAtOrBefore(value);
    if (at >= 0 && value <= (this.ends[at] as number)) return false;
    this.insertBehind(at, value);
    this.count += 1;
    return true;
  }

  /** Adds first, first + 1, … last behind all that is there; false when they do not lie there. */
  addRangeAtEnd(range: { readonly first: number; readonly last: number }): boolean {
    const end = this.ends[this.ends.length - 1];
    if (range.last < range.first || (end !== undefined && range.first <= end + 1)) return false;
    this.starts.push(range.first);
    this.ends.push(range.last);
    this.count += range.last - range.first + 1;
    return true;
  }

  /** First and last of each interval, in order, at most `intervalsMax` intervals an item. */
  *pairs(intervalsMax: number): Iterable<readonly number[]> {
    for (let from = 0; from < this.starts.length; from += intervalsMax) {
      const pairs: number[] = [];
      const to = Math.min(from + intervalsMax, this.starts.length);
      for (let at = from; at < to; at += 1) {
        pairs.push(this.starts[at] as number, this.ends[at] as number);
      }
      yield pairs;
    }
  }

  /** The value lies in no interval, and behind interval `at` (-1: before all). */
  private insertBehind(at: number, value: number): void {
    const joinsLeft = at >= 0 && value === (this.ends[at] as number) + 1;
    const joinsRight = value + 1 === this.starts[at + 1];
    if (joinsLeft && joinsRight) {
      this.ends[at] = this.ends[at + 1] as number;
      this.starts.splice(at + 1, 1);
      this.ends.splice(at + 1, 1);
    } else if (joinsLeft) {
      this.ends[at] = value;
    } else if (joinsRight) {
      this.starts[at + 1] = value;
    } else {
      this.starts.splice(at + 1, 0, value);
      this.ends.splice(at + 1, 0, value);
    }
  }

  /** Index of the last interval that starts at or before the value; -1 for none. */
  private indexAtOrBefore(value: number): number {
    let low = 0;
    let high = this.starts.length;
    if (high > 0 && (this.starts[high - 1] as number) <= value) return high - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.starts[middle] as number) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
