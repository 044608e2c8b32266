// TLS 1.3 over TCP as the Network port. Nothing that came over a link before its handshake was good
// is ever handed out, and nothing is sent in the clear but the answer to whoever speaks no TLS.
// Who may be believed is decided by what is handed in: pskNetwork.ts, tlsServer.ts, tlsClient.ts.

import type { Socket } from "node:net";
import { TLSSocket, connect as connectTls } from "node:tls";
import type { ConnectionOptions, SecureContext, TlsOptions } from "node:tls";
import type { Address, ConnectHandler, Link, Listener, SecurityProblem } from "../ports.ts";
import { FirstBytes } from "./firstBytes.ts";
import { makeSecureLink, makeSocketLink } from "./socketLink.ts";
import { connectTcp, listenTcp, placeText } from "./tcp.ts";
import { explainTls } from "./tlsErrors.ts";

/** The first byte of a TLS handshake. */
const handshakeRecord = 22;

export interface SecureEar {
  readonly context: SecureContext;
  /** In the clear, to whoever does not begin with TLS. */
  readonly plainAnswer: Buffer;
  /** Null: by certificate. By what it calls itself, which `claim` is told of. */
  readonly keyOf: ((identity: string) => Buffer | null) | null;
}

export function listenSecurely(
  address: Address,
  ear: SecureEar,
  accept: (link: Link) => void,
): Promise<Listener> {
  const firstBytes = new FirstBytes();
  return listenTcp(address, (socket) => {
    firstBytes.await(socket, (first) => {
      accept(first === handshakeRecord ? secured(socket, ear) : turnedAway(socket, ear));
    });
  });
}

function secured(socket: Socket, { context, keyOf }: SecureEar): Link {
  let claimed: string | null = null;
  const byKey: Pick<TlsOptions, "pskCallback"> = {
    pskCallback: (_socket, identity) => {
      claimed = identity;
      return keyOf?.(identity) ?? null;
    },
  };
  const options = { isServer: true, secureContext: context, ...(keyOf !== null && byKey) };
  return makeSecureLink(new TLSSocket(socket, options), (error) => {
    const problem = explainTls(error);
    return problem === null || claimed === null ? problem : { ...problem, claimed };
  });
}

/** Answers in the clear; above, it is a link that ended at once. Nothing it says is handed out. */
function turnedAway(socket: Socket, { plainAnswer }: SecureEar): Link {
  const link = makeSocketLink(socket);
  link.send(plainAnswer);
  link.end();
  const problem: SecurityProblem = { code: "no-tls", detail: "what came is not TLS" };
  return {
    ...{ send: ignore, pause: ignore, resume: ignore, end: ignore },
    remote: link.remote,
    start: (handler) => void setImmediate(() => handler.closed(problem)),
    unsentBytes: () => 0,
    destroy: () => link.destroy(),
  };
}

function ignore(): void {}

export interface SecureCall {
  readonly address: Address;
  readonly timeoutMs: number;
  readonly options: ConnectionOptions;
  /** Why the other end, whose handshake is good, is not to be talked to; null to go on. */
  readonly refusalOf: (socket: TLSSocket) => SecurityProblem | null;
}

export function connectSecurely(call: SecureCall, handler: ConnectHandler): void {
  const { address, timeoutMs } = call;
  const startMs = performance.now();
  connectTcp(address, timeoutMs, {
    connected: (socket) => {
      const leftMs = Math.max(1, timeoutMs - (performance.now() - startMs));
      secure(socket, { ...call, timeoutMs: leftMs }, handler);
    },
    failed: (failure, detail) => handler.failed(failure, detail),
  });
}

function secure(socket: Socket, call: SecureCall, handler: ConnectHandler): void {
  const where = placeText(call.address);
  const tls = connectTls({ socket, ...call.options });
  let over = false;
  const fail = (problem: SecurityProblem | null, otherwise: string): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    tls.destroy();
    if (problem === null) handler.failed("unreachable", `${where} ${otherwise}`);
    else handler.failed(problem.code, problem.detail);
  };
  const timer = setTimeout(() => fail(null, "did not finish the TLS handshake"), call.timeoutMs);
  tls.on("error", (error) => fail(explainTls(error, tls), `broke off: ${error.message}`));
  tls.once("close", () => fail(null, "ended the TLS handshake"));
  tls.once("secureConnect", () => {
    const problem = call.refusalOf(tls);
    if (problem !== null) return fail(problem, "");
    if (over) return;
    over = true;
    clearTimeout(timer);
    handler.connected(makeSecureLink(tls, explainTls));
  });
}
