// Nobody goes on unverified before having waited: a server that proposes such a view has been up
// for as long as that takes (it starts to wait, at the earliest, when it starts).
// Whether the wait was for the right ones is judged elsewhere, by what is lost or not.

import { unverifiedWaitMs } from "../../src/base/limits.ts";
import { proposerOf } from "../../src/base/ids.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import { BrokenRule } from "./historyChecker.ts";
import type { SimServer } from "./simServer.ts";

export function expectPatience(
  seen: readonly Inspection[],
  servers: readonly SimServer[],
  nowMs: number,
): void {
  for (const { id, views, incarnation } of seen) {
    const view = views.at(-1);
    if (view === undefined || view.verified || proposerOf(view.ballot) !== id) continue;
    // A view of a former life, found again at this start, was waited for then.
    if (view.incarnations[view.members.indexOf(id)] !== incarnation) continue;
    if (leavesOutNobody(views)) continue;
    const upMs = nowMs - (servers[id]?.startedMs ?? 0);
    if (upMs >= unverifiedWaitMs) continue;
    const words = `${upMs.toFixed(0)} ms after its start`;
    throw new BrokenRule(`server ${id} goes on unverified in view ${view.ballot}, ${words}`);
  }
}

/** Unverified before, and with all of the view before: it says who is waited for from now on. */
function leavesOutNobody(views: Inspection["views"]): boolean {
  const view = views.at(-1);
  const before = views.slice(0, -1);
  const members = before.at(-1)?.members ?? [];
  if (members.length === 0 || before.every(({ verified }) => verified)) return false;
  return members.every((member) => view?.members.includes(member) === true);
}
