// Links that are made secure by a shared key keep the contract of the Network port, as bare ones.
// Ports below the ephemeral range: a connect to a dead port of that range can reach itself.

import { setTimeout as wait } from "node:timers/promises";
import { makePskNetwork } from "../../src/node/pskNetwork.ts";
import { networkContract } from "../support/networkContract.ts";

const portMin = 22_300;
const ports = 1_000;
const waitMsMax = 20_000;
/** Loopback needs far less; nothing is judged by its having passed but that no event came. */
const quietMs = 40;

let nextPort = portMin + (process.pid % ports);
const key = Buffer.alloc(32, "k");
const keys = { forCall: () => ({ identity: "one of us", key }), forCaller: () => key };

networkContract("a network of shared keys", async () => {
  const network = makePskNetwork({ keys, plainAnswer: Buffer.from("speak TLS") });
  nextPort = portMin + ((nextPort - portMin + 1) % ports);
  return {
    caller: network,
    listener: network,
    address: { host: "127.0.0.1", port: nextPort },
    until: async (condition, what) => {
      const endMs = performance.now() + waitMsMax;
      while (!condition()) {
        if (performance.now() > endMs) throw new Error(`waited in vain for ${what}`);
        await wait(1);
      }
    },
    quiet: () => wait(quietMs),
    close: async () => undefined,
  };
});
