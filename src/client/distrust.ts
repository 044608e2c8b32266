// Why a server is not talked to, in words for whoever sits there: PURE. What failed on the way to
// it says nothing about it, and is tried again; what is said here ends the client.

import { type Host, hostText } from "../base/hosts.ts";
import type { ConnectFailure } from "../ports.ts";

export interface Distrust {
  readonly code: string;
  readonly message: string;
}

export function distrustOf(host: Host, failure: ConnectFailure, detail: string): Distrust | null {
  const place = `${hostText(host.host)}:${host.clientPort}`;
  switch (failure) {
    case "no-tls": {
      const next = "Start that server with --tls-cert and --tls-key, or the client without --tls.";
      return { code: failure, message: `${place} speaks no TLS; nothing was sent to it. ${next}` };
    }
    case "certificate-refused": {
      const next = "Ask whoever runs it. Another CA is given with --tls-ca FILE.";
      return { code: failure, message: `${place} is not trusted. ${detail} ${next}` };
    }
    case "certificate-changed":
    case "certificate-unjudged":
      return { code: failure, message: detail };
    default:
      return null;
  }
}
