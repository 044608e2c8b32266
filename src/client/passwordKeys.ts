// From a password to the keys that stand for it (FEATURES §5): scrypt, then HKDF splits the result
// into the login key and a private key that never leaves. Keeps nothing and knows no server.

import { hkdfSync, scrypt } from "node:crypto";
import { keyBytes } from "../wire/proof.ts";
import type { KeyParameters } from "./sessionTypes.ts";

export interface PasswordKeys {
  /** Proves the password to servers, which hold a verifier of it. */
  readonly loginKey: Buffer;
  /** Wraps what servers may keep but not read; it is never sent. */
  readonly privateKey: Buffer;
}

/** Takes some 200 ms of a thread outside the event loop, by intent. */
export type DeriveKeys = (password: string, parameters: KeyParameters) => Promise<PasswordKeys>;

export const deriveKeys: DeriveKeys = (password, parameters) => {
  const { salt, cost, blockSize, parallelism } = parameters;
  const options = {
    N: cost,
    r: blockSize,
    p: parallelism,
    maxmem: 256 * (cost + parallelism) * blockSize,
  };
  // Keyboards differ in how they compose letters; the same word is the same password.
  const typed = Buffer.from(password.normalize("NFKC"), "utf8");
  return new Promise((resolve, reject) => {
    scrypt(typed, Buffer.from(salt, "hex"), 2 * keyBytes, options, (error, secret) => {
      if (error !== null) return reject(error);
      const part = (use: string): Buffer =>
        Buffer.from(hkdfSync("sha256", secret, "", use, keyBytes));
      resolve({ loginKey: part("replichat login key"), privateKey: part("replichat private key") });
    });
  });
};
