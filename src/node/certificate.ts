// A server's certificate and key from their files, looked at before anybody relies on them: what is
// wrong is said in words, with what to do next. A public key's hash is how people and clients tell
// servers apart, since it stays the same when a certificate is renewed for the same key.

import type { KeyObject } from "node:crypto";
import { X509Certificate, createHash, createPrivateKey } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { SecureContextOptions } from "node:tls";
import { createSecureContext } from "node:tls";
import { wordsOf } from "../base/errors.ts";
import { diskError } from "./diskErrors.ts";

export interface ServerCertificate {
  readonly options: SecureContextOptions;
  readonly keyHash: string;
  /** Not in the way, but worth a line. */
  readonly warnings: readonly string[];
}

/** Throws an Error in words. */
export function readCertificate(
  files: { readonly certFile: string; readonly keyFile: string },
  wallMs: number,
): ServerCertificate {
  const { certFile, keyFile } = files;
  const cert = readText("certificate", certFile);
  const key = readText("key", keyFile);
  const found = parseCertificate(cert, certFile);
  if (!found.checkPrivateKey(parseKey(key, keyFile))) {
    const next = "Give the two files that were made together.";
    throw new Error(`The key in ${keyFile} is not that of the certificate in ${certFile}. ${next}`);
  }
  try {
    const options: SecureContextOptions = { cert, key, minVersion: "TLSv1.3" };
    createSecureContext(options);
    return { options, keyHash: keyHashOf(found), warnings: warningsOf(found, files, wallMs) };
  } catch (error) {
    const why = wordsOf(error);
    throw new Error(`The certificate in ${certFile} cannot be used: ${why}. Make another one.`);
  }
}

/** As curl's --pinnedpubkey writes it: SHA-256 over the SubjectPublicKeyInfo. */
export function keyHashOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return `sha256//${createHash("sha256").update(spki).digest("base64")}`;
}

function readText(what: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw diskError(`Reading the ${what}`, file, error);
  }
}

function parseCertificate(cert: string, file: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch {
    throw new Error(`${file} holds no certificate in PEM form. Is it the right file?`);
  }
}

function parseKey(key: string, file: string): KeyObject {
  try {
    return createPrivateKey(key);
  } catch {
    if (hasPassphrase.test(key)) {
      throw new Error(`The key in ${file} has a passphrase. Give one that has none, mode 0600.`);
    }
    throw new Error(`${file} holds no private key in PEM form. Is it the right file?`);
  }
}

/** The errors differ from one version of Node to the next; what is written in the key does not. */
const hasPassphrase = /^(?:-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m;

function warningsOf(
  certificate: X509Certificate,
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
  wallMs: number,
): readonly string[] {
  const warnings: string[] = [];
  const { validTo } = certificate;
  if (Date.parse(validTo) < wallMs) {
    warnings.push(`The certificate in ${certFile} is valid up to ${validTo} only.`);
  }
  if ((statSync(keyFile).mode & 0o077) !== 0) {
    warnings.push(`${keyFile} can be read by others. Run: chmod 600 ${keyFile}`);
  }
  return warnings;
}
