// What one seed stands for: a cluster's configuration, its people, and the faults they live
// through, all drawn beforehand, so that a plan can be printed, shortened and played again.
// Types alone; `drawPlan.ts` draws one, `play.ts` plays it.

import type { ServerMode } from "../support/simBoot.ts";
import type { Death } from "../support/simServer.ts";
import type { CutKind, Latency } from "../support/simPath.ts";

export interface Plan {
  readonly seed: number;
  readonly kind: PlanKind;
  readonly servers: number;
  readonly mode: ServerMode;
  readonly minCopies: number;
  readonly snapshotEvery: number;
  /** So many messages of each conversation stay, and what is unread; 0: all of them. */
  readonly keep: number;
  /** What disks count in where the journal is written. */
  readonly blockBytes: number;
  /** Comes when the others have founded the cluster without it; null: nobody does. */
  readonly late: number | null;
  readonly latency: Latency;
  /** Smaller bounds than the product's own, by their names in base/limits.ts or talkLimits.ts. */
  readonly limits: Readonly<Record<string, number>>;
  readonly people: readonly PersonPlan[];
  readonly faults: readonly Fault[];
  /** When the last fault ends. */
  readonly faultsEndMs: number;
  /** When all is well again, some go, and the others must serve on; null: nobody goes. */
  readonly finale: Finale | null;
}

export interface Finale {
  /** In the order in which they go. */
  readonly absent: readonly number[];
  readonly how: Absence;
  /**
   * Null: all at once. Else each waits until one of those who stay has installed a view without
   * the one before, and for so long behind that.
   */
  readonly gapMs: number | null;
}

/** isolated: it runs, and nobody hears it. */
export type Absence = "killed" | "powerCut" | "paused" | "isolated";

/**
 * crashes: never more than the promise allows, and everybody is back before the next ones; nobody
 * may go on unverified. mixed: anything that leaves a full copy. beyond: also what breaks the
 * promise (false refusals by a firewall, disks wiped or rotten without a copy left).
 */
export type PlanKind = "crashes" | "mixed" | "beyond";

export interface PersonPlan {
  readonly name: string;
  readonly terminals: number;
  /** When they first sit down at one. */
  readonly startsMs: number;
  /** Mean time between two actions of one terminal. */
  readonly thinkMs: number;
  /** How long they leave a terminal alone for, at most. */
  readonly awayMs: number;
  /** How likely each action is, against the others. */
  readonly habits: Readonly<Record<Habit, number>>;
}

export type Habit =
  | "send"
  | "burst"
  | "sendToNobody"
  | "list"
  | "mark"
  | "search"
  | "wrongPassword"
  | "relogin"
  | "vanish"
  | "freeze"
  | "deleteAccount"
  | "meddle"
  | "grabName";

/** Whose: a server by its id, or whoever has the part when the fault comes. */
export type Who = number | "primary" | "secondary" | "teller";

export interface Fault {
  readonly atMs: number;
  /**
   * Waits (up to a bound) for some server to log this ("says …": to send such a message), then for
   * `delayMs`; it is the teller. `of`: for one of these alone.
   */
  readonly when: {
    readonly event: string;
    readonly delayMs: number;
    readonly of?: readonly number[];
  } | null;
  readonly lastsMs: number;
  readonly what: What;
}

export type What =
  /** effect: it dies just before its n-th effect from then on; 0 at once. */
  | { readonly kind: "crash"; readonly who: Who; readonly how: Death; readonly effect: number }
  | { readonly kind: "crashes"; readonly who: readonly Who[]; readonly gapMs: number }
  /** All lose power (or are killed) at once; each returns at its own time. */
  | { readonly kind: "blackout"; readonly how: Death; readonly backMs: readonly number[] }
  | { readonly kind: "stop"; readonly who: Who }
  | { readonly kind: "pause"; readonly who: Who }
  /** The machine sleeps: its kernel answers for nobody meanwhile. */
  | { readonly kind: "suspend"; readonly who: Who }
  | { readonly kind: "wipe"; readonly who: Who }
  | { readonly kind: "rot"; readonly who: Who; readonly flips: number; readonly salt: number }
  | {
      readonly kind: "cut";
      readonly from: number;
      readonly to: number;
      readonly oneWay: boolean;
      readonly how: CutKind;
    }
  /** People as indexes behind the servers' ids. */
  | { readonly kind: "split"; readonly left: readonly number[]; readonly how: CutKind }
  /** From all other servers, not from people; `moves`: whoever was so before is no longer. */
  | {
      readonly kind: "isolate";
      readonly who: Who;
      readonly how: CutKind;
      readonly moves: boolean;
    }
  /** The two groups of servers do not hear each other; all others hear both. */
  | {
      readonly kind: "bridge";
      readonly left: readonly number[];
      readonly right: readonly number[];
      readonly how: CutKind;
    }
  /** A stranger connects, and says what `salt` makes him say. */
  | {
      readonly kind: "garbage";
      readonly who: Who;
      readonly port: "client" | "peer";
      readonly salt: number;
    }
  /** A server somewhere says that it is this one; it does not know the secret. */
  | { readonly kind: "impostor"; readonly who: Who; readonly salt: number }
  | { readonly kind: "reset"; readonly from: number; readonly to: number }
  | { readonly kind: "slowLink"; readonly from: number; readonly to: number; readonly ms: number }
  | { readonly kind: "clog"; readonly from: number; readonly to: number }
  | { readonly kind: "slowDisk"; readonly who: Who; readonly ms: number }
  | { readonly kind: "hangDisk"; readonly who: Who; readonly action: "sync" | "write" }
  | { readonly kind: "failDisk"; readonly who: Who; readonly action: "sync" | "write" | "create" }
  | { readonly kind: "fullDisk"; readonly who: Who; readonly roomBytes: number }
  | { readonly kind: "jump"; readonly who: Who; readonly deltaMs: number };

export type FaultKind = What["kind"];
