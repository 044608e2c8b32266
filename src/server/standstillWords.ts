// How it is said that nothing is being confirmed: to clients, in the log, and by `cluster`. PURE:
// words alone. Whether it is so is decided in replica/strength.ts.

import type { ServerId } from "../base/ids.ts";
import { copiesNeeded, standstillOf, type Strength } from "../replica/strength.ts";

/** For whoever waits for a confirmation; null while nobody waits in vain. */
export function standstillNotice(strength: Strength): string | null {
  const why = standstillOf(strength) === null ? null : whyStill(strength);
  return why === null ? null : `Nothing is being confirmed: ${why}. What you write waits.`;
}

/** Half a sentence, of a cluster that stands still. */
export function whyStill(strength: Strength): string {
  const { up, awaited } = strength;
  if (standstillOf(strength) === "awaiting") {
    const them = are(awaited, "is", "are");
    return `${naming(awaited)} may hold newer messages, and ${them} waited for`;
  }
  const needed = copiesNeeded(strength);
  if (up.length < needed) {
    return `${up.length} of ${needed} needed servers ${up.length === 1 ? "is" : "are"} up`;
  }
  const coming = comingIn(strength);
  const have = are(coming, "is back, and has", "are back, and have");
  return `${naming(coming)} ${have} yet to catch up`;
}

/** What somebody has to do, as a sentence; empty where it goes on by itself. */
export function remedy(strength: Strength): string {
  const { servers, up, awaited, strict } = strength;
  const why = standstillOf(strength);
  if (why === "awaiting") {
    const otherwise = strict ? "" : ", else the chat may go on without, unverified";
    return `Start ${naming(awaited)} again${otherwise}.`;
  }
  const away = servers.filter((id) => !up.includes(id));
  const lacking = copiesNeeded(strength) - up.length;
  if (why === null || lacking <= 0) return "";
  if (lacking === away.length) return `Start ${naming(away)} again.`;
  return lacking === 1
    ? `Start server ${listed(away, "or")} again.`
    : `Start ${lacking} of servers ${listed(away, "and")} again.`;
}

/** Why more than one is needed, as whoever started the servers has said it. */
export function ruleOf({ servers, majority, minCopies }: Strength): string {
  const quorum = copiesNeeded({ servers, majority, minCopies: 1 });
  return majority && quorum >= minCopies ? "--majority" : `--min-copies ${minCopies}`;
}

/** Up, and not in the view, or not yet again. */
export function comingIn({ up, confirming }: Strength): readonly ServerId[] {
  return up.filter((id) => !confirming.includes(id));
}

/** Such as "servers 0 and 2". */
export function naming(ids: readonly ServerId[]): string {
  return `${are(ids, "server", "servers")} ${listed(ids, "and")}`;
}

export function are(ids: readonly ServerId[], one: string, many: string): string {
  return ids.length === 1 ? one : many;
}

function listed(ids: readonly ServerId[], word: string): string {
  const last = ids[ids.length - 1];
  return ids.length < 2 ? `${last}` : `${ids.slice(0, -1).join(", ")} ${word} ${last}`;
}
