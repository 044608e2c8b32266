// The name of an account's keys: what messages sealed for them are tagged with, on the wire and in
// every client. It stays the same as long as the key that signs does.

import { keyIdBytes, signingKeyBytes } from "../base/sealLimits.ts";
import { digestOf } from "./checksum.ts";

/** The first bytes of the signing key's SHA-256, in base64url. */
export function keyIdOf(publics: Buffer): string {
  const digest = digestOf([publics.subarray(0, signingKeyBytes)]);
  return Buffer.from(digest.slice(0, 2 * keyIdBytes), "hex").toString("base64url");
}
