// What is said of two servers that cannot speak securely to one another. PURE: words alone.
// Which bytes are TLS, and what its errors mean, is found out in node/.

import type { ServerId } from "../base/ids.ts";
import type { SecurityProblem } from "../ports.ts";
import { callerOf } from "./peerKeys.ts";

const alike = "Give all servers the same hosts and the same --peer-tls.";

export interface InsecurePeer {
  readonly code: string;
  readonly message: string;
  /** Whom it concerns, as far as that is known or claimed. */
  readonly peer: ServerId | null;
}

/** `peer` is whom we called, or who has proven it. */
export function insecurePeer(
  problem: SecurityProblem,
  ends: { readonly self: ServerId; readonly peer: ServerId | null },
): InsecurePeer {
  const { code, detail, claimed } = problem;
  const { self } = ends;
  const peer = ends.peer ?? (claimed === undefined ? null : callerOf(claimed));
  switch (code) {
    case "wrong-secret":
      return { code, peer, message: secretsDiffer({ self, peer, more: mayBeAltered }) };
    case "no-tls":
      return {
        code,
        peer,
        message: `${nameOf(peer)} speaks no TLS, and server ${self} does. ${alike}`,
      };
    default:
      return { code, peer, message: `TLS with ${nameOf(peer).toLowerCase()} failed: ${detail}.` };
  }
}

const mayBeAltered = ", or something between them alters what they say";

export function secretsDiffer(parts: {
  readonly self: ServerId;
  readonly peer: ServerId | null;
  readonly more?: string;
}): string {
  const { self, peer, more = "" } = parts;
  const next =
    "Copy one server's state/secret to the others, or set CHAT_SECRET alike, and restart them.";
  return `Servers ${self} and ${peer ?? "another"} have different secrets${more}. ${next}`;
}

/** For whoever speaks TLS to a server that does not. */
export function noTlsHere(self: ServerId): string {
  return `Server ${self} speaks no TLS to other servers. ${alike}`;
}

/** For whoever speaks no TLS to a server that does. */
export function onlyTlsHere(self: ServerId): string {
  return `Server ${self} speaks TLS to other servers. ${alike}`;
}

function nameOf(peer: ServerId | null): string {
  return peer === null ? "The other end" : `Server ${peer}`;
}
