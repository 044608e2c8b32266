// The bounds of what people keep and share beyond single messages. What else the product keeps to
// stands in limits.ts.

import { assert } from "./assert.ts";
import { clientRetryMsMax } from "./limits.ts";

/** Of each account: which of its drafts were sent, and as what, in case a fork sent them, too. */
export const sentDraftsKept = 1_000;
/** Places of letters of slabs that are half gone, looked at with each op until they are whole. */
export const sweptPerOp = 64;
/** Where histories are bounded: letters looked at in a row, and the pause before the next look. */
export const trimLookLetters = 2_048;
export const trimGapMs = 200;
/** The same while there is something to let go. */
export const trimBusyGapMs = 10;
/** Who comes and goes within this time is told together. */
export const presenceFoldMs = 1_000;
/** Who is back within this time has not been away: longer than a client needs to find a server. */
export const presenceAwayMs = 3_000;
/** After a takeover, whoever comes within this time was on before. */
export const presenceSettleMs = 5_000;
/** Of those who come, and of those who go, so many are named at a time. */
export const presenceNamesMax = 20;

assert(
  presenceAwayMs - presenceFoldMs > 2 * clientRetryMsMax,
  "who only changes servers has not been away",
);
