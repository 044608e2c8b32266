// What was promised, counted: PURE. Each message is one numbered text of its sender; the tally is
// told when it was handed over, confirmed, refused and shown, and says what is off, in words. It
// knows no servers and no clock; who calls it brings the time.

export interface TalkMessage {
  readonly from: string;
  readonly to: string;
  /** 1, 2, 3 … from this sender to this recipient. */
  readonly number: number;
}

export interface Counts {
  /** Confirmed to their senders. */
  readonly sent: number;
  /** Of the confirmed ones, shown to their recipients. */
  readonly shown: number;
  readonly twice: number;
  readonly outOfOrder: number;
}

interface Fate extends TalkMessage {
  readonly handedAtMs: number;
  confirmedAtMs: number | null;
  shownCount: number;
}

/** A span of time in clock milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export class Tally {
  readonly #fates = new Map<string, Fate>();
  /** Not yet confirmed, the oldest first. */
  readonly #open = new Set<Fate>();
  readonly #newest = new Map<string, number>();
  readonly #complaints: string[] = [];
  #twice = 0;
  #outOfOrder = 0;

  handOver(message: TalkMessage, nowMs: number): void {
    const fate = { ...message, handedAtMs: nowMs, confirmedAtMs: null, shownCount: 0 };
    this.#fates.set(textOf(message), fate);
    this.#open.add(fate);
  }

  confirm(message: TalkMessage, nowMs: number): void {
    const fate = this.#fates.get(textOf(message));
    if (fate === undefined) return;
    fate.confirmedAtMs = nowMs;
    this.#open.delete(fate);
  }

  /** When the oldest message that is not confirmed was handed over; Infinity for none. */
  waitingSinceMs(): number {
    for (const { handedAtMs } of this.#open) return handedAtMs;
    return Infinity;
  }

  refuse(message: TalkMessage, why: string): void {
    this.#complaints.push(`"${textOf(message)}" was refused: ${why}`);
  }

  show(to: string, from: string, text: string): void {
    const fate = this.#fates.get(text);
    if (fate === undefined || fate.from !== from || fate.to !== to) {
      this.#complaints.push(`${to} was shown "${text}" from ${from}, which was never sent so`);
      return;
    }
    fate.shownCount += 1;
    if (fate.shownCount > 1) {
      this.#twice += 1;
      this.#complaints.push(`"${text}" was shown ${fate.shownCount} times`);
      return;
    }
    const way = `${from} ${to}`;
    const newest = this.#newest.get(way) ?? 0;
    if (fate.number < newest) {
      this.#outOfOrder += 1;
      this.#complaints.push(`"${text}" was shown after number ${newest}`);
    }
    this.#newest.set(way, Math.max(newest, fate.number));
  }

  /** Everything handed over is confirmed, and everything confirmed is shown. */
  isQuiet(): boolean {
    for (const { confirmedAtMs, shownCount } of this.#fates.values()) {
      if (confirmedAtMs === null || shownCount === 0) return false;
    }
    return true;
  }

  counts(): Counts {
    const confirmed = [...this.#fates.values()].filter((fate) => fate.confirmedAtMs !== null);
    const shown = confirmed.filter(({ shownCount }) => shownCount > 0).length;
    return { sent: confirmed.length, shown, twice: this.#twice, outOfOrder: this.#outOfOrder };
  }

  /** Texts of all confirmed messages, by recipient. */
  confirmedTo(user: string): readonly string[] {
    return [...this.#fates.values()]
      .filter(({ to, confirmedAtMs }) => to === user && confirmedAtMs !== null)
      .map(textOf);
  }

  /** What is off so far, and at the end: what was never confirmed or never shown. */
  complaints(): readonly string[] {
    const open = [...this.#fates.values()].flatMap((fate) => {
      const text = textOf(fate);
      if (fate.confirmedAtMs === null) return [`"${text}" was never confirmed`];
      return fate.shownCount === 0 ? [`"${text}" was confirmed, yet ${fate.to} never saw it`] : [];
    });
    return [...this.#complaints, ...open];
  }

  /** The longest wait for a confirmation among those that are meant; if none is, no time. */
  longestWait(isMeant: (wait: Span) => boolean): Span {
    let longest: Span = { fromMs: 0, toMs: 0 };
    for (const { handedAtMs, confirmedAtMs } of this.#fates.values()) {
      if (confirmedAtMs === null) continue;
      const wait = { fromMs: handedAtMs, toMs: confirmedAtMs };
      if (lengthOf(wait) > lengthOf(longest) && isMeant(wait)) longest = wait;
    }
    return longest;
  }

  /**
   * The longest time in which nothing was confirmed to anybody, of those that began in this span or
   * before it, up to the first confirmation behind it.
   */
  longestSilenceMs({ fromMs, toMs }: Span): number {
    const times: number[] = [];
    for (const { confirmedAtMs } of this.#fates.values()) {
      if (confirmedAtMs !== null && confirmedAtMs >= fromMs) times.push(confirmedAtMs);
    }
    times.sort((one, other) => one - other);
    let [longestMs, beforeMs] = [0, fromMs];
    for (const atMs of times) {
      longestMs = Math.max(longestMs, atMs - beforeMs);
      beforeMs = atMs;
      if (atMs > toMs) break;
    }
    return longestMs;
  }
}

export function lengthOf({ fromMs, toMs }: Span): number {
  return toMs - fromMs;
}

/** The body of a message; no two messages have the same. */
export function textOf({ from, to, number }: TalkMessage): string {
  return `${from} to ${to} ${number}`;
}

export function overlaps(one: Span, other: Span): boolean {
  return one.fromMs <= other.toMs && other.fromMs <= one.toMs;
}
