// The bounds of waiting for those who have just been answered, so that all go into the log with one
// sync (server/gathering.ts).

/** They are waited for during this part of the time that a group takes, */
export const gatherPart = 0.5;
export const gatherMsMax = 5;
/** where that is no less than a timer can tell. */
export const gatherGroupMsMin = 2;
/** It was worth it if so large a part of them has come. */
export const gatherCameBack = 0.8;
/** Else so many groups go without; twice as many each time. */
export const gatherPauseMin = 32;
export const gatherPauseMax = 1_024;
/** After it was worth it so many times, two in vain in a row are forgiven. */
export const gatherTrustMax = 4;
