// Links to servers that prove themselves by certificate keep the contract of the Network port, as
// bare ones do. Ports below the ephemeral range: a connect to a dead port there can reach itself.

import { setTimeout as wait } from "node:timers/promises";
import { makeTlsClient } from "../../src/node/tlsClient.ts";
import { makeTlsServer } from "../../src/node/tlsServer.ts";
import { networkContract } from "../support/networkContract.ts";
import { testCertificate } from "../support/testCertificate.ts";

const portMin = 23_500;
const ports = 400;
const waitMsMax = 20_000;
/** Loopback needs far less; nothing is judged by its having passed but that no event came. */
const quietMs = 40;

let nextPort = portMin + (process.pid % ports);

networkContract("a network of certificates", async () => {
  const { cert, key } = testCertificate("localhost");
  const server = makeTlsServer({
    certificate: { options: { cert, key, minVersion: "TLSv1.3" }, keyHash: "", warnings: [] },
    plainAnswer: Buffer.from("speak TLS"),
  });
  const client = makeTlsClient({ kind: "ca", pem: cert });
  nextPort = portMin + ((nextPort - portMin + 1) % ports);
  return {
    caller: { ...server, ...client },
    listener: { ...server, ...client },
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
