// The bounds of what is believed of others, servers included, and of what they may cost. What else
// the product keeps to stands in limits.ts.

/** What no peer may say that it has come to (server/plausible.ts), while the clock is behind. */
export const clockFloorUs = 2 ** 46;
export const roundFloor = 2 ** 30;
/** In the year 2112. */
export const recordTimeUsMax = 2 ** 52;
/** Of one history, told by a peer. */
export const viewsToldMax = 100_000;
