// What the judge of histories remembers of one server, and whether that server shows anything new.
// Judges nothing.

import type { Chain, Op } from "../../src/base/ids.ts";
import type { View } from "../../src/replica/types.ts";
import type { Inspection } from "../../src/server/inspection.ts";

export interface Seen {
  promised: number;
  /** Looked at through here, on this chain. */
  lastOp: number;
  lastChain: Chain | null;
  committed: number;
  durable: number;
  durableChain: Chain | null;
  status: Inspection["status"] | "unseen";
  active: number;
  viewCount: number;
  /** The founding of its history, by the first view of it. */
  first: View | null;
  founding: string;
  /** The newest view in which all of its history was held against what is confirmed. */
  verified: number;
}

export function nothingSeen(): Seen {
  return {
    promised: 0,
    lastOp: 0,
    lastChain: null,
    committed: 0,
    durable: 0,
    durableChain: null,
    status: "unseen",
    active: 0,
    viewCount: 0,
    first: null,
    founding: "",
    verified: 0,
  };
}

/** Most steps change nothing here: this is asked after each of them. */
export function isUnchanged(seen: Seen, now: Inspection): boolean {
  return (
    now.lastOp === seen.lastOp &&
    now.durable === seen.durable &&
    now.committed === seen.committed &&
    now.promised === seen.promised &&
    now.active === seen.active &&
    now.status === seen.status &&
    now.views.length === seen.viewCount &&
    now.lastChain === seen.lastChain
  );
}

/** A wiped server that founds anew, alone, makes another cluster, whose ballots begin anew too. */
export function foundingOf(seen: Seen, { views }: Inspection): string {
  const first = views[0] ?? null;
  if (first !== seen.first) {
    seen.first = first;
    seen.founding = first === null ? "" : first.incarnations.join();
  }
  return seen.founding;
}

export function wasCut(seen: Seen, now: Inspection): boolean {
  if (now.lastOp === seen.lastOp) return now.lastChain !== seen.lastChain;
  return now.chainAt(seen.lastOp as Op) !== seen.lastChain;
}

export function sameBranch(now: Inspection, seen: Seen): boolean {
  return now.chainAt(seen.durable as Op) === seen.durableChain;
}
