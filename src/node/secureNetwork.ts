// TLS 1.3 over TCP as the Network port. Nothing that came over a link before its handshake was good
// is ever handed out, and nothing is sent in the clear but the answer to whoever speaks no TLS.
// Who may be believed is decided by what is handed in: pskNetwork.ts, tlsServer.ts, tlsClient.ts.

import type { Socket } from "node:net";
import { type ConnectionOptions, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { helloTimeoutMs } from "../base/limits.ts";
import type { Address, ConnectHandler, Link, Listener, SecurityProblem } from "../ports.ts";
import { NewSockets } from "./newSockets.ts";
import { makeSecureLink, makeSocketLink } from "./socketLink.ts";
import { connectTcp, listenTcp, placeText } from "./tcp.ts";
import { explainTls } from "./tlsErrors.ts";

/** The first byte of a TLS handshake. */
const handshakeRecord = 22;

export interface SecureEar {
  /** A certificate and its key, if that is what proves us. */
  readonly options: TlsOptions;
  /** Null: by certificate. Else the key, by what the caller calls itself. */
  readonly keyOf: ((identity: string) => Buffer | null) | null;
  /** In the clear, to whoever does not begin with TLS. */
  readonly plainAnswer: Buffer;
}

/** Whoever fails is a link, too, which ends at once and says why. */
export function listenSecurely(
  address: Address,
  ear: SecureEar,
  accept: (link: Link) => void,
): Promise<Listener> {
  const newcomers = new NewSockets();
  const tls = makeTlsServer(ear, accept, (socket) => newcomers.release(socket));
  return listenTcp({ address }, (socket) => {
    newcomers.await(socket, (first) => {
      if (first === handshakeRecord) return void tls.emit("connection", socket);
      newcomers.release(socket);
      const link = makeSocketLink(socket);
      link.send(ear.plainAnswer);
      link.end();
      accept(endedLink(link.remote, { code: "no-tls", detail: "what came is not TLS" }));
    });
  });
}

/** Listens nowhere: it is handed the sockets. */
function makeTlsServer(
  { options, keyOf }: SecureEar,
  accept: (link: Link) => void,
  release: (socket: Socket) => void,
): Server {
  const claims = new WeakMap<TLSSocket, string>();
  const byKey: Pick<TlsOptions, "pskCallback"> = {
    pskCallback: (socket, identity) => {
      claims.set(socket, identity);
      return keyOf?.(identity) ?? null;
    },
  };
  const server = createTlsServer({
    ...options,
    ...(keyOf !== null && byKey),
    handshakeTimeout: helloTimeoutMs,
  });
  server.on("secureConnection", (socket) => {
    release(socket);
    accept(makeSecureLink(socket, explainTls));
  });
  server.on("tlsClientError", (error, socket) => {
    const problem = explainTls(error);
    const claimed = claims.get(socket);
    const { remote } = makeSecureLink(socket, explainTls);
    if (problem === null) return;
    accept(endedLink(remote, { ...problem, ...(claimed !== undefined && { claimed }) }));
  });
  return server;
}

/** Of somebody who was turned away: nothing that he says is handed out. */
function endedLink(remote: string, problem: SecurityProblem): Link {
  const nothing = (): void => undefined;
  return {
    ...{ send: nothing, pause: nothing, resume: nothing, end: nothing, destroy: nothing },
    remote,
    start: (handler) => void setImmediate(() => handler.closed(problem)),
    unsentBytes: () => 0,
  };
}

export interface SecureCall {
  readonly address: Address;
  /** For the connection, and as much again for the handshake: a stopped process takes the first. */
  readonly timeoutMs: number;
  readonly options: ConnectionOptions;
  /** Why the other end, whose handshake is good, is not to be talked to; null to go on. */
  readonly refusalOf: (socket: TLSSocket) => SecurityProblem | null;
}

export function connectSecurely(call: SecureCall, handler: ConnectHandler): void {
  connectTcp(call, {
    connected: (socket) => secure(socket, call, handler),
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
