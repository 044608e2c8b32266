// The real network keeps the contract of the Network port, as the simulated one does.
// Ports below the ephemeral range: a connect to a dead port of that range can reach itself.

import { setTimeout as wait } from "node:timers/promises";
import { makeNetwork } from "../../src/node/network.ts";
import { networkContract } from "../support/networkContract.ts";

const portMin = 21_000;
const ports = 1_000;
const waitMsMax = 20_000;
/** Loopback needs far less; nothing is judged by its having passed but that no event came. */
const quietMs = 20;

let nextPort = portMin + (process.pid % ports);

networkContract("a real network", async () => {
  const network = makeNetwork();
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
