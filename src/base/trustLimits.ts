// The bounds of what a client keeps about whose key is whose, and of how often it tries to seal
// anew, or to be let in anew. What servers keep of keys stands in sealLimits.ts.

/** Earlier keys of one name, by which old messages are still known. */
export const pinFormerMax = 8;
/** Names of which a user's client keeps the key. */
export const pinsMax = 10_000;
/** Clients of others whose numbers are watched. */
export const sequencesKeptMax = 10_000;
/** A message whose reader has other keys by now is sealed anew so often. */
export const resealsMax = 2;
/** Keys that are said to be there already are asked for so often. */
export const keysTriesMax = 3;
/** The pages of a roster are asked for anew so often, when it changes between them. */
export const rosterTriesMax = 5;
/** Of these so many are kept over a restart, and no more often than this. */
export const sequencesStoredMax = 500;
export const sequencesStoreMs = 2_000;
/** Members of one group, and those who were and vouch for some, as a client takes them. */
export const rosterRowsMax = 4_000;
/** Of one body, shares that begin with the reader's short id: two are chance, many are none. */
export const sharesTriedMax = 4;
/** Keys derived from passwords that a client holds: of the old one, the new one, and a spare. */
export const privateKeysKept = 4;
/** Between attempts to begin a session anew while servers look at no password of the account. */
export const renewalRetryMs = 1_000;
