// Proofs of a password-derived key or of a session token, without showing either (after SCRAM,
// RFC 5802 §3): the server keeps a hash of the client key, and every proof is bound to both nonces.
// Hashing only: who asks whom when stands in `client/` and `server/`, and scrypt in the client.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ClientId } from "../base/ids.ts";

/** Length of every key, token, proof and signature here, in bytes. */
export const keyBytes = 32;
/** Length of the client's and the server's nonces, in bytes. */
export const nonceBytes = 16;

/** What the server keeps of a login key; all lower-case hexadecimal. */
export interface VerifierKeys {
  readonly storedKey: string;
  readonly serverKey: string;
}

/** The verifier that `register` carries: proves nothing by itself. */
export function verifierFrom(loginKey: Buffer): VerifierKeys {
  return { storedKey: hashOf(clientKeyFrom(loginKey)), serverKey: serverKeyFrom(loginKey) };
}

/** The secret that proves the login; its hash is the verifier's `storedKey`. */
export function clientKeyFrom(loginKey: Buffer): Buffer {
  return hmac(loginKey, "Client Key");
}

/** What the server proves itself with, as hexadecimal. */
function serverKeyFrom(loginKey: Buffer): string {
  return hmac(loginKey, "Server Key").toString("hex");
}

/** SHA-256 as hexadecimal: of a client key its `storedKey`, of a session token its `tokenHash`. */
export function hashOf(secret: Buffer): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** What a login's proof and signature are over; names are equal regardless of case. */
export function loginAuthMessage(parts: {
  readonly client: ClientId;
  readonly name: string;
  /** Hexadecimal, from `challenge`. */
  readonly clientNonce: string;
  /** Hexadecimal, from this connection's `welcome`. */
  readonly serverNonce: string;
}): string {
  const { client, name, clientNonce, serverNonce } = parts;
  return `${client}|${name.toLowerCase()}|${clientNonce}|${serverNonce}`;
}

/** What the proof of a session's token is over. */
export function resumeAuthMessage(parts: {
  readonly client: ClientId;
  /** Hexadecimal, from this connection's `welcome`. */
  readonly serverNonce: string;
}): string {
  return `resume|${parts.client}|${parts.serverNonce}`;
}

/**
 * Proves the secret whose hash the server keeps (a client key, or a session token), as hexadecimal.
 */
export function proofOf(secret: Buffer, authMessage: string): string {
  return xor(secret, hmac(sha256(secret), authMessage)).toString("hex");
}

/** Whether the proof was made with the secret behind `storedHash`; false for malformed input. */
export function verifyProof(storedHash: string, authMessage: string, proof: string): boolean {
  const stored = Buffer.from(storedHash, "hex");
  const proven = Buffer.from(proof, "hex");
  if (stored.length !== keyBytes || proven.length !== keyBytes) return false;
  const secret = xor(proven, hmac(stored, authMessage));
  return timingSafeEqual(sha256(secret), stored);
}

/** The server's answer to a good login proof, as hexadecimal. */
export function signatureOf(serverKey: string, authMessage: string): string {
  return hmac(Buffer.from(serverKey, "hex"), authMessage).toString("hex");
}

/** Whether the server holds the verifier of this login key; false for any malformed input. */
export function verifySignature(loginKey: Buffer, authMessage: string, signature: string): boolean {
  const wanted = Buffer.from(signatureOf(serverKeyFrom(loginKey), authMessage), "hex");
  const given = Buffer.from(signature, "hex");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function xor(left: Buffer, right: Buffer): Buffer {
  const mixed = Buffer.alloc(keyBytes);
  for (let at = 0; at < keyBytes; at += 1) {
    mixed[at] = (left[at] as number) ^ (right[at] as number);
  }
  return mixed;
}
