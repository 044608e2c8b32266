// Links between ends that hold keys in common: TLS 1.3 with those keys and fresh Diffie-Hellman
// ones (psk_dhe_ke, RFC 8446 §2.2), so that whoever records the bytes and learns the key later
// reads nothing. Whoever lacks the key comes to nothing, in either direction.

import { type SecureContextOptions, type TLSSocket, createSecureContext } from "node:tls";
import type { Network, SecurityProblem, SharedKeys } from "../ports.ts";
import { connectSecurely, listenSecurely } from "./secureNetwork.ts";

/**
 * No certificate proves anything here. Keys without a hash of their own go with SHA-256. Links live
 * for months: with this cipher none is ever too old, as with AES-GCM (RFC 8446 §5.5).
 */
const options: SecureContextOptions = {
  ca: [],
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  ciphers: "TLS_CHACHA20_POLY1305_SHA256",
};

export function makePskNetwork(parts: {
  readonly keys: SharedKeys;
  /** In the clear, to whoever speaks no TLS. */
  readonly plainAnswer: Buffer;
}): Network {
  const { keys, plainAnswer } = parts;
  const context = createSecureContext(options);
  const ear = { options, plainAnswer, keyOf: keys.forCaller };
  return {
    listen: (address, accept) => listenSecurely(address, ear, accept),
    connect: (address, timeoutMs, handler) => {
      const { identity, key } = keys.forCall(address);
      const own = { secureContext: context, pskCallback: () => ({ identity, psk: key }) };
      connectSecurely({ address, timeoutMs, options: own, refusalOf: lackOfKey }, handler);
    },
  };
}

/** Keys in common are to TLS a session that is taken up again; whoever lacks them begins anew. */
function lackOfKey(socket: TLSSocket): SecurityProblem | null {
  if (socket.isSessionReused()) return null;
  return { code: "wrong-secret", detail: "it came with a certificate instead of the secret" };
}
