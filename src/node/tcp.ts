// TCP sockets by address: listening in words, and connecting within a time. A connection to oneself
// counts as refused. What goes over a socket, and whether it is secure, is not known here.

import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createServer, isIP, type TcpNetConnectOpts } from "node:net";
import { hostText } from "../base/hosts.ts";
import type { Address, ConnectFailure, Listener } from "../ports.ts";
import { Arrivals } from "./arrivals.ts";
import { Accepted } from "./fileNumbers.ts";

const backlog = 1_024;

export interface ConnectOutcome {
  connected(socket: Socket): void;
  failed(failure: ConnectFailure, detail: string): void;
}

export interface ListenOptions {
  readonly address: Address;
  /** Given, sockets come paused, and what it makes of each is handed on. */
  readonly replace?: (socket: Socket) => Socket;
}

export function listenTcp(
  { address, replace }: ListenOptions,
  accept: (socket: Socket) => void,
): Promise<Listener> {
  const server = createServer({ noDelay: true, pauseOnConnect: replace !== undefined });
  const accepted = new Accepted();
  const arrivals = new Arrivals(accept);
  server.on("connection", (newcomer) => {
    const socket = replace === undefined ? newcomer : replace(newcomer);
    // An end that reached us as a reset already has no other side to serve.
    if (socket.remoteAddress === undefined || !accepted.take(socket)) socket.destroy();
    else arrivals.add(socket);
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Error(listenProblem(error, address))));
    server.listen({ host: address.host, port: address.port, backlog }, () => {
      server.removeAllListeners("error");
      // Running out of file numbers while accepting costs that connection alone.
      server.on("error", () => undefined);
      const { port } = server.address() as AddressInfo;
      resolve({
        address: { host: address.host, port },
        close: () => closeServer(server, arrivals),
      });
    });
  });
}

/** Resolves as soon as nobody is accepted any more; open links stay. */
function closeServer(server: Server, arrivals: Arrivals): Promise<void> {
  if (server.listening) server.close();
  arrivals.drop();
  return new Promise((resolve) => setImmediate(resolve));
}

export function listenProblem(error: NodeJS.ErrnoException, { host, port }: Address): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `Port ${port} is in use.`;
    case "EADDRNOTAVAIL":
      return `Address ${host} is not one of this machine's.`;
    case "EACCES":
      return notAllowed(port);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host name ${host} is not known here.`;
    default:
      return `Port ${port} of ${host} could not be opened: ${error.message}.`;
  }
}

/** Below this, systems ask for more than a user's rights. */
const freePortMin = 1_024;

function notAllowed(port: number): string {
  const problem = `Port ${port} may not be opened by this user.`;
  return port < freePortMin ? `${problem} Choose a port of ${freePortMin} or above.` : problem;
}

export interface ConnectOptions {
  readonly address: Address;
  readonly timeoutMs: number;
  /** In place of Node's own. */
  readonly open?: (options: TcpNetConnectOpts) => Socket;
}

export function connectTcp(options: ConnectOptions, outcome: ConnectOutcome): void {
  const { address, timeoutMs, open = connect } = options;
  const { host, port } = address;
  const where = placeText(address);
  const socket = open({ host, port, noDelay: true });
  let over = false;
  let isKnown = isIP(host) !== 0;
  const fail = (failure: ConnectFailure, detail: string): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    socket.destroy();
    outcome.failed(failure, detail);
  };
  const timer = setTimeout(() => {
    if (isKnown) fail("unreachable", `${where} did not answer within ${timeoutMs} ms`);
    else fail("unknown-host", `nobody said within ${timeoutMs} ms what ${host} stands for`);
  }, timeoutMs);
  socket.once("lookup", (error) => (isKnown ||= error === null));
  socket.on("error", (error) => {
    if (isRefusal(error)) fail("refused", `${where} refuses connections`);
    else if (!isKnown) fail("unknown-host", `${host} stands for no address: ${error.message}`);
    else fail("unreachable", `${where} cannot be reached: ${error.message}`);
  });
  socket.once("connect", () => {
    if (over) return;
    // On a dead port of the ephemeral range the system may connect a socket to itself.
    if (socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress) {
      fail("refused", `${where} refuses connections`);
      return;
    }
    over = true;
    clearTimeout(timer);
    outcome.connected(socket);
  });
}

/** A name may stand for several addresses: only when each of them refuses, nobody listens there. */
function isRefusal(error: NodeJS.ErrnoException): boolean {
  if (error instanceof AggregateError) return error.errors.every(isRefusal);
  return error.code === "ECONNREFUSED";
}

export function placeText({ host, port }: Address): string {
  return `${hostText(host)}:${port}`;
}
