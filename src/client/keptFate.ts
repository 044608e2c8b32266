// What becomes of a kept message after an attempt to send it: PURE. It goes only when a server has
// decided it, and what the server itself said counts, not what this client made of it: an attempt
// that ends early, or a disk without room, decides nothing.

import { foldName } from "../base/text.ts";
import type { Outcome } from "./sessionTypes.ts";

/**
 * sent: confirmed. wait: undecided, it stays under its number. anew: not done now, and it may be
 * later, under another number. stale: the same at once, since its readers have other keys. unknown:
 * its number is used up, and nobody knows for what. refused: for good.
 */
export type Fate = "sent" | "wait" | "anew" | "stale" | "unknown" | "refused";

/** `said`: the code of the server's own refusal of this number; null when it sent none. */
export function fateOf(to: string, outcome: Outcome, said: string | null): Fate {
  if (outcome.ok) {
    const [reply] = outcome.replies;
    const isIts = reply?.type === "sent" && foldName(reply.to) === foldName(to);
    return isIts ? "sent" : "unknown";
  }
  if (said === null || undecided.has(said)) return "wait";
  if (said === "outcome-unknown") return "unknown";
  // Refused by servers that may lack a branch on which it was done.
  if (outcome.code === "outcome-unknown") return "wait";
  if (said === "stale-keys") return "stale";
  return passing.has(said) ? "anew" : "refused";
}

/** Of one that could not even be sealed. */
export function fateUnsealed(code: string): Fate {
  return goneReaders.has(code) ? "refused" : "wait";
}

/** These stand in no log. */
const undecided: ReadonlySet<string> = new Set([
  "no-room",
  "not-logged-in",
  "unavailable",
  "too-much-asked",
]);
/** These do, but do not last. */
const passing: ReadonlySet<string> = new Set(["mailbox-full", "group-full", "too-many-groups"]);
const goneReaders: ReadonlySet<string> = new Set(["no-such-user", "no-such-group", "not-a-member"]);
