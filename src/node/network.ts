// TCP as the Network port. A link keeps what comes before it is started; an orderly end never loses
// what was sent last, even when input lies unread; a connection to oneself counts as refused.
// It knows bytes alone: no frames, no retries, no addresses of its own.

import type { AddressInfo, Server } from "node:net";
import { connect, createServer } from "node:net";
import type { Address, ConnectFailure, ConnectHandler, Listener, Network } from "../ports.ts";
import { makeSocketLink } from "./socketLink.ts";

const backlog = 1_024;

export function makeNetwork(): Network {
  return { listen, connect: connectTo };
}

function listen(address: Address, accept: Parameters<Network["listen"]>[1]): Promise<Listener> {
  const server = createServer({ noDelay: true });
  server.on("connection", (socket) => {
    // An end that reached us as a reset already has no other side to serve.
    if (socket.remoteAddress === undefined) socket.destroy();
    else accept(makeSocketLink(socket));
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Error(listenProblem(error, address))));
    server.listen({ host: address.host, port: address.port, backlog }, () => {
      server.removeAllListeners("error");
      // Running out of file numbers while accepting costs that connection alone.
      server.on("error", () => undefined);
      const { port } = server.address() as AddressInfo;
      resolve({ address: { host: address.host, port }, close: () => closeServer(server) });
    });
  });
}

/** Resolves as soon as nobody is accepted any more; open links stay. */
function closeServer(server: Server): Promise<void> {
  if (server.listening) server.close();
  return new Promise((resolve) => setImmediate(resolve));
}

function listenProblem(error: NodeJS.ErrnoException, { host, port }: Address): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `Port ${port} is in use.`;
    case "EADDRNOTAVAIL":
      return `Address ${host} is not one of this machine's.`;
    case "EACCES":
      return `Port ${port} may not be opened by this user.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host name ${host} is not known here.`;
    default:
      return `Port ${port} of ${host} could not be opened: ${error.message}.`;
  }
}

function connectTo(address: Address, timeoutMs: number, handler: ConnectHandler): void {
  const { host, port } = address;
  const where = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const socket = connect({ host, port, noDelay: true });
  let over = false;
  const fail = (failure: ConnectFailure, detail: string): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    socket.destroy();
    handler.failed(failure, detail);
  };
  const timer = setTimeout(() => {
    fail("unreachable", `${where} did not answer within ${timeoutMs} ms`);
  }, timeoutMs);
  socket.on("error", (error) => {
    if (isRefusal(error)) fail("refused", `${where} refuses connections`);
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
    handler.connected(makeSocketLink(socket));
  });
}

/** A name may stand for several addresses: only when each of them refuses, nobody listens there. */
function isRefusal(error: NodeJS.ErrnoException): boolean {
  if (error instanceof AggregateError) return error.errors.every(isRefusal);
  return error.code === "ECONNREFUSED";
}
