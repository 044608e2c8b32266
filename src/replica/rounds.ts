// Which round a proposal takes: above all that is known, and one that no folder of this server has
// taken before. A ballot stands for one view alone, whoever's disk was lost in between.

import { roundOf } from "../base/ids.ts";
import { lastLifeIn } from "./histories.ts";
import type { Replica } from "./state.ts";
import { newestBallot } from "./state.ts";

/**
 * A folder that was never in a view does not know which ballots the one before it has used, alone
 * perhaps: it begins as far up as its birth says, unless all found the cluster together.
 */
export function nextRound(replica: Replica, isWhole: boolean): number {
  const { born, config, promised, seenBallot, views } = replica;
  // Who was fed holds views whose ballots it has never promised.
  const known = [promised, seenBallot, newestBallot(replica)];
  const round = Math.max(...known.map(roundOf)) + 1;
  if ((isWhole && views.length === 0) || lastLifeIn(views, config.id) >= born) return round;
  return Math.max(round, firstRoundOf(born));
}

/** From 1 to 65,536, far apart for births that are close to one another (Fibonacci hashing). */
function firstRoundOf(born: number): number {
  return (Math.imul(born, 0x9e3779b1) >>> 16) + 1;
}
