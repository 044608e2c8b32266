// What TLS says when a handshake fails, as what it means here. An end or a reset of the connection
// means nothing: it may be a process that died, and is for others to judge.

import type { TLSSocket } from "node:tls";
import type { SecurityProblem } from "../ports.ts";

/** Null: the connection was lost, which says nothing about who was there. */
export function explainTls(error: Error, socket?: TLSSocket): SecurityProblem | null {
  const { code = "", reason = "" } = error as NodeJS.ErrnoException & { readonly reason?: string };
  const refused = refusalOf(socket, code);
  if (refused !== null) return refused;
  if (!code.startsWith("ERR_SSL_")) return null;
  const detail = reason || code.slice("ERR_SSL_".length).toLowerCase().replaceAll("_", " ");
  // A key that differs shows in the binder; whoever sent it is told of an illegal parameter.
  if (binderCodes.has(code)) return { code: "wrong-secret", detail };
  if (notTlsCodes.has(code)) return { code: "no-tls", detail };
  return { code: "tls-failed", detail };
}

const binderCodes = new Set([
  "ERR_SSL_BINDER_DOES_NOT_VERIFY",
  "ERR_SSL_SSLV3_ALERT_ILLEGAL_PARAMETER",
]);

const notTlsCodes = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_HTTP_REQUEST"]);

/** What stands against the certificate, with what to do about it. */
function refusalOf(socket: TLSSocket | undefined, code: string): SecurityProblem | null {
  // Node's types promise an error; it is the error's code, and null as long as there is none.
  const why = socket?.authorizationError as unknown;
  if (why === undefined || why === null || String(why) !== code) return null;
  return { code: "certificate-refused", detail: certificateWords.get(code) ?? otherWords(code) };
}

const certificateWords = new Map([
  ["CERT_HAS_EXPIRED", "Its certificate has expired."],
  ["CERT_NOT_YET_VALID", "Its certificate is not valid yet. Are the clocks right?"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "Its certificate is for another host name."],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "Its certificate was signed by itself, not by the CA."],
  ["SELF_SIGNED_CERT_IN_CHAIN", "Its certificate was signed by another CA."],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "Its certificate was signed by another CA."],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "Its certificate was signed by another CA."],
]);

function otherWords(code: string): string {
  return `Its certificate does not hold (${code.toLowerCase().replaceAll("_", " ")}).`;
}
