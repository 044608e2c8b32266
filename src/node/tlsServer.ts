// The port for clients where it speaks TLS: the server shows its certificate, and asks for none.
// Whoever calls without TLS is answered in the clear, and never served.

import type { Network } from "../ports.ts";
import type { ServerCertificate } from "./certificate.ts";
import { listenSecurely } from "./secureNetwork.ts";

export function makeTlsServer(parts: {
  readonly certificate: ServerCertificate;
  readonly plainAnswer: Buffer;
}): Pick<Network, "listen"> {
  const { certificate, plainAnswer } = parts;
  const ear = { options: certificate.options, plainAnswer, keyOf: null };
  return { listen: (address, accept) => listenSecurely(address, ear, accept) };
}
