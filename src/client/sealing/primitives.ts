// The four pieces that sealing is built from, over raw keys of 32 bytes: X25519 (RFC 7748), Ed25519
// (RFC 8032), HKDF-SHA-256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439). PURE but for hashing: what is
// random is handed in. What they are used for stands beside this file.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto";

/** Of every key, seed and shared secret, in bytes. */
export const rawKeyBytes = 32;
export const signatureBytes = 64;
export const nonceBytes = 12;
/** What ChaCha20-Poly1305 adds to a text. */
export const tagBytes = 16;

export interface KeyPair {
  readonly public: Buffer;
  readonly secret: KeyObject;
}

type Curve = "X25519" | "Ed25519";

const noPublicKey = Buffer.alloc(rawKeyBytes).toString("base64url");

export function pairFrom(curve: Curve, seed: Buffer): KeyPair {
  // The public half is computed from the seed whatever stands in its place.
  const d = seed.toString("base64url");
  const jwk = { kty: "OKP", crv: curve, d, x: noPublicKey };
  const secret = createPrivateKey({ key: jwk, format: "jwk" });
  const { x = "" } = createPublicKey(secret).export({ format: "jwk" });
  return { public: Buffer.from(x, "base64url"), secret };
}

/** Null for a public key that is none: it would make the secret the same for everybody. */
export function agree(secret: KeyObject, other: Buffer): Buffer | null {
  try {
    return diffieHellman({ privateKey: secret, publicKey: publicKey("X25519", other) });
  } catch {
    return null;
  }
}

export function sign(secret: KeyObject, bytes: Buffer): Buffer {
  return signBytes(null, bytes, secret);
}

export function isSigned(signer: Buffer, bytes: Buffer, signature: Buffer): boolean {
  try {
    return verifyBytes(null, bytes, publicKey("Ed25519", signer), signature);
  } catch {
    return false;
  }
}

export function derive(
  secret: Buffer,
  { salt, info }: { readonly salt: Buffer; readonly info: Buffer | string },
): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, info, rawKeyBytes));
}

interface Box {
  readonly key: Buffer;
  readonly nonce: Buffer;
  /** Bound to what is locked, and not hidden. */
  readonly beside: Buffer;
}

/** The locked text, and its tag behind it. */
export function lock({ key, nonce, beside }: Box, text: Buffer): Buffer {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(beside, { plaintextLength: text.length });
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

/** Null when anything was changed. */
export function unlock({ key, nonce, beside }: Box, locked: Buffer): Buffer | null {
  if (locked.length < tagBytes) return null;
  const textBytes = locked.length - tagBytes;
  const cipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(beside, { plaintextLength: textBytes });
  cipher.setAuthTag(locked.subarray(textBytes));
  try {
    return Buffer.concat([cipher.update(locked.subarray(0, textBytes)), cipher.final()]);
  } catch {
    return null;
  }
}

export function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

export function sha512(...parts: readonly Buffer[]): Buffer {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Throws for what is no point; the callers take that for a refusal. */
function publicKey(curve: Curve, raw: Buffer): KeyObject {
  return createPublicKey({
    key: { kty: "OKP", crv: curve, x: raw.toString("base64url") },
    format: "jwk",
  });
}
