// The bounds of keys and of what is sealed with them. What else the product keeps to stands in
// limits.ts.

import { assert } from "./assert.ts";
import { framePayloadBytesMax, groupMembersMax, requestPayloadBytesMax } from "./limits.ts";

/** An account's public keys, and a signature that binds them to one another. */
export const publicKeysBytes = 128;
/** The one that signs stands first among them. */
export const signingKeyBytes = 32;
export const wrappedKeysBytesMax = 256;
/** Of one account's keys, under as many salts of its password. */
export const wrapsMax = 8;
/** Keys of one account that forks left behind. */
export const formerKeysMax = 4;
/** Hexadecimal digits. */
export const saltLettersMax = 64;
export const keyIdBytes = 8;
/** In base64url. */
export const keyIdLetters = 11;
/** To a person, or kept as a draft: tag, full stop and all. */
export const sealedLettersMax = 6_144;
/** More to a group, for each of its members. */
export const sealedLettersPerMember = 50;
/** Of what a body is bound to beside its readers: a name, or a group's tag. */
export const sealTargetBytesMax = 256;
export const proofBytesMax = 256;
/** Of a group: those who have left and vouched for somebody who is in. */
export const vouchersMax = 1_000;
export const rosterRowsPerPage = 100;
/** Of a hash: whole numbers up to there are exact. */
export const epochBytes = 6;

/** Beside the body, in a request or in the command of a merge. */
const sealedFieldsBytesMax = 1_024;
const rosterRowBytesMax = 620;

assert(
  sealedLettersMax + sealedLettersPerMember * groupMembersMax + sealedFieldsBytesMax <=
    requestPayloadBytesMax,
  "what is sealed for the largest group fits a request, and a merge",
);
assert(
  rosterRowsPerPage * rosterRowBytesMax < framePayloadBytesMax,
  "a page of a roster fits a frame",
);
