// What a client remembers of servers that do not serve it: where it looks for one that does, and
// that one is there which can confirm nothing. Types alone; failover.ts and standstill.ts decide.

export interface Failover {
  host: number;
  /** Where in the circle of all hosts we are; hints lead off it, and back to the same place. */
  circle: number;
  /** Since when nobody serves us; null while somebody does. */
  lostAtMs: number | null;
  retryAtMs: number;
  /** The next attempt is made at once. */
  eager: boolean;
  /** Hints followed since the last wait. */
  followed: number;
  readonly failedAtMs: number[];
  readonly avoidUntilMs: number[];
  /** Whose names nobody knew an address for, when they were tried last. */
  readonly unknown: Set<number>;
  /** The connection's last sign of life. */
  heardAtMs: number;
  /** When the unanswered ping was sent. */
  pingedAtMs: number | null;
  looking: boolean;
  greetUntilMs: number;
  /** Protocol errors told by servers since the last reply. */
  faults: number;
}

/** What the user has been told, and by which host. */
export interface Standstill {
  readonly message: string;
  readonly host: number;
  /** It has not refused a connection since. */
  readonly isThere: boolean;
}
