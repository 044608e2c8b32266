// Calls to servers that speak TLS. Either a CA vouches for the server under the name that it was
// called by, or its public key is judged by whoever remembers the one of before.
// Nothing is sent to a server before it has been found good.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, type TLSSocket, createSecureContext } from "node:tls";
import type { Address, Network, SecurityProblem, Trust } from "../ports.ts";
import { keyHashOf } from "./certificate.ts";
import { diskError } from "./diskErrors.ts";
import { connectSecurely } from "./secureNetwork.ts";

/** What trust is founded on. */
export type Ground =
  | { readonly kind: "ca"; readonly pem: string }
  | { readonly kind: "memory"; readonly trust: Trust };

export function makeTlsClient(ground: Ground): Pick<Network, "connect"> {
  const ca = ground.kind === "ca" ? ground.pem : [];
  const secureContext = createSecureContext({ minVersion: "TLSv1.3", ca });
  return {
    connect: (address, timeoutMs, handler) => {
      const { host } = address;
      const options: ConnectionOptions = {
        secureContext,
        host,
        rejectUnauthorized: ground.kind === "ca",
        ...(isIP(host) === 0 && { servername: host }),
      };
      const refusalOf = (socket: TLSSocket): SecurityProblem | null => {
        return ground.kind === "ca" ? null : refusalBy(ground.trust, address, socket);
      };
      connectSecurely({ address, timeoutMs, options, refusalOf }, handler);
    },
  };
}

/** Throws an Error in words. */
export function readCa(file: string): Ground {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    throw diskError("Reading the CA's certificate", file, error);
  }
  try {
    new X509Certificate(pem);
  } catch {
    throw new Error(`${file} holds no certificate in PEM form. Is it the right file?`);
  }
  return { kind: "ca", pem };
}

function refusalBy(trust: Trust, address: Address, socket: TLSSocket): SecurityProblem | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { code: "tls-failed", detail: "no certificate came" };
  return trust.judge(address, keyHashOf(certificate));
}
