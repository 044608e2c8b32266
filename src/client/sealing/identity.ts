// Who somebody is: an Ed25519 key that signs and an X25519 key that is sealed to, the second signed
// by the first. PURE. The private ones are two seeds, which leave this client only wrapped under
// the key that is derived from the password and never sent (client/passwordKeys.ts).

import {
  agree,
  derive,
  isSigned,
  type KeyPair,
  lock,
  nonceBytes,
  pairFrom,
  rawKeyBytes,
  sha256,
  sign,
  signatureBytes,
  unlock,
} from "./primitives.ts";

export const seedsBytes = 2 * rawKeyBytes;
const publicsBytes = 2 * rawKeyBytes + signatureBytes;
export const idBytes = 8;
/** So much fresh randomness goes into a wrap. */
export const wrapNonceBytes = nonceBytes;

/** The public half of an identity; of a contact all that is ever known. */
export interface Publics {
  readonly signing: Buffer;
  readonly agreement: Buffer;
  /** First bytes of SHA-256 over the signing key. */
  readonly id: Buffer;
}

export interface Identity extends Publics {
  readonly secrets: { readonly signing: KeyPair; readonly agreement: KeyPair };
  readonly seeds: Buffer;
  /** As the servers keep them: signing key, agreement key, signature. */
  readonly publics: Buffer;
}

export function identityFrom(seeds: Buffer): Identity {
  const signing = pairFrom("Ed25519", seeds.subarray(0, rawKeyBytes));
  const agreement = pairFrom("X25519", seeds.subarray(rawKeyBytes, seedsBytes));
  const signature = sign(signing.secret, vouchedFor(agreement.public));
  return {
    signing: signing.public,
    agreement: agreement.public,
    id: idOf(signing.public),
    secrets: { signing, agreement },
    seeds,
    publics: Buffer.concat([signing.public, agreement.public, signature]),
  };
}

/** Null when it is not what `identityFrom` makes: whoever has the signing key made the other. */
export function readPublics(publics: Buffer): Publics | null {
  if (publics.length !== publicsBytes) return null;
  const signing = publics.subarray(0, rawKeyBytes);
  const agreement = publics.subarray(rawKeyBytes, 2 * rawKeyBytes);
  const signature = publics.subarray(2 * rawKeyBytes);
  if (!isSigned(signing, vouchedFor(agreement), signature)) return null;
  if (agree(anybody.secret, agreement) === null) return null;
  return { signing, agreement, id: idOf(signing) };
}

/** With a key of low order nobody shares a secret, and so nobody. */
const anybody = pairFrom("X25519", Buffer.alloc(rawKeyBytes, 1));

export function idOf(signing: Buffer): Buffer {
  return sha256(signing).subarray(0, idBytes);
}

/** As servers and tags have it: 11 letters. */
export function idText(id: Buffer): string {
  return id.toString("base64url");
}

const wrapVersion = 1;

/** version (1) | nonce (12) | the seeds, locked (64 + 16) */
export function wrapSeeds(
  identity: Identity,
  { privateKey, nonce }: { readonly privateKey: Buffer; readonly nonce: Buffer },
): Buffer {
  const locked = lock(wrapBox(identity.publics, { privateKey, nonce }), identity.seeds);
  return Buffer.concat([Buffer.of(wrapVersion), nonce, locked]);
}

/** Null when it was wrapped under another key, for other publics, or was changed. */
export function unwrapSeeds(
  wrapped: Buffer,
  { publics, privateKey }: { readonly publics: Buffer; readonly privateKey: Buffer },
): Identity | null {
  if (wrapped[0] !== wrapVersion) return null;
  const nonce = wrapped.subarray(1, 1 + nonceBytes);
  if (nonce.length < nonceBytes) return null;
  const box = wrapBox(publics, { privateKey, nonce });
  const seeds = unlock(box, wrapped.subarray(1 + nonceBytes));
  if (seeds === null || seeds.length !== seedsBytes) return null;
  const identity = identityFrom(seeds);
  return identity.publics.equals(publics) ? identity : null;
}

function wrapBox(
  publics: Buffer,
  { privateKey, nonce }: { readonly privateKey: Buffer; readonly nonce: Buffer },
): Parameters<typeof lock>[0] {
  const key = derive(privateKey, { salt: Buffer.alloc(0), info: "replichat wrap 1" });
  return { key, nonce, beside: Buffer.concat([Buffer.of(wrapVersion), publics]) };
}

function vouchedFor(agreement: Buffer): Buffer {
  return Buffer.concat([Buffer.from("replichat identity 1"), agreement]);
}
