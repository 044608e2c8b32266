// The Network port's contract on real sockets of this machine, whatever the links are made of.
// Ports below the ephemeral range: a connect to a dead port of that range can reach itself. Each
// kind has ports of its own, so that the files run side by side.

import { setTimeout as wait } from "node:timers/promises";
import type { Network } from "../../src/ports.ts";
import { networkContract } from "./networkContract.ts";

const waitMsMax = 20_000;

export interface RealNetwork {
  readonly portMin: number;
  readonly ports: number;
  /** Loopback needs far less; nothing is judged by its having passed but that no event came. */
  readonly quietMs: number;
  readonly make: () => Network;
}

export function realNetworkContract(name: string, options: RealNetwork): void {
  const { portMin, ports, quietMs, make } = options;
  let nextPort = portMin + (process.pid % ports);
  networkContract(name, async () => {
    const network = make();
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
}
