// Bare TCP as the Network port. A link keeps what comes before it is started; an orderly end never
// loses what was sent last, even when input lies unread; a connection to oneself counts as refused.
// It knows bytes alone: no frames, no retries, no addresses of its own.

import type { Network } from "../ports.ts";
import { makeSocketLink } from "./socketLink.ts";
import { connectToShare, sharing } from "./sharedReads.ts";
import { connectTcp, listenTcp } from "./tcp.ts";

export function makeNetwork(): Network {
  return {
    listen: (address, accept) =>
      listenTcp({ address, replace: sharing }, (socket) => accept(makeSocketLink(socket))),
    connect: (address, timeoutMs, handler) =>
      connectTcp(
        { address, timeoutMs, open: connectToShare },
        {
          connected: (socket) => handler.connected(makeSocketLink(socket)),
          failed: (failure, detail) => handler.failed(failure, detail),
        },
      ),
  };
}
