// Short ways to write views, histories and promises for tests of the succession rule.
// Ballots are written as they come; incarnations are 1 unless said otherwise.

import { asBallot, asIncarnation, asOp, asServerId, noBallot } from "../../src/base/ids.ts";
import type { PromiseInfo } from "../../src/replica/succession.ts";
import type { History, View } from "../../src/replica/types.ts";

export interface ViewSpec {
  readonly ballot: number;
  readonly at: number;
  readonly members: readonly number[];
  readonly verified?: boolean;
  readonly parent?: number;
  readonly parentActive?: boolean;
  readonly incarnations?: readonly number[];
}

export function viewOf(spec: ViewSpec): View {
  const members = spec.members.map(asServerId);
  const incarnations = spec.incarnations ?? members.map(() => 1);
  return {
    ballot: asBallot(spec.ballot),
    startOp: asOp(spec.at),
    primary: members[0] ?? asServerId(0),
    verified: spec.verified ?? true,
    parent: spec.parent === undefined ? noBallot : asBallot(spec.parent),
    parentActive: spec.parentActive ?? true,
    members,
    incarnations: incarnations.map(asIncarnation),
  };
}

export function historyOf(lastOp: number, ...views: readonly ViewSpec[]): History {
  return { views: views.map(viewOf), lastOp: asOp(lastOp) };
}

export interface PromiseSpec {
  readonly history: History;
  /** 1 unless said otherwise. */
  readonly incarnation?: number;
  /** The first life of its folder; 1 unless said otherwise. */
  readonly born?: number;
  /** Up since it installed this view; 0: restarted. */
  readonly since?: number;
  readonly active?: number;
  /** Server and incarnation, as many as there are proofs. */
  readonly dead?: readonly (readonly [number, number])[];
}

export function promiseOf(server: number, spec: PromiseSpec): PromiseInfo {
  const since = spec.since ?? 0;
  return {
    server: asServerId(server),
    incarnation: asIncarnation(spec.incarnation ?? 1),
    born: asIncarnation(spec.born ?? 1),
    history: spec.history,
    normal: since !== 0,
    since: asBallot(since),
    active: asBallot(spec.active ?? 0),
    proofs: (spec.dead ?? []).map(([id, incarnation]) => {
      return { server: asServerId(id), incarnation: asIncarnation(incarnation) };
    }),
  };
}
